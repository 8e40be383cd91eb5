/* time_intervals N SECONDS [SLOWER] - compares a backend with itself N times, each for SECONDS, and
 * writes a CSV of every ratio and its 95 % interval; with SLOWER, one side takes that share longer.
 * Tells in the end how many intervals hold 1, and how many found the difference: what
 * bench/measure.h promises, tried on this machine and its noise. */
#include "bench/measure.h"
#include "bench/random_net.h"
#include "bench/timed.h"
#include "brds/registry.h"

#include <stdio.h>
#include <stdlib.h>

/* A step of about 50 us on the machine that this was written on. */
static const struct random_net wanted = {
    .n_in = 650,
    .n_hid = 650,
    .n_layers = 1,
    .prune = {.pattern = {.kind = PATTERN_ROW}, .s_x = 0.85, .s_h = 0.85, .s_r = -1},
    .seed = 1};

/* The step, and then a chain of multiplications that wait for each other. */
struct side {
    struct timed_plan *plan;
    long chain;
};

static enum status call(void *ctx)
{
    const struct side *s = ctx;
    uint64_t x = 1;
    TRY(timed_step(s->plan));
    for (long i = 0; i < s->chain; i++) {
        x = x * 3 + 1;
        __asm__ volatile("" : "+r"(x));
    }
    return OK;
}

/* Median microseconds of a side alone. */
static double alone_us(struct side *s)
{
    const struct measure_options o = {.steps = 1, .seconds = 0.5};
    struct measure_side side = {call, s};
    struct measured m;
    if (measure_sides(&side, 1, &o, &m, NULL) != OK)
        abort();
    measured_release(&m);
    return m.step_us.median;
}

/* The links of a chain that makes the step longer by this share. */
static long chain_for(struct timed_plan *plan, double share)
{
    enum { LINKS = 200000 };
    struct side bare = {plan, 0}, chained = {plan, LINKS};
    double step = alone_us(&bare), link = (alone_us(&chained) - step) / LINKS;
    fprintf(stderr, "step %.2f us, link %.3f ns\n", step, 1e3 * link);
    return (long)(share * step / link + 0.5);
}

struct tally {
    int n, hold_one, above_one;
};

static enum status compare(struct side both[2], double seconds, struct tally *t)
{
    const struct measure_options o = {.steps = 1, .seconds = seconds};
    struct measure_side side[] = {{call, &both[0]}, {call, &both[1]}};
    struct measured m[2];
    struct measured_ratio r;
    struct conditions seen;
    enum status s = measure_sides(side, 2, &o, m, &seen);
    if (s == OK)
        s = measure_ratio(&m[1], &m[0], &r);
    if (s == OK) {
        t->n++;
        t->hold_one += r.lo <= 1 && 1 <= r.hi;
        t->above_one += r.lo > 1;
        printf("%d,%zu,%.9g,%.9g,%.9g,%.9g,%.9g,%.4g\n", t->n, m[0].blocks, m[0].step_us.median,
               m[1].step_us.median, r.median, r.lo, r.hi, seen.had);
        fflush(stdout);
    }
    measured_release(&m[0]);
    measured_release(&m[1]);
    return s;
}

int main(int argc, char **argv)
{
    struct net *net;
    struct lstm_plan *plan;
    struct timed_plan timed;
    struct tally t = {0, 0, 0};
    const struct lstm_options opt = {.precision = PREC_F32};
    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: time_intervals N SECONDS [SLOWER]\n");
        return 64;
    }
    double slower = argc > 3 ? atof(argv[3]) : 0;
    if (random_net_make(&wanted, &net) != OK ||
        lstm_prepare(&cpu_sparse_backend, &net->lstm, &opt, &plan) != OK ||
        timed_plan_init(&timed, &net->lstm, plan, 1, 1) != OK)
        return 2;
    struct side both[2] = {{&timed, 0}, {&timed, slower > 0 ? chain_for(&timed, slower) : 0}};
    printf("comparison,blocks,first_us,second_us,ratio,ci95_lo,ci95_hi,had\n");
    while (t.n < atoi(argv[1]))
        if (compare(both, atof(argv[2]), &t) != OK)
            return 2;
    fprintf(stderr, "%d comparisons: %.1f %% of intervals hold 1, %.1f %% lie above it\n", t.n,
            100.0 * t.hold_one / t.n, 100.0 * t.above_one / t.n);
    timed_plan_release(&timed);
    lstm_release(plan);
    net_release(net);
    return 0;
}
