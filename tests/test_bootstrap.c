/* test_bootstrap.c - the interval of a difference of rates. */
#include "base/rng.h"
#include "results/bootstrap.h"

#include <criterion/criterion.h>
#include <math.h>

enum { UNITS = 400, TRIALS = 120 };

Test(bootstrap, nothing_to_be_sure_of)
{
    const double a[] = {3, 1}, b[] = {1, 3}, judged[] = {10, 10};
    struct interval ci;
    cr_assert_eq(bootstrap_difference(a, b, judged, 1, 1, &ci), OK);
    cr_assert(isnan(ci.lo) && isnan(ci.hi));
    /* two units: both times the first, both times the second, or one of each */
    cr_assert_eq(bootstrap_difference(a, b, judged, 2, 1, &ci), OK);
    cr_assert(ci.lo == -20 && ci.hi == 20, "%g to %g", ci.lo, ci.hi);
}

Test(bootstrap, a_pair_that_never_differs_has_no_width)
{
    const double a[] = {4, 8, 6}, b[] = {3, 6, 4.5}, judged[] = {20, 40, 30};
    struct interval ci;
    cr_assert_eq(bootstrap_difference(a, b, judged, 3, 1, &ci), OK);
    cr_assert(fabs(ci.lo - 5) < 1e-9 && fabs(ci.hi - 5) < 1e-9, "%g to %g", ci.lo, ci.hi);
}

/* Of two raters whose true rates are .30 and .25: an interval holds the true 5 points in about 95
 * of 100 samples, and is as wide as the normal one. */
Test(bootstrap, holds_the_truth_as_often_as_it_says)
{
    static double a[UNITS], b[UNITS], judged[UNITS];
    int held = 0;
    double width = 0;
    struct rng r;
    rng_seed(&r, 3, 0);
    for (int t = 0; t < TRIALS; t++) {
        struct interval ci, again;
        for (int i = 0; i < UNITS; i++) {
            a[i] = rng_below(&r, 100) < 30;
            b[i] = rng_below(&r, 100) < 25;
            judged[i] = 1;
        }
        cr_assert_eq(bootstrap_difference(a, b, judged, UNITS, 7, &ci), OK);
        held += ci.lo <= 5 && ci.hi >= 5;
        width += (ci.hi - ci.lo) / TRIALS;
        if (t == 0) {
            cr_assert_eq(bootstrap_difference(a, b, judged, UNITS, 7, &again), OK);
            cr_assert(again.lo == ci.lo && again.hi == ci.hi);
        }
    }
    const double normal = 2 * 1.96 * 100 * sqrt((.3 * .7 + .25 * .75) / UNITS);
    cr_assert(held >= 106 && held <= 119, "%d of %d", held, TRIALS);
    cr_assert(fabs(width / normal - 1) < .05, "%g, the normal one has %g", width, normal);
}
