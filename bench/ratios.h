/* ratios.h - the ratios of pruned weights that a suite asks for by an overall sparsity. */
#ifndef BENCH_RATIOS_H
#define BENCH_RATIOS_H

#include "bench/nets.h"

/* The spec of weights `w`, to be pruned from `parent`: as given, or found as w->ratios says. May
 * run a search or sensitivity curves first, or go on with them. */
enum status ratios_find(const struct nets *n, const struct bench_weights *w,
                        const struct net *parent, struct prune_spec *out);

#endif
