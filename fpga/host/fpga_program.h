/* fpga_program.h - a stack of LSTM layers as an accelerator of given sizes runs it: passes, packed
 * words, addresses. One pass a layer, and a second for its projection; steps run layer by layer. */
#ifndef FPGA_HOST_FPGA_PROGRAM_H
#define FPGA_HOST_FPGA_PROGRAM_H

#include "fpga/host/fpga_pass.h"
#include "kernels/quant.h"

#include <stddef.h>

/* Where a layer's state lies, and what was chosen for it. */
struct fpga_layer {
    uint32_t r_base[2]; /* value addresses; what even steps read, what odd steps read */
    uint32_t cell;      /* first row of the element-wise memories */
    int r_words;        /* of 4 values */
    int c_words;        /* of E cells */
    int split;          /* multipliers of a lane that read x; the others read h */
};

struct fpga_program {
    struct fpga_params p;
    int n_layers, n_passes;
    struct fpga_layer layer[LSTM_MAX_LAYERS];
    struct fpga_pass pass[2 * LSTM_MAX_LAYERS];
    uint32_t n_words;
    uint32_t *words; /* [n_words][4U*M]: weight, and the distance from bit 16 on */
    uint32_t x_base[2];
    int x_beats, y_beats; /* of one step */
};

/* How to pack. split = -1: each layer gets the split that makes its pass shortest. */
struct fpga_packing {
    int split;
};

/* What stands behind the `?` of a device's URI: "" or "split=N". E_USAGE for anything else. */
enum status fpga_packing_parse(const char *text, struct fpga_packing *out);

/* Packs a stack whose layers are given in integers too. E_UNSUPPORTED, by name, if the device is
 * too small or has no peepholes. Release with fpga_program_release; on failure nothing is to be
 * freed. */
enum status fpga_program_make(const struct lstm_net *net, const struct quant_layer *q,
                              const struct fpga_params *p, const struct fpga_packing *how,
                              struct fpga_program *out);
void fpga_program_release(struct fpga_program *g);

/* Cycles of one step by the formula: issue of all passes, and all gaps (without overlap also the
 * waits between groups). */
uint64_t fpga_program_issue(const struct fpga_program *g);
uint64_t fpga_program_gaps(const struct fpga_program *g);

/* Cycles from the last issue to the last beat of h, if that is taken at once. */
uint64_t fpga_program_drain(const struct fpga_program *g);

/* Cycles of a run of that many steps whose x is always there and whose h is taken at once: from the
 * first x accepted to the last beat of h. Loading one x must take no longer than a step; weights
 * are resident. */
uint64_t fpga_program_cycles(const struct fpga_program *g, uint64_t steps);

#endif
