/* nets.h - the weights of a suite: taken from the cache, or made and kept there. Random ones are
 * drawn anew each time.
 *
 * CACHE/weights/KEY.safetensors under the key of bench_weights; KEY.ckpt while being made, so that
 * a stopped run goes on; KEY.lock held meanwhile, so that two runs do not make the same thing. */
#ifndef BENCH_NETS_H
#define BENCH_NETS_H

#include "base/status.h"
#include "bench/case.h"
#include "model/net.h"
#include "model/train.h"

struct nets {
    const char *cache_dir; /* folder of the cache */
    const struct bench_list *list;
    /* Told about every chunk of training: what is made and how far; may stop it. May be NULL. */
    enum status (*hook)(void *ctx, const char *what, const struct train_point *p);
    void *ctx;
};

/* 1 if these weights are in the cache. */
int nets_cached(const struct nets *n, int weights);

/* Loads weights `i` of the list, making them and their parents first if need be. E_UNSUPPORTED if
 * the pattern misses the count that was asked for (prune_count_check). */
enum status nets_get(const struct nets *n, int i, struct net **out);

/* Tokens or frames that were trained on: by the eldest parent, and since. */
void nets_tokens(const struct nets *n, int i, double *dense, double *retrain);

#endif
