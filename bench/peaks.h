/* peaks.h - what this machine can do at most, measured: the roofs of a roofline. */
#ifndef BENCH_PEAKS_H
#define BENCH_PEAKS_H

#include "base/status.h"
#include "results/machines.h"

struct peaks {
    double read_gb_per_s
        [MACHINES_LEVELS]; /* by one thread, from each machines_level; 0: no such level */
    double fma_gflops;     /* of one thread, f32, at the level of our kernels */
};

/* Takes a second or two. E_INTERRUPTED, E_NOMEM. */
enum status peaks_measure(struct peaks *out);

#endif
