/* fpga_model.h - the accelerator in C: the same registers, images and errors, the same bits in
 * every memory, and the same cycles as the RTL. */
#ifndef FPGA_HOST_FPGA_MODEL_H
#define FPGA_HOST_FPGA_MODEL_H

#include "fpga/host/fpga_device.h"
#include "fpga/host/fpga_pass.h"
#include "fpga/host/fpga_timing.h"

/* The memories, as an image fills them and a run changes them. Addresses wrap like the RTL's. */
struct fpga_memory {
    struct fpga_params p;
    uint32_t value_mask;       /* values are a power of two here */
    uint32_t n_words;          /* of the weight memories that were ever written; the others are 0 */
    uint32_t *word;            /* [n_words][4U*M]: weight, and the distance from bit 16 on */
    int16_t *value;            /* [values] */
    int32_t *bias;             /* [rows*E][4] */
    int16_t *peephole;         /* [rows*E][4], the last unused */
    int16_t *cell;             /* [rows*E] */
    struct fpga_pass *pass;    /* [passes] */
    uint32_t *sum, *column;    /* [4U], [4U*M] of the group at work */
    uint32_t *operands;        /* [4U*M] of each one's last product that counted: weight, value */
    uint64_t nonzero, toggles; /* of all products since fpga_memory_rest, if p.activity */
};

enum status fpga_memory_new(const struct fpga_params *p, struct fpga_memory *out);
void fpga_memory_release(struct fpga_memory *m);

/* An image of n bytes, which ends with TLAST. *err gets the errors ERR_* that it raises, 0 if it
 * counts as loaded. Takes memory (E_NOMEM) if it writes weights where there were none. */
enum status fpga_memory_load(struct fpga_memory *m, const unsigned char *bytes, size_t n,
                             uint32_t *err);

/* A run begins: operands and activity are 0. */
void fpga_memory_rest(struct fpga_memory *m);

/* One pass of a step (odd = its number's parity). Returns how many values were clipped. */
uint64_t fpga_memory_pass(struct fpga_memory *m, const struct fpga_pass *p, int odd);

/* Opens a model whose streams are held up as `stalls` says. */
enum status fpga_model_new(const struct fpga_params *p, const struct fpga_stalls *stalls,
                           struct fpga_device *out);

#endif
