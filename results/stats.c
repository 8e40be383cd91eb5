#include "results/stats.h"

#include "base/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

void stats_sort(double *x, size_t n)
{
    qsort(x, n, sizeof *x, compare);
}

double stats_quantile(const double *sorted, size_t n, double p)
{
    assert(p >= 0 && p <= 1);
    if (n == 0)
        return NAN;
    double h = (double)(n - 1) * p;
    size_t below = (size_t)h;
    if (below + 1 >= n)
        return sorted[n - 1];
    return sorted[below] + (h - (double)below) * (sorted[below + 1] - sorted[below]);
}

struct interval stats_median_ci95(const double *sorted, size_t n)
{
    double p = exp2(-(double)n), below = 0; /* P(B = k), P(B <= k-1) */
    size_t k = 0;
    struct interval none = {NAN, NAN};
    if (n > 1000) { /* 2^-n is no double: the normal approximation, half a step outwards */
        k = (size_t)(((double)n - 1 - 1.959964 * sqrt((double)n)) / 2);
        return (struct interval){sorted[k - 1], sorted[n - k]};
    }
    while (k < n / 2 && below + p <= 0.025) {
        below += p;
        p *= (double)(n - k) / (double)(k + 1);
        k++;
    }
    return k == 0 ? none : (struct interval){sorted[k - 1], sorted[n - k]};
}

static size_t count_outliers(const double *sorted, size_t n)
{
    double q1 = stats_quantile(sorted, n, 0.25), q3 = stats_quantile(sorted, n, 0.75);
    size_t out = 0;
    for (size_t i = 0; i < n; i++)
        out += sorted[i] < q1 - 1.5 * (q3 - q1) || sorted[i] > q3 + 1.5 * (q3 - q1);
    return out;
}

enum status stats_of(const double *x, size_t n, struct stats *out)
{
    double *sorted;
    for (size_t i = 0; i < n; i++)
        if (isnan(x[i]))
            return fail(E_NUMERIC, "sample %zu of %zu is not a number", i + 1, n);
    TRY(mem_copy(&sorted, x, n, sizeof *x));
    stats_sort(sorted, n);
    *out = (struct stats){
        .n = n,
        .min = stats_quantile(sorted, n, 0),
        .p10 = stats_quantile(sorted, n, 0.1),
        .median = stats_quantile(sorted, n, 0.5),
        .p90 = stats_quantile(sorted, n, 0.9),
        .p99 = stats_quantile(sorted, n, 0.99),
    };
    struct interval ci95 = stats_median_ci95(sorted, n);
    out->ci95_lo = ci95.lo;
    out->ci95_hi = ci95.hi;
    out->outliers = count_outliers(sorted, n);
    mem_free(sorted);
    return OK;
}

double stats_geomean(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(x[i] > 0))
            return NAN;
        sum += log(x[i]);
    }
    return n != 0 ? exp(sum / (double)n) : NAN;
}
