/* test_resources.c - which devices have synthesis counts, and what kind of numbers they are. */
#include "bench/resources.h"

#include <criterion/criterion.h>

static int has(const char *uri, struct resources *r)
{
    int found;
    cr_assert_eq(resources_of(uri, r, &found), OK, "%s", status_message());
    return found;
}

/* DSPs are the multipliers and 8 + 3 an element-wise unit. */
Test(resources, of_sets)
{
    struct resources tiny, bench, same;
    cr_assert(has("model:tiny", &tiny));
    cr_assert_eq(tiny.dsp, 16 + 11);
    cr_assert(has("sim:bench", &bench));
    cr_assert_eq(bench.dsp, 256 + 11);
    cr_assert(bench.lut > tiny.lut && bench.ff > tiny.ff && bench.bram36 > tiny.bram36);
    cr_assert(has("pio:sim:tiny?split=1", &same));
    cr_assert(same.lut == tiny.lut && same.ff == tiny.ff && same.bram36 == tiny.bram36);
}

Test(resources, of_other_designs)
{
    struct resources r;
    static const char *const none[] = {"model:bench,u=4",
                                       "model:large",
                                       "shm:/tmp/sim:tiny",
                                       "xdma:0",
                                       "model:",
                                       "",
                                       "sim:a name that is longer than any set has, by far"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        cr_assert_not(has(none[i], &r), "%s", none[i]);
}
