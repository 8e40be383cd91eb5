/* peaks.h - what this machine can do at most, measured: the roofs of a roofline. */
#ifndef BENCH_PEAKS_H
#define BENCH_PEAKS_H

#include "base/status.h"

enum { PEAKS_LEVELS = 4 };

struct peaks {
    double
        read_gb_per_s[PEAKS_LEVELS]; /* by one thread, from L1, L2, L3, memory; 0: no such level */
    double fma_gflops;               /* of one thread, f32, at the level of our kernels */
};

/* "L1", "L2", "L3", "memory". */
extern const char *const peaks_level[PEAKS_LEVELS];

/* Takes a second or two. E_INTERRUPTED, E_NOMEM. */
enum status peaks_measure(struct peaks *out);

#endif
