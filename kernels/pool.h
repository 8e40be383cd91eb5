/* pool.h - the one thread pool: workers spin a little, then sleep. */
#ifndef KERNELS_POOL_H
#define KERNELS_POOL_H

#include "base/status.h"

#include <stddef.h>

struct pool;

/* Work on part `part` of `parts`; parts are disjoint, run in any order or at once, on any thread of
 * the pool. */
typedef void pool_fn(void *ctx, int part, int parts);

/* Makes a pool of n >= 1 threads, the caller counted, but starts no more than the process may use
 * processors: parts, and so results, stay those of n, and the caller does what nobody has begun.
 * pin = 1 binds the caller and the workers to processors in turn, pool_release lets the caller go.
 * A pool belongs to one caller at a time. */
enum status pool_new(int n, int pin, struct pool **out);
void pool_release(struct pool *p);

/* Number of threads; 1 for NULL. */
int pool_threads(const struct pool *p);

/* Runs fn on `pool_threads` parts and returns when all are done. A NULL pool runs one part here.
 * Never allocates. Calls do not nest. */
void pool_run(struct pool *p, pool_fn *fn, void *ctx);

/* The part's share [*lo, *hi) of n items, in multiples of `grain` but for the last. */
void pool_share(size_t n, size_t grain, int part, int parts, size_t *lo, size_t *hi);

#endif
