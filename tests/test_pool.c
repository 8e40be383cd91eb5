/* test_pool.c - the pool: every part once, in each of many rounds, asleep or not; shares; pinning.
 */
#include "base/cpu.h"
#include "base/rng.h"
#include "kernels/pool.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_THREADS = 8 };

Test(pool, shares_cover_everything_once)
{
    struct rng r;
    rng_seed(&r, 1, 1);
    for (int round = 0; round < 20000; round++) {
        size_t n = rng_below(&r, 300), grain = 1 + rng_below(&r, 20), at = 0, lo, hi;
        int parts = 1 + (int)rng_below(&r, 9);
        for (int part = 0; part < parts; part++) {
            pool_share(n, grain, part, parts, &lo, &hi);
            cr_assert(lo == at && hi >= lo && hi <= n);
            cr_assert(hi == n || hi % grain == 0);
            cr_assert_leq(hi - lo,
                          ((n + grain - 1) / grain + (size_t)parts - 1) / (size_t)parts * grain);
            at = hi;
        }
        cr_assert_eq(at, n);
    }
}

/* What a round should do: every part once, seeing what the caller wrote before. */
struct round {
    int parts, number; /* plain fields: a race here is what TSan should see */
    int done[MOST_THREADS];
};

static void mark(void *ctx, int part, int parts)
{
    struct round *r = ctx;
    r->done[part] += r->number;
    if (parts != r->parts)
        r->done[part] = -1;
}

static void check_round(struct pool *p, int threads, int number)
{
    struct round r = {.parts = threads, .number = number};
    pool_run(p, mark, &r);
    for (int i = 0; i < MOST_THREADS; i++)
        cr_assert_eq(r.done[i], i < threads ? number : 0, "part %d of %d", i, threads);
}

Test(pool, many_rounds_with_any_number_of_threads)
{
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        struct pool *p;
        cr_assert_eq(pool_new(threads, 0, &p), OK);
        cr_assert_eq(pool_threads(p), threads);
        for (int i = 1; i <= 150; i++)
            check_round(p, threads, i);
        pool_release(p);
    }
    cr_assert_eq(pool_threads(NULL), 1);
    check_round(NULL, 1, 7);
    pool_release(NULL);
}

/* Pauses long enough that the workers sleep, and so short that they are just about to. */
Test(pool, wakes_after_pauses)
{
    struct pool *p;
    cr_assert_eq(pool_new(3, 0, &p), OK);
    for (int i = 1; i <= 60; i++) {
        usleep((useconds_t)(i % 3 == 0 ? 5000 : 40 * i));
        check_round(p, 3, i);
        check_round(p, 3, i);
    }
    pool_release(p);
}

/* While one thread sits in its part, the others are not waited for: the caller does theirs. */
static void slow_start(void *ctx, int part, int parts)
{
    atomic_int *n = ctx;
    if (part == 0)
        for (int i = 0; atomic_load(n) == 0 && i < 200; i++)
            usleep(100); /* give the workers a chance to begin, but do not count on it */
    atomic_fetch_add(n, 1);
}

Test(pool, late_workers_do_no_harm)
{
    struct pool *p;
    cr_assert_eq(pool_new(MOST_THREADS, 0, &p), OK);
    for (int i = 0; i < 300; i++) {
        atomic_int n = 0;
        if (i % 3 == 0)
            pool_run(p, slow_start, &n);
        else
            check_round(p, MOST_THREADS, i + 1); /* begins while workers of the round before wake */
        cr_assert_eq(atomic_load(&n), i % 3 == 0 ? MOST_THREADS : 0);
    }
    pool_release(p);
}

/* Released at once, before a worker has done anything, and asleep. */
Test(pool, comes_and_goes)
{
    struct pool *p;
    for (int i = 0; i < 50; i++) {
        cr_assert_eq(pool_new(1 + i % MOST_THREADS, 0, &p), OK);
        if (i % 2)
            usleep(2000);
        pool_release(p);
    }
}

static int threads_of_process(void)
{
    char line[128];
    int n = 0;
    FILE *f = fopen("/proc/self/status", "r");
    cr_assert_not_null(f);
    while (fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, "Threads: %d", &n) == 1)
            break;
    fclose(f);
    return n;
}

/* More parts than processors are still that many parts, on no more threads. */
Test(pool, starts_no_thread_without_a_processor)
{
    struct pool *p;
    int before = threads_of_process(), n = cpu_count();
    cr_assert_eq(pool_new(n + 3, 0, &p), OK);
    cr_assert_eq(pool_threads(p), n + 3);
    cr_assert_eq(threads_of_process(), before + n - 1);
    pool_release(p);
}

/* Parts wait for each other, so that each thread does its own. */
struct places {
    cpu_set_t of[MOST_THREADS];
    atomic_int n;
};

static void note_place(void *ctx, int part, int parts)
{
    struct places *seen = ctx;
    sched_getaffinity(0, sizeof(cpu_set_t), &seen->of[part]);
    atomic_fetch_add(&seen->n, 1);
    for (int i = 0; atomic_load(&seen->n) < parts && i < 100000; i++)
        usleep(100);
}

/* Also a second pinned pool beside the first spreads over the processors, and in the end the caller
 * is where it was. */
Test(pool, pins_one_thread_a_processor)
{
    struct pool *p[2];
    cpu_set_t before, after;
    sched_getaffinity(0, sizeof before, &before);
    int n = CPU_COUNT(&before) < MOST_THREADS ? CPU_COUNT(&before) : MOST_THREADS;
    for (int i = 0; i < 2; i++) {
        static struct places seen;
        cpu_set_t all;
        CPU_ZERO(&all);
        atomic_store(&seen.n, 0);
        cr_assert_eq(pool_new(n, 1, &p[i]), OK);
        pool_run(p[i], note_place, &seen);
        for (int t = 0; t < n; t++) {
            cr_assert_eq(CPU_COUNT(&seen.of[t]), 1);
            CPU_OR(&all, &all, &seen.of[t]);
        }
        cr_assert_eq(CPU_COUNT(&all), n, "pool %d", i);
    }
    pool_release(p[0]);
    pool_release(p[1]);
    sched_getaffinity(0, sizeof after, &after);
    cr_assert(CPU_EQUAL(&before, &after));
    cr_assert_eq(cpu_count(), CPU_COUNT(&before));
}
