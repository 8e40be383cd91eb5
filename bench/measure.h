/* measure.h - the time of a call, side by side with others in alternating blocks. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "base/status.h"
#include "bench/watch.h"
#include "results/stats.h"

#include <stddef.h>

/* Raised by hand whenever the way of measuring changes what comes out. */
enum { MEASURE_VERSION = 3 };

struct measure_options {
    int steps;      /* time steps of one call; what is reported is the time of one */
    double seconds; /* of all sides together; at least MEASURE_MIN_BLOCKS blocks of each are run */
    int cold;       /* 1: a buffer of twice the last-level cache is read before each call */
};
enum { MEASURE_MIN_BLOCKS = 20, MEASURE_MAX_SIDES = 8, MEASURE_MIN_BLOCK_NS = 1000000 };

/* One side of a comparison: what is timed. */
struct measure_side {
    enum status (*call)(void *ctx);
    void *ctx;
};

struct measured {
    struct stats step_us; /* time of one step, microseconds; one value a block */
    size_t blocks, warmups;
    size_t calls;    /* of one block */
    double block_ns; /* mean time of one, with what is read before cold calls */
    double *us;      /* [blocks] time of one step in each, in the order of the rounds */
};

/* How many times longer one side takes than another. */
struct measured_ratio {
    double median, lo, hi; /* of the ratios of blocks of one round, and its 95 % interval */
};

/* Times the n sides, 1 <= n <= MEASURE_MAX_SIDES; out[n]. A block is at least 1 ms (a cold one with
 * the reads between its calls) and 8 calls, after 2 discarded; one block of each side in random
 * order, again and again, whole blocks so that warm weights stay warm. One call outside the clock
 * opens a warm block, since the other sides have had the caches. Outliers are counted (stats.h),
 * never dropped. Release each with measured_release, also after a failure. `seen`, unless NULL,
 * gets what else the machine did. */
enum status measure_sides(const struct measure_side *side, size_t n,
                          const struct measure_options *opt, struct measured *out,
                          struct conditions *seen);
void measured_release(struct measured *m);

/* Sides of one measure_sides. Rounds pair what ran under the same conditions, so a neighbour that
 * slows the machine for a while moves both; the interval is that of the sign test. NaN if there are
 * no rounds. */
enum status measure_ratio(const struct measured *longer, const struct measured *than,
                          struct measured_ratio *out);

#endif
