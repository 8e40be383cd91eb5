/* test_measure.c - several sides in one alternation, and the load loop that they are held against.
 */
#include "base/clock.h"
#include "base/cpu.h"
#include "bench/bandwidth.h"
#include "bench/measure.h"

#include <criterion/criterion.h>
#include <string.h>

/* A side that takes at least `ns`, and leaves its mark in the order of calls. */
struct waiter {
    int64_t ns;
    size_t calls, fail_at;
};

static int last_seen, changes;

static enum status wait_call(void *ctx)
{
    struct waiter *w = ctx;
    int64_t end = clock_ns() + w->ns;
    changes += last_seen != (int)w->ns;
    last_seen = (int)w->ns;
    if (++w->calls == w->fail_at)
        return fail(E_DEVICE, "broken on purpose");
    while (clock_ns() < end)
        continue;
    return OK;
}

static const struct measure_options quick = {.steps = 1, .seconds = 0.001};

Test(measure, three_sides_alternate_in_whole_blocks)
{
    struct waiter w[] = {{20000, 0, 0}, {50000, 0, 0}, {180000, 0, 0}};
    struct measure_side side[3];
    struct measured out[3];
    for (int i = 0; i < 3; i++)
        side[i] = (struct measure_side){wait_call, &w[i]};
    cr_assert_eq(measure_sides(side, 3, &quick, out, NULL), OK);
    for (int i = 0; i < 3; i++) {
        cr_assert_geq(out[i].step_us.min, (double)w[i].ns * 1e-3);
        cr_assert_geq(out[i].blocks, MEASURE_MIN_BLOCKS);
        cr_assert_eq(out[i].warmups, 2);
        cr_assert_geq(out[i].calls, 8);
        /* every block and its opening call were made, and calibration before */
        cr_assert_gt(w[i].calls, out[i].blocks * (out[i].calls + 1));
    }
    /* drawn orders put one side beside itself at times, but never between two calls of a block */
    cr_assert_leq(changes, 3 * ((int)out[0].blocks + 3));
    cr_assert_gt(changes, 2 * (int)out[0].blocks / 2);
    for (int i = 0; i < 3; i++)
        measured_release(&out[i]);
}

Test(measure, time_of_a_step_is_that_of_a_call_over_its_steps)
{
    struct waiter w = {200000, 0, 0};
    struct measure_side side = {wait_call, &w};
    struct measure_options o = {.steps = 10, .seconds = 0.001};
    struct measured out;
    cr_assert_eq(measure_sides(&side, 1, &o, &out, NULL), OK);
    cr_assert_geq(out.step_us.min, 20);
    cr_assert_lt(out.step_us.min, 200);
    measured_release(&out);
}

Test(measure, a_failing_side_ends_it)
{
    struct waiter good = {1000, 0, 0}, bad = {2000, 0, 50};
    struct measure_side side[] = {{wait_call, &good}, {wait_call, &bad}};
    struct measured out[2];
    cr_assert_eq(measure_sides(side, 2, &quick, out, NULL), E_DEVICE);
    cr_assert_str_eq(status_message(), "broken on purpose");
    measured_release(&out[0]);
    measured_release(&out[1]);
}

Test(measure, load_loop_reads_every_word)
{
    for (int threads = 1; threads <= 3; threads++)
        for (int lines = 0; lines < 40; lines++) {
            struct load_loop l;
            uint64_t want = 0;
            cr_assert_eq(load_loop_init(&l, 64.0 * lines, threads), OK);
            cr_assert_geq(l.n * sizeof *l.words, 64 * (size_t)lines);
            for (size_t i = 0; i < l.n; i++)
                want ^= l.words[i] = i * 0x9e3779b97f4a7c15u;
            cr_assert_eq(load_loop_call(&l), OK);
            cr_assert_eq(l.seen, want);
            load_loop_release(&l);
        }
}

/* Two sides of one kind: the interval of their ratio lies around its median and near 1. Planted
 * figures: the ratio of medians may differ from that of pairs. */
Test(measure, ratio_of_pairs)
{
    double a[] = {10, 20, 30, 40, 50, 60, 70}, b[] = {5, 10, 15, 20, 25, 30, 70};
    struct measured x = {.blocks = 7, .us = a}, y = {.blocks = 7, .us = b};
    struct measured_ratio r;
    cr_assert_eq(measure_ratio(&x, &y, &r), OK);
    cr_assert(r.median == 2 && r.lo == 1 && r.hi == 2, "%g %g %g", r.median, r.lo, r.hi);
    struct waiter w = {100000, 0, 0};
    struct measure_side side[] = {{wait_call, &w}, {wait_call, &w}};
    struct measured out[2];
    cr_assert_eq(measure_sides(side, 2, &quick, out, NULL), OK);
    cr_assert_eq(measure_ratio(&out[0], &out[1], &r), OK);
    cr_assert(r.lo <= r.median && r.median <= r.hi && r.median > 0.2 && r.median < 5);
    measured_release(&out[0]);
    measured_release(&out[1]);
}

/* One pass over 1 MB: slower than 1 GB/s would be no load loop, faster than 4 TB/s no loads. */
Test(measure, bandwidth_is_sane)
{
    const double bytes = 1 << 20;
    struct load_loop l;
    struct measured out;
    cr_assert_eq(load_loop_init(&l, bytes, 1), OK);
    struct measure_side side = {load_loop_call, &l};
    cr_assert_eq(measure_sides(&side, 1, &quick, &out, NULL), OK);
    double gb_per_s = bytes / out.step_us.median * 1e-3;
    cr_assert(gb_per_s > 1 && gb_per_s < 4000, "%g GB/s", gb_per_s);
    measured_release(&out);
    load_loop_release(&l);
}

Test(measure, cache_levels)
{
    cr_assert_str_eq(cache_level_of(1e15), "memory");
    for (int level = 1; level <= 3; level++) {
        double size = (double)cpu_cache_bytes(level);
        char name[] = {'L', (char)('0' + level), '\0'};
        if (size == 0)
            continue;
        cr_assert_str_eq(cache_level_of(size), name);
        cr_assert_str_neq(cache_level_of(size + 1), name);
    }
}
