/* test_lstm.c - every backend of the registry against the double reference, over random stacks. A
 * new backend is tested by standing in the registry. */
#include "base/mem.h"
#include "brds/registry.h"
#include "tests/random_stack.h"
#include "tests/reference.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* f32 sums of up to 70 products a gate, over steps that feed on each other: the largest error seen
 * is printed; it is relative to max(1, |value|). */
static const double tolerance = 2e-6;
static double worst;

static void compare(const char *what, const float *got, const float *want, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double error = fabs((double)got[i] - want[i]) / fmax(1, fabs((double)want[i]));
        cr_assert(error <= tolerance, "%s[%zu] of %zu is %g (expected %g)", what, i, n,
                  (double)got[i], (double)want[i]);
        worst = fmax(worst, error);
    }
}

static struct lstm_plan *prepare(const struct lstm_backend *b, const struct lstm_net *net,
                                 int batch, int steps, int threads)
{
    struct lstm_options opt = {.max_batch = batch, .max_steps = steps, .threads = threads};
    struct lstm_plan *plan;
    enum status s = lstm_prepare(b, net, &opt, &plan);
    cr_assert_eq(s, OK, "%s: %s", b->name, status_message());
    return plan;
}

/* One call through one backend, against what the reference made of it. */
static void check_call(const struct lstm_backend *b, const struct lstm_net *net,
                       const struct random_call *given, const struct random_call *want, int threads)
{
    struct random_call got;
    char what[64];
    /* room to spare: a plan serves smaller calls than it was prepared for */
    struct lstm_plan *plan =
        prepare(b, net, given->io.batch + threads, given->io.steps + 1, threads);
    random_call_copy(given, &got);
    cr_assert_eq(lstm_run(plan, &got.io), OK);
    snprintf(what, sizeof what, "%s with %d threads: y", b->name, threads);
    compare(what, got.io.y, want->io.y, got.n_y);
    what[strlen(what) - 1] = 'h';
    compare(what, got.io.h, want->io.h, got.n_h);
    what[strlen(what) - 1] = 'c';
    compare(what, got.io.c, want->io.c, got.n_c);
    random_call_release_copy(&got);
    lstm_release(plan);
}

/* Rounds of random stacks with one flavour of net; batches 1..33, lengths in half of them. */
static void rounds(uint64_t seed, const struct random_want *want, int n_rounds, int max_steps)
{
    struct rng r;
    rng_seed(&r, seed, 1);
    for (int round = 0; round < n_rounds; round++) {
        struct random_stack s;
        struct random_call call, ref;
        int steps = 1 + (int)rng_below(&r, (uint32_t)max_steps);
        int batch = 1 + (int)rng_below(&r, round % 3 == 0 ? 33 : 9);
        random_stack_make(&s, &r, want);
        random_call_make(&call, &r, &s.net, steps, batch, round % 2);
        random_call_copy(&call, &ref);
        reference_lstm(&s.net, &ref.io);
        for (size_t i = 0; registry_at(i) != NULL; i++)
            if (lstm_takes(registry_at(i), PREC_F32))
                check_call(registry_at(i), &s.net, &call, &ref, 1 + round % 3);
        random_call_release_copy(&ref);
        random_call_release(&call);
        random_stack_release(&s);
    }
    fprintf(stderr, "# largest error %.3g\n", worst);
}

Test(lstm, one_layer)
{
    rounds(1, &(struct random_want){1, 40, 0, 0, 0.5}, 60, 8);
}

Test(lstm, one_layer_with_projection_and_peepholes)
{
    rounds(2, &(struct random_want){1, 40, 1, 1, 0.5}, 60, 8);
}

Test(lstm, two_layers_of_any_kind)
{
    rounds(3, &(struct random_want){2, 50, 0.5, 0.5, 0.7}, 60, 8);
}

Test(lstm, three_layers_of_any_kind)
{
    rounds(4, &(struct random_want){3, 70, 0.5, 0.5, 0.7}, 30, 12);
}

/* Two calls with the state carried between them are one call of both, to the bit, as long as a call
 * of one step or one sample does not choose another kernel. */
Test(lstm, split_calls_carry_the_state)
{
    struct random_want want = {3, 40, 0.5, 0.5, 0.5};
    struct rng r;
    rng_seed(&r, 5, 1);
    for (int round = 0; round < 40; round++) {
        struct random_stack s;
        struct random_call call;
        int steps = 2 + (int)rng_below(&r, 8), batch = 1 + (int)rng_below(&r, 5);
        int first = 1 + (int)rng_below(&r, (uint32_t)steps - 1);
        random_stack_make(&s, &r, &want);
        random_call_make(&call, &r, &s.net, steps, batch, 0);
        for (size_t i = 0; registry_at(i) != NULL; i++) {
            struct random_call whole, parts;
            if (!lstm_takes(registry_at(i), PREC_F32))
                continue;
            struct lstm_plan *plan = prepare(registry_at(i), &s.net, batch, steps, 1);
            random_call_copy(&call, &whole);
            random_call_copy(&call, &parts);
            cr_assert_eq(lstm_run(plan, &whole.io), OK);
            struct lstm_io io = parts.io;
            io.steps = first;
            cr_assert_eq(lstm_run(plan, &io), OK);
            io.x += (size_t)first * (size_t)batch * (size_t)s.net.layer[0].n_in;
            io.y += (size_t)first * (parts.n_y / (size_t)steps);
            io.steps = steps - first;
            cr_assert_eq(lstm_run(plan, &io), OK);
            compare("y of split calls", parts.io.y, whole.io.y, whole.n_y);
            compare("h of split calls", parts.io.h, whole.io.h, whole.n_h);
            compare("c of split calls", parts.io.c, whole.io.c, whole.n_c);
            random_call_release_copy(&whole);
            random_call_release_copy(&parts);
            lstm_release(plan);
        }
        random_call_release(&call);
        random_stack_release(&s);
    }
}

/* Measuring the gate product between two calls changes nothing in the second. */
Test(lstm, gates_leave_no_trace)
{
    struct random_want want = {2, 40, 0.5, 0.5, 0.5};
    struct random_stack s;
    struct random_call call, alone, after;
    struct lstm_facts facts;
    struct rng r;
    rng_seed(&r, 9, 1);
    random_stack_make(&s, &r, &want);
    random_call_make(&call, &r, &s.net, 3, 4, 1);
    for (size_t i = 0; registry_at(i) != NULL; i++) {
        if (!lstm_takes(registry_at(i), PREC_F32))
            continue;
        struct lstm_plan *plan = prepare(registry_at(i), &s.net, 4, 3, 2);
        random_call_copy(&call, &alone);
        random_call_copy(&call, &after);
        cr_assert_eq(lstm_run(plan, &alone.io), OK);
        if (lstm_gates(plan) == OK) {
            lstm_facts(plan, &facts);
            cr_assert_gt(facts.gate_bytes, 0);
            cr_assert_leq(facts.gate_bytes, facts.weight_bytes + facts.index_bytes);
        }
        cr_assert_eq(lstm_run(plan, &after.io), OK);
        cr_assert_arr_eq(after.io.y, alone.io.y, after.n_y * sizeof(float));
        random_call_release_copy(&alone);
        random_call_release_copy(&after);
        lstm_release(plan);
    }
    random_call_release(&call);
    random_stack_release(&s);
}

/* Without y the state comes out the same, to the bit. */
Test(lstm, y_may_be_left_out)
{
    struct random_want want = {2, 30, 0.5, 0.5, 0.5};
    struct random_stack s;
    struct random_call call;
    struct rng r;
    rng_seed(&r, 6, 1);
    for (int n_layers = 1; n_layers <= 3; n_layers++) {
        want.n_layers = n_layers;
        random_stack_make(&s, &r, &want);
        random_call_make(&call, &r, &s.net, 7, 5, 1);
        for (size_t i = 0; registry_at(i) != NULL; i++) {
            struct random_call with, without;
            if (!lstm_takes(registry_at(i), PREC_F32))
                continue;
            struct lstm_plan *plan = prepare(registry_at(i), &s.net, 5, 7, 2);
            random_call_copy(&call, &with);
            random_call_copy(&call, &without);
            struct lstm_io io = without.io;
            io.y = NULL;
            cr_assert_eq(lstm_run(plan, &with.io), OK);
            cr_assert_eq(lstm_run(plan, &io), OK);
            cr_assert_arr_eq(with.io.h, without.io.h, with.n_h * sizeof(float));
            cr_assert_arr_eq(with.io.c, without.io.c, with.n_c * sizeof(float));
            random_call_release_copy(&with);
            random_call_release_copy(&without);
            lstm_release(plan);
        }
        random_call_release(&call);
        random_stack_release(&s);
    }
}

/* NaN in one lane, and in the padding of another, reaches no other value; and the next call on the
 * same plan knows nothing of it. */
Test(lstm, nan_stays_in_its_lane)
{
    enum { BATCH = 11, STEPS = 4, BAD = 3, SHORT = 7 };
    struct random_want want = {2, 40, 0.5, 0.5, 0.5};
    struct random_stack s;
    struct random_call call, ref;
    struct rng r;
    rng_seed(&r, 7, 1);
    for (int round = 0; round < 10; round++) {
        random_stack_make(&s, &r, &want);
        random_call_make(&call, &r, &s.net, STEPS, BATCH, 1);
        size_t n_in = (size_t)s.net.layer[0].n_in, n_rec = call.n_y / (STEPS * BATCH);
        call.len[BAD] = STEPS;
        call.len[SHORT] = 2;
        random_call_copy(&call, &ref);
        reference_lstm(&s.net, &ref.io);
        for (size_t i = 0; registry_at(i) != NULL; i++) {
            struct random_call got;
            if (!lstm_takes(registry_at(i), PREC_F32))
                continue;
            struct lstm_plan *plan = prepare(registry_at(i), &s.net, BATCH, STEPS, 2);
            float *poison[] = {call.x + BAD * n_in, call.x + (3 * BATCH + SHORT) * n_in};
            float old[2] = {*poison[0], *poison[1]};
            *poison[0] = *poison[1] = NAN;
            random_call_copy(&call, &got);
            cr_assert_eq(lstm_run(plan, &got.io), OK);
            for (size_t row = 0; row < STEPS * BATCH; row++)
                if (row % BATCH != BAD)
                    compare("y beside a NaN", got.io.y + row * n_rec, ref.io.y + row * n_rec,
                            n_rec);
            random_call_release_copy(&got);
            *poison[0] = old[0];
            *poison[1] = old[1];
            random_call_copy(&call, &got);
            cr_assert_eq(lstm_run(plan, &got.io), OK);
            compare("y after a NaN", got.io.y, ref.io.y, got.n_y);
            compare("c after a NaN", got.io.c, ref.io.c, got.n_c);
            random_call_release_copy(&got);
            lstm_release(plan);
        }
        random_call_release_copy(&ref);
        random_call_release(&call);
        random_stack_release(&s);
    }
}
