/* bandwidth.h - a plain load loop over as many bytes as a product streams: the roofline that it is
 * held against, and the name of the cache that so many bytes live in. */
#ifndef BENCH_BANDWIDTH_H
#define BENCH_BANDWIDTH_H

#include "base/status.h"
#include "kernels/pool.h"

#include <stddef.h>
#include <stdint.h>

struct load_loop {
    struct pool *pool;
    uint64_t *words; /* [n] */
    size_t n;
    volatile uint64_t seen; /* what the loads gave; keeps them from being optimised away */
};

/* A loop over `bytes` (rounded up to whole cache lines) shared by `threads` threads. */
enum status load_loop_init(struct load_loop *l, double bytes, int threads);
void load_loop_release(struct load_loop *l);

/* `call` of a measure_side (measure.h) whose ctx is a load_loop: reads every byte once. */
enum status load_loop_call(void *loop);

/* "L1", "L2", "L3" or "memory": the first cache level of this machine that holds `bytes`. */
const char *cache_level_of(double bytes);

#endif
