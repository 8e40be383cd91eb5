/* fpga_pass.h - one pass of the accelerator over a matrix, or over W_x and W_h together, and its
 * form in an image. */
#ifndef FPGA_HOST_FPGA_PASS_H
#define FPGA_HOST_FPGA_PASS_H

#include "fpga/host/fpga_params.h"

#include <stdint.h>

enum { FPGA_PASS_BYTES = 40 };

/* The fields of fpga/rtl/brds_defs.py. Even steps use entry 0 of a pair, odd ones entry 1. */
struct fpga_pass {
    uint32_t word, groups, kc, gap, rows, select;
    uint32_t x_base[2], h_base[2], out_base[2]; /* in values */
    uint32_t cell, shift, c_shift, p_shift;
    uint32_t project, out, first, last;
};

void fpga_pass_write(const struct fpga_pass *p, unsigned char to[FPGA_PASS_BYTES]);
void fpga_pass_read(const unsigned char from[FPGA_PASS_BYTES], struct fpga_pass *p);

/* Cycles that its issue takes. */
uint64_t fpga_pass_cycles(const struct fpga_pass *p);

/* Cycles behind each group until its rows have been written, if nothing overlaps; else 0. */
int fpga_pass_wait(const struct fpga_pass *p, const struct fpga_params *of);

/* Cycles from its first issue to the one behind its last, waits between its groups included. */
uint64_t fpga_pass_span(const struct fpga_pass *p, const struct fpga_params *of);

/* Cycles that the element-wise units take for a group's sums. */
int fpga_pass_slots(const struct fpga_pass *p, const struct fpga_params *of);

#endif
