/* measure.h - latency of a prepared stack, beside a baseline in alternating blocks. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "base/status.h"
#include "kernels/lstm.h"
#include "results/stats.h"

#include <stddef.h>

/* Raised by hand whenever the way of measuring changes what comes out. */
enum { MEASURE_VERSION = 1 };

struct measure_options {
    int batch, steps; /* of one call */
    double
        seconds; /* of measuring, both sides together; at least MEASURE_MIN_BLOCKS blocks are run */
    int cold;    /* 1: a buffer of twice the last-level cache is read before each call */
};
enum { MEASURE_MIN_BLOCKS = 20 };

/* One side of a comparison. */
struct measured {
    struct stats step_us; /* time of one step, microseconds; one value a block */
    size_t blocks, warmups, outliers;
    size_t calls; /* of one block */
};

/* Times `a` and, unless it is NULL, `b` on random inputs with carried state. A block is at least 1
 * ms and 8 calls, after 2 discarded; blocks of a and b alternate in random order, whole blocks, so
 * that warm weights stay warm. An outlier lies over 1.5 quartile ranges outside the quartiles
 * (Tukey 1977); it is counted, never dropped. */
enum status measure_pair(const struct lstm_net *net, struct lstm_plan *a, struct lstm_plan *b,
                         const struct measure_options *opt, struct measured *of_a,
                         struct measured *of_b);

#endif
