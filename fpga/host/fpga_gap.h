/* fpga_gap.h - the static schedule: how soon a pass may follow the one before, from what it reads
 * and when that was written. Nothing in the accelerator checks it again. */
#ifndef FPGA_HOST_FPGA_GAP_H
#define FPGA_HOST_FPGA_GAP_H

#include "fpga/host/fpga_pass.h"

/* When a pass reads each column first, in cycles after its first issue; INT_MAX: never. The pass
 * that writes what it reads, or -1; `before` = 1 if in the step before. */
struct fpga_reads {
    int n;
    int *first; /* [n] */
    int from, before;
};

/* Two vectors for a pass: x and h. */
struct fpga_pass_reads {
    struct fpga_reads of[2];
};

/* Cycle after a pass's first issue from which the value of a row may be read. */
int fpga_gap_written(const struct fpga_pass *p, const struct fpga_params *of, int row);

/* Sets the gaps of a step's n passes: the smallest behind each pass that suffices for what the same
 * step reads, then behind the last one what the next step needs. */
void fpga_gap_set(struct fpga_pass *pass, int n, const struct fpga_params *of,
                  const struct fpga_pass_reads *reads);

#endif
