#include "results/bootstrap.h"

#include "base/mem.h"
#include "base/rng.h"

#include <math.h>

static double draw(const double *wrong_a, const double *wrong_b, const double *judged, size_t n,
                   struct rng *r)
{
    double apart = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        size_t unit = rng_below(r, (uint32_t)n);
        apart += wrong_a[unit] - wrong_b[unit];
        all += judged[unit];
    }
    return all > 0 ? 100 * apart / all : 0;
}

enum status bootstrap_difference(const double *wrong_a, const double *wrong_b, const double *judged,
                                 size_t n, uint64_t seed, struct interval *out)
{
    double *round;
    struct rng r;
    *out = (struct interval){NAN, NAN};
    if (n < 2)
        return OK;
    TRY(mem_new(&round, BOOTSTRAP_ROUNDS, sizeof *round));
    rng_seed(&r, seed, 0);
    for (int i = 0; i < BOOTSTRAP_ROUNDS; i++)
        round[i] = draw(wrong_a, wrong_b, judged, n, &r);
    stats_sort(round, BOOTSTRAP_ROUNDS);
    out->lo = stats_quantile(round, BOOTSTRAP_ROUNDS, 0.025);
    out->hi = stats_quantile(round, BOOTSTRAP_ROUNDS, 0.975);
    mem_free(round);
    return OK;
}
