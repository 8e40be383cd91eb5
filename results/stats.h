/* stats.h - order statistics of samples. */
#ifndef RESULTS_STATS_H
#define RESULTS_STATS_H

#include "base/status.h"

#include <stddef.h>

/* In the unit of the samples; NaN throughout (an empty cell in a row) if there were none. */
struct stats {
    size_t n;
    double min, p10, median, p90, p99;
    double ci95_lo, ci95_hi; /* of the median (stats_median_ci95) */
    size_t outliers;         /* over 1.5 quartile ranges outside the quartiles (Tukey 1977) */
};

/* Sorts upwards, in place. No x may be NaN. */
void stats_sort(double *x, size_t n);

/* The quantile 0 <= p <= 1 of n samples sorted upwards: with h = (n-1)*p, the value at h, linear
 * between the two neighbours (definition 7 of Hyndman and Fan 1996; numpy's and R's default).
 * NaN if n = 0. */
double stats_quantile(const double *sorted, size_t n, double p);

/* Fills *out from the n samples x in any order, x stays as it is. E_NUMERIC if an x is NaN. */
enum status stats_of(const double *x, size_t n, struct stats *out);

/* A 95 % interval of the median from n samples sorted upwards: the k-th value from either end, k
 * the largest with P(B <= k-1) <= 0.025 for B binomial (n, 1/2), so of independent samples at least
 * 95 % of intervals hold the median, whatever they are drawn from (the sign test turned around;
 * Conover, Practical Nonparametric Statistics, 3.2). NaN for fewer than 6. */
struct interval {
    double lo, hi;
};
struct interval stats_median_ci95(const double *sorted, size_t n);

/* exp(mean(ln x)); NaN if n = 0 or any x is not positive. */
double stats_geomean(const double *x, size_t n);

#endif
