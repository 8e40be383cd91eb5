/* bootstrap.h - how sure a difference of two error rates is. */
#ifndef RESULTS_BOOTSTRAP_H
#define RESULTS_BOOTSTRAP_H

#include "base/status.h"
#include "results/stats.h"

#include <stddef.h>
#include <stdint.h>

enum { BOOTSTRAP_ROUNDS = 2000 };

/* A 95 % interval (percentiles; Efron & Tibshirani 1993, 13.3) of the difference of two pooled
 * rates, 100 * (sum of wrong_a - sum of wrong_b) / sum of judged, both scored on the same n units
 * (speakers, reviews), which are drawn anew with replacement, pairs kept together. NaN for fewer
 * than 2 units. Equal arguments give equal bits. */
enum status bootstrap_difference(const double *wrong_a, const double *wrong_b, const double *judged,
                                 size_t n, uint64_t seed, struct interval *out);

#endif
