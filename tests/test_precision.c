/* test_precision.c - the formats that round, of every backend, near the double reference, in calls
 * of any size and length: bf16, f27, and q8 where it is a library's own (ours has the same bits
 * everywhere: test_lstm_fixed.c). What a backend lacks is refused with its reason. */
#include "brds/registry.h"
#include "kernels/quant.h"
#include "tests/random_stack.h"
#include "tests/reference.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Largest error of an output in -1..1 over a few steps: bf16 keeps 8 bits of every operand, q8 7 of
 * the largest, f27 19 of every weight. An exchanged gate or a missing scale gives errors near 1. */
static const struct {
    enum precision precision;
    double most;
} formats[] = {{PREC_F32, 1e-5}, {PREC_BF16, 0.02}, {PREC_F27, 1e-4}, {PREC_Q8, 0.05}};
enum { N_FORMATS = sizeof formats / sizeof *formats };

static void near(const char *who, const float *got, const float *want, size_t n, double most)
{
    double worst = 0;
    for (size_t i = 0; i < n; i++)
        worst = fmax(worst, fabs((double)got[i] - want[i]) / fmax(1, fabs((double)want[i])));
    cr_assert(worst <= most, "%s: error %g", who, worst);
}

/* 1 if the backend took the case. */
static int check(const struct lstm_backend *b, const struct random_stack *s, int format,
                 const struct random_call *given, int threads)
{
    struct quant quant = {.n_layers = s->net.n_layers};
    struct random_call want, got;
    struct lstm_plan *plan;
    for (int l = 0; l < quant.n_layers; l++)
        quant.layer[l] = (struct quant_range){1, 1, 8};
    /* one step and one sample more than the call, and exactly as many, in turn */
    struct lstm_options opt = {.precision = formats[format].precision,
                               .max_batch = given->io.batch + threads % 2,
                               .max_steps = given->io.steps + threads % 2,
                               .threads = threads,
                               .quant = &quant};
    enum status st = lstm_prepare(b, &s->net, &opt, &plan);
    if (st != OK) {
        cr_assert(st == E_UNSUPPORTED && strstr(status_message(), b->name) != NULL, "%s",
                  status_message());
        return 0;
    }
    random_call_copy(given, &want);
    random_call_copy(given, &got);
    reference_lstm(&s->net, &want.io);
    cr_assert_eq(lstm_run(plan, &got.io), OK);
    near("y", got.io.y, want.io.y, got.n_y, formats[format].most);
    near("h", got.io.h, want.io.h, got.n_h, formats[format].most);
    near("c", got.io.c, want.io.c, got.n_c, 2 * formats[format].most);
    random_call_release_copy(&want);
    random_call_release_copy(&got);
    lstm_release(plan);
    return 1;
}

static int rounds(const struct lstm_backend *b, int format, double project, double peephole)
{
    struct rng r;
    int taken = 0;
    rng_seed(&r, 21, (uint64_t)format);
    for (int round = 0; round < 24; round++) {
        struct random_want want = {1 + round % 3, 60, project, peephole, 0.5};
        struct random_stack s;
        struct random_call call;
        random_stack_make(&s, &r, &want);
        random_call_make(&call, &r, &s.net, 1 + (int)rng_below(&r, 6), 1 + (int)rng_below(&r, 9),
                         round % 2);
        taken += check(b, &s, format, &call, 1 + round % 3);
        random_call_release(&call);
        random_stack_release(&s);
    }
    fprintf(stderr, "# %s %s, projection %g, peephole %g: %d of 24 taken\n", b->name,
            precision_name(formats[format].precision), project, peephole, taken);
    return taken;
}

/* A format is taken for every plain stack or for none. */
static int check_format(const struct lstm_backend *b, int format)
{
    int plain = rounds(b, format, 0, 0);
    cr_assert(plain == 24 || plain == 0);
    rounds(b, format, 1, 0);
    rounds(b, format, 0.5, 0.5);
    return plain != 0;
}

Test(precision, is_near_the_reference)
{
    int n_rounded = 0;
    for (size_t i = 0; registry_at(i) != NULL; i++)
        for (int f = 0; f < N_FORMATS; f++) {
            const struct lstm_backend *b = registry_at(i);
            if (b->foreign || formats[f].precision != PREC_Q8)
                n_rounded += check_format(b, f) && formats[f].precision != PREC_F32;
        }
    cr_assert_geq(n_rounded, 4); /* dense bf16, sparse f27, and ref in both */
}
