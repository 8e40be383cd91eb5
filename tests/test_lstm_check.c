/* test_lstm_check.c - what the LSTM interface refuses, and what it says; facts and names of every
 * backend. */
#include "brds/registry.h"
#include "tests/random_stack.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static struct random_stack stack;
static struct lstm_net *const net = &stack.net;

static void make(void)
{
    struct random_want want = {2, 12, 1, 1, 1};
    struct rng r;
    rng_seed(&r, 1, 1);
    random_stack_make(&stack, &r, &want);
}

static void drop(void)
{
    random_stack_release(&stack);
}

TestSuite(lstm_check, .init = make, .fini = drop);

static void refused(const char *message)
{
    cr_expect_eq(lstm_check(net), E_FORMAT, "not refused: %s", message);
    cr_expect_str_eq(status_message(), message);
}

Test(lstm_check, layers)
{
    cr_assert_eq(lstm_check(net), OK);
    net->n_layers = 0;
    refused("0 LSTM layers (expected 1 to 32)");
    net->n_layers = 33;
    refused("33 LSTM layers (expected 1 to 32)");
    net->n_layers = 2;
    net->layer[0].n_proj = 7;
    net->layer[0].k_h = 3;
    net->layer[1].n_in = 8;
    net->layer[1].k_x = 3;
    refused("layer 1: reads 8 values, but layer 0 writes 7");
}

Test(lstm_check, sizes)
{
    struct lstm_layer *y = &net->layer[0], saved = *y;
    y->n_hid = 9;
    y->n_in = 0;
    y->n_proj = 5;
    refused("layer 0: impossible sizes n_in 0, n_hid 9, n_proj 5");
    y->n_in = 3;
    y->n_hid = -1;
    refused("layer 0: impossible sizes n_in 3, n_hid -1, n_proj 5");
    y->n_hid = INT_MAX / 4 + 1;
    refused("layer 0: impossible sizes n_in 3, n_hid 536870912, n_proj 5");
    y->n_hid = 9;
    y->n_proj = -2;
    refused("layer 0: impossible sizes n_in 3, n_hid 9, n_proj -2");
    *y = saved;
}

Test(lstm_check, pointers)
{
    struct lstm_layer *y = &net->layer[1], saved = *y;
    const float **pointer[] = {&y->w_x, &y->w_h, &y->bias, &y->w_r};
    for (int i = 0; i < 4; i++) {
        *pointer[i] = NULL;
        refused("layer 1: a matrix or the bias is missing");
        *y = saved;
    }
    y->peephole = NULL;
    cr_assert_eq(lstm_check(net), OK);
    *y = saved;
}

Test(lstm_check, counts)
{
    struct lstm_layer *y = &net->layer[0], saved = *y;
    int *k[] = {&y->k_x, &y->k_h, &y->k_r};
    int most[] = {y->n_in, y->n_proj, y->n_hid};
    for (int i = 0; i < 3; i++) {
        *k[i] = most[i];
        cr_assert_eq(lstm_check(net), OK);
        *k[i] = most[i] + 1;
        cr_assert_eq(lstm_check(net), E_FORMAT);
        cr_assert_not_null(strstr(status_message(), "layer 0: kept weights"));
        *k[i] = -1;
        cr_assert_eq(lstm_check(net), E_FORMAT);
        *y = saved;
    }
}

/* The dense backends do not look at k; the packed one must not lose a weight. */
Test(lstm_check, more_than_k_in_a_row_is_refused_by_sparse)
{
    struct lstm_options opt = {0};
    struct lstm_plan *plan;
    struct lstm_layer *y = &net->layer[1];
    float *w = stack.block[1][1];
    for (int j = 0; j < y->n_proj; j++)
        w[j] = 1;
    y->k_h = y->n_proj - 1;
    cr_assert_eq(lstm_prepare(&cpu_sparse_backend, net, &opt, &plan), E_FORMAT);
    cr_assert_null(plan);
    char want[128];
    snprintf(want, sizeof want, "layer 1: row 0 holds %d weights (expected at most k = %d)",
             y->n_proj, y->n_proj - 1);
    cr_assert_str_eq(status_message(), want);
}

Test(lstm_check, options_and_precisions)
{
    for (size_t i = 0; registry_at(i) != NULL; i++) {
        struct lstm_plan *plan;
        const struct lstm_options bad[] = {
            {.max_batch = -1}, {.max_steps = -1}, {.threads = -1}, {.max_batch = INT_MIN}};
        for (int j = 0; j < 4; j++) {
            cr_assert_eq(lstm_prepare(registry_at(i), net, &bad[j], &plan), E_USAGE);
            cr_assert_not_null(strstr(status_message(), "each must be at least 1"));
            cr_assert_null(plan);
        }
        struct lstm_options wide = {.max_batch = 1 << 16, .max_steps = 1 << 16};
        cr_assert_eq(lstm_prepare(registry_at(i), net, &wide, &plan), E_USAGE);
        cr_assert_str_eq(status_message(), "65536 steps of batch 65536 are too many for one call");
        cr_assert_null(plan);
        net->n_layers = 0;
        cr_assert_eq(lstm_prepare(registry_at(i), net, &wide, &plan), E_FORMAT);
        net->n_layers = 2;
    }
}

Test(lstm_check, a_call_keeps_to_what_was_prepared)
{
    struct rng r;
    struct random_call call;
    rng_seed(&r, 3, 3);
    random_call_make(&call, &r, net, 4, 3, 1);
    for (size_t i = 0; registry_at(i) != NULL; i++) {
        struct lstm_options opt = {.max_batch = 2, .max_steps = 3};
        struct lstm_plan *plan;
        struct lstm_io io = call.io;
        if (!lstm_takes(registry_at(i), PREC_F32))
            continue;
        cr_assert_eq(lstm_prepare(registry_at(i), net, &opt, &plan), OK);
        io.y[0] = NAN;
        io.len = NULL;
        const int shape[][2] = {{4, 2}, {3, 3}, {0, 1}, {1, 0}, {-1, 1}, {1, -1}};
        for (int j = 0; j < 6; j++) {
            io.steps = shape[j][0];
            io.batch = shape[j][1];
            cr_assert_eq(lstm_run(plan, &io), E_USAGE);
            cr_assert_not_null(strstr(status_message(), "(prepared for 3 of 2)"));
        }
        const int bad_len[][2] = {{0, 4}, {-1, 0}};
        io.steps = 3;
        io.batch = 2;
        for (int j = 0; j < 2; j++) {
            io.len = bad_len[j];
            cr_assert_eq(lstm_run(plan, &io), E_USAGE);
            cr_assert_not_null(strstr(status_message(), "is not in 0..3"));
        }
        cr_assert(isnan(io.y[0])); /* nothing was written */
        io.len = NULL;
        cr_assert_eq(lstm_run(plan, &io), OK);
        lstm_release(plan);
    }
    random_call_release(&call);
}

/* Facts: dense ones count every weight, sparse ones at least those kept. */
Test(lstm_check, every_backend_tells_its_facts)
{
    for (size_t i = 0; registry_at(i) != NULL; i++) {
        const struct lstm_backend *b = registry_at(i), *found;
        struct lstm_options opt = {0};
        struct lstm_plan *plan;
        struct lstm_facts facts;
        cr_assert_eq(registry_find(b->name, &found), OK);
        cr_assert_eq(found, b);
        cr_assert(strlen(b->about) > 0);
        if (!lstm_takes(b, PREC_F32))
            continue;
        cr_assert_eq(lstm_prepare(b, net, &opt, &plan), OK);
        lstm_facts(plan, &facts);
        cr_assert_geq(facts.macs, (double)lstm_n_kept(net));
        cr_assert_leq(facts.macs, (double)lstm_n_weights(net) + 3.0 * 4 * 2 * 3 * 12 * 4);
        cr_assert_eq(facts.weight_bytes, 4 * facts.macs);
        cr_assert(strlen(lstm_variant(plan)) > 0);
        lstm_release(plan);
    }
    lstm_release(NULL);
}

Test(lstm_check, counts_of_weights)
{
    struct lstm_net two = {
        .n_layers = 2,
        .layer = {{.n_in = 5, .n_hid = 3, .n_proj = 2, .k_x = 2, .k_h = 1, .k_r = 3},
                  {.n_in = 2, .n_hid = 4, .k_x = 1, .k_h = 2}}};
    cr_assert_eq(lstm_n_weights(&two), 12 * 5 + 12 * 2 + 2 * 3 + 16 * 2 + 16 * 4);
    cr_assert_eq(lstm_n_kept(&two), 12 * 2 + 12 * 1 + 2 * 3 + 16 * 1 + 16 * 2);
    cr_assert_eq(lstm_h_size(&two, 3), 3 * (2 + 4));
    cr_assert_eq(lstm_c_size(&two, 3), 3 * (3 + 4));
}
