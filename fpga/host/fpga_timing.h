/* fpga_timing.h - the accelerator's cycles, one by one, without its data: what issues, what waits,
 * and for what. Equal to the RTL's counters to the cycle, under any stalls of its streams. */
#ifndef FPGA_HOST_FPGA_TIMING_H
#define FPGA_HOST_FPGA_TIMING_H

#include "fpga/host/fpga_pass.h"

/* Cycles of one run, as the counters COUNT_* hold them. */
struct fpga_cycles {
    uint64_t cycles, issue, gap, stall_x, stall_h, drain;
};

/* When the outside holds a stream up: 1 with probability share/256 in each cycle after the start, a
 * function of seed and cycle alone, so that two devices can see the same. */
struct fpga_stalls {
    uint64_t seed;
    int x_share, h_share;
};
int fpga_stalls_x(const struct fpga_stalls *s, uint64_t cycle);
int fpga_stalls_h(const struct fpga_stalls *s, uint64_t cycle);

/* Times `steps` >= 1 steps of passes up to the one marked last. E_DEVICE if they never end (a pass
 * of no words). */
enum status fpga_timing_run(const struct fpga_params *p, const struct fpga_pass *pass,
                            uint32_t steps, uint32_t x_beats, const struct fpga_stalls *stalls,
                            struct fpga_cycles *out);

#endif
