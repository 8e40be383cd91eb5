/* test_lstm_fixed.c - q16 and q8: every backend of the registry equals the plain reference bit for
 * bit, but for a library's own formats (test_precision.c). meson runs it at every level of
 * BRDS_CPU. */
#include "base/mem.h"
#include "brds/registry.h"
#include "tests/plain_fixed.h"
#include "tests/random_quant.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static const enum precision precisions[] = {PREC_Q16, PREC_Q10, PREC_Q8};

static struct lstm_plan *prepare(const struct lstm_backend *b, const struct lstm_net *net,
                                 const struct lstm_options *opt)
{
    struct lstm_plan *plan;
    enum status s = lstm_prepare(b, net, opt, &plan);
    cr_assert_eq(s, OK, "%s: %s", b->name, status_message());
    return plan;
}

static void same(const char *who, const char *what, const float *got, const float *want, size_t n)
{
    for (size_t i = 0; i < n; i++)
        cr_assert_eq(memcmp(got + i, want + i, sizeof *got), 0,
                     "%s: %s[%zu] of %zu is %.9g, not %.9g", who, what, i, n, (double)got[i],
                     (double)want[i]);
}

static void same_call(const char *who, const struct random_call *got,
                      const struct random_call *want)
{
    same(who, "y", got->io.y, want->io.y, got->n_y);
    same(who, "h", got->io.h, want->io.h, got->n_h);
    same(who, "c", got->io.c, want->io.c, got->n_c);
}

/* One call on every backend against the plain one; counts, too. */
static void check_backends(const struct lstm_net *net, const struct lstm_options *opt,
                           const struct random_call *given)
{
    struct random_call want, got;
    struct plain_counts n;
    struct lstm_facts facts;
    random_call_copy(given, &want);
    plain_fixed_run(net, opt->precision, opt->quant, &want.io, &n);
    for (size_t i = 0; registry_at(i) != NULL; i++) {
        const struct lstm_backend *b = registry_at(i);
        if (b->foreign || !lstm_takes(b, opt->precision))
            continue;
        struct lstm_plan *plan = prepare(b, net, opt);
        random_call_copy(given, &got);
        cr_assert_eq(lstm_run(plan, &got.io), OK);
        same_call(b->name, &got, &want);
        lstm_facts(plan, &facts);
        cr_assert_eq((size_t)facts.saturations, n.saturations, "%s", b->name);
        cr_assert_eq((size_t)facts.nans, n.nans, "%s", b->name);
        random_call_release_copy(&got);
        lstm_release(plan);
    }
    random_call_release_copy(&want);
}

/* NaN, infinities, huge, tiny and both zeros among the inputs and states. */
static void poison(struct random_call *k, struct rng *r, size_t n_x)
{
    const float bad[] = {NAN, -NAN, INFINITY, -INFINITY, 3e38f, -3e38f, 1e-42f, -0.0f, 100, -100};
    for (size_t i = 0; i < n_x; i++)
        if (random_chance(r, 0.1))
            k->x[i] = bad[rng_below(r, 10)];
    for (size_t i = 0; i < k->n_h; i++)
        if (random_chance(r, 0.1))
            k->io.h[i] = bad[rng_below(r, 10)];
    for (size_t i = 0; i < k->n_c; i++)
        if (random_chance(r, 0.1))
            k->io.c[i] = bad[rng_below(r, 10)];
}

/* Every weight that is not pruned at the largest magnitude; biases, peepholes too. */
static void to_extremes(struct random_stack *s)
{
    for (int l = 0; l < s->net.n_layers; l++) {
        const struct lstm_layer *y = &s->net.layer[l];
        size_t rows = 4 * (size_t)y->n_hid, n_hid = (size_t)y->n_hid;
        size_t n[] = {rows * (size_t)y->n_in, rows * (size_t)lstm_n_rec(y),
                      (size_t)y->n_proj * n_hid, rows, 3 * n_hid};
        for (int i = 0; i < 5; i++)
            for (size_t j = 0; s->block[l][i] != NULL && j < n[i]; j++)
                if (s->block[l][i][j] != 0)
                    s->block[l][i][j] = copysignf(i < 3 ? 0.25f : 4, s->block[l][i][j]);
    }
}

struct flavour {
    int n_layers, max_size, rounds, extreme, poisoned;
};

static void rounds(uint64_t seed, const struct flavour *f)
{
    struct rng r;
    rng_seed(&r, seed, 1);
    for (int round = 0; round < f->rounds; round++) {
        struct random_want want = {f->n_layers, f->max_size, 0.5, 0.5, 0.6};
        struct random_stack s;
        struct random_call call;
        struct quant quant;
        int steps = 1 + (int)rng_below(&r, 8), batch = 1 + (int)rng_below(&r, 5);
        random_stack_make(&s, &r, &want);
        if (f->extreme)
            to_extremes(&s);
        random_call_make(&call, &r, &s.net, steps, batch, round % 2);
        if (f->poisoned)
            poison(&call, &r, (size_t)(steps * batch * s.net.layer[0].n_in));
        random_ranges(&quant, &r, &s.net);
        struct lstm_options opt = {.precision = precisions[round / 2 % 3],
                                   .max_batch = batch + round % 3,
                                   .max_steps = steps,
                                   .threads = 1 + round / 4 % 2,
                                   .quant = &quant};
        check_backends(&s.net, &opt, &call);
        random_call_release(&call);
        random_stack_release(&s);
    }
}

Test(lstm_fixed, one_layer)
{
    rounds(1, &(struct flavour){1, 40, 120, 0, 0});
}

Test(lstm_fixed, two_layers)
{
    rounds(2, &(struct flavour){2, 80, 60, 0, 0});
}

Test(lstm_fixed, three_layers_wider_than_a_window)
{
    rounds(3, &(struct flavour){3, 300, 16, 0, 0});
}

Test(lstm_fixed, weights_and_inputs_at_extremes)
{
    rounds(4, &(struct flavour){2, 60, 60, 1, 0});
    rounds(5, &(struct flavour){2, 300, 16, 1, 1});
}

Test(lstm_fixed, nan_is_zero_and_counted)
{
    rounds(6, &(struct flavour){2, 50, 60, 0, 1});
}

/* What q16 and q8 count is seen at all: a NaN, and inputs beyond the range. */
Test(lstm_fixed, counts)
{
    struct random_want want = {1, 20, 0, 0, 0};
    struct random_stack s;
    struct random_call call;
    struct lstm_facts facts;
    struct quant quant = {.n_layers = 1, .layer = {{2, 1, 1}}};
    struct rng r;
    rng_seed(&r, 7, 1);
    random_stack_make(&s, &r, &want);
    random_call_make(&call, &r, &s.net, 1, 1, 0);
    memset(call.io.h, 0, call.n_h * sizeof *call.io.h);
    call.x[0] = NAN;
    for (int i = 0; i < 3; i++)
        for (size_t b = 0; registry_at(b) != NULL; b++) {
            struct random_call got;
            struct lstm_options opt = {.precision = precisions[i], .quant = &quant};
            if (registry_at(b)->foreign || !lstm_takes(registry_at(b), opt.precision))
                continue;
            struct lstm_plan *plan = prepare(registry_at(b), &s.net, &opt);
            random_call_copy(&call, &got);
            cr_assert_eq(lstm_run(plan, &got.io), OK);
            lstm_facts(plan, &facts);
            cr_assert(facts.nans == 1 && facts.saturations == 0);
            call.x[0] = 5;
            cr_assert_eq(lstm_run(plan, &got.io), OK);
            lstm_facts(plan, &facts);
            cr_assert(facts.nans == 1 && facts.saturations == 1);
            call.x[0] = NAN;
            random_call_release_copy(&got);
            lstm_release(plan);
        }
    random_call_release(&call);
    random_stack_release(&s);
}

/* Ten steps at once are ten calls of one, to the bit: also where lanes end on the way. */
static void check_split(const struct lstm_backend *b, const struct lstm_net *net,
                        const struct lstm_options *opt, const struct random_call *given)
{
    struct random_call whole, parts;
    struct lstm_plan *plan = prepare(b, net, opt);
    size_t batch = (size_t)given->io.batch, n_out = given->n_y / batch / 10;
    int len[8];
    random_call_copy(given, &whole);
    random_call_copy(given, &parts);
    cr_assert_eq(lstm_run(plan, &whole.io), OK);
    for (int t = 0; t < 10; t++) {
        struct lstm_io io = parts.io;
        io.steps = 1;
        io.x += (size_t)t * batch * (size_t)net->layer[0].n_in;
        io.y += (size_t)t * batch * n_out;
        for (size_t i = 0; i < batch && io.len != NULL; i++)
            len[i] = t < io.len[i];
        io.len = io.len != NULL ? len : NULL;
        cr_assert_eq(lstm_run(plan, &io), OK);
    }
    same_call(b->name, &parts, &whole);
    random_call_release_copy(&whole);
    random_call_release_copy(&parts);
    lstm_release(plan);
}

Test(lstm_fixed, carrying_the_state_is_exact)
{
    struct rng r;
    rng_seed(&r, 8, 1);
    for (int round = 0; round < 40; round++) {
        struct random_want want = {1 + round % 3, 60, 0.5, 0.5, 0.6};
        struct random_stack s;
        struct random_call call;
        struct quant quant;
        random_stack_make(&s, &r, &want);
        random_call_make(&call, &r, &s.net, 10, 1 + round % 8, round / 2 % 2);
        random_ranges(&quant, &r, &s.net);
        struct lstm_options opt = {.precision = precisions[round / 2 % 3],
                                   .max_batch = 8,
                                   .max_steps = 10,
                                   .threads = 1 + round / 8 % 2,
                                   .quant = &quant};
        for (size_t i = 0; registry_at(i) != NULL; i++)
            if (!registry_at(i)->foreign && lstm_takes(registry_at(i), opt.precision))
                check_split(registry_at(i), &s.net, &opt, &call);
        random_call_release(&call);
        random_stack_release(&s);
    }
}

Test(lstm_fixed, needs_a_calibration_of_the_stack)
{
    struct random_want want = {2, 10, 0, 0, 0};
    struct random_stack s;
    struct lstm_plan *plan;
    struct rng r;
    const struct quant other = {.n_layers = 1, .layer = {{1, 1, 1}}};
    rng_seed(&r, 9, 1);
    random_stack_make(&s, &r, &want);
    for (size_t b = 0; registry_at(b) != NULL; b++)
        for (int i = 0; i < 4; i++) {
            struct lstm_options opt = {.precision = precisions[i % 3],
                                       .quant = i < 2 ? NULL : &other};
            int lacks = (registry_at(b)->foreign && opt.precision != PREC_Q8) ||
                        !lstm_takes(registry_at(b), opt.precision);
            cr_assert_eq(lstm_prepare(registry_at(b), &s.net, &opt, &plan),
                         lacks ? E_UNSUPPORTED : E_USAGE);
        }
    random_stack_release(&s);
}
