/* estimate.h - how long a case will take, for --list and the progress bar. */
#ifndef BENCH_ESTIMATE_H
#define BENCH_ESTIMATE_H

#include "bench/nets.h"

/* Seconds to make weights `i` and what they need, 0 if they are in the cache. Weights counted once
 * are marked in `counted` [n_weights] and cost nothing again. */
double estimate_weights(const struct nets *n, int i, char *counted);

/* Seconds to run points `i`, their parent counted as above. */
double estimate_points(const struct nets *n, int i, char *counted);

/* Seconds to score and to time a case. */
double estimate_case(const struct nets *n, const struct bench_case *c);

#endif
