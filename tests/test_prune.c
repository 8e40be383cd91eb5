/* test_prune.c - how many weights stay, which ones, and that the others stay gone. */
#include "base/mem.h"
#include "model/prune.h"
#include "model/train.h"
#include "tests/random_stack.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

Test(prune, counts_by_hand)
{
    static const struct {
        int columns;
        double s;
        int k;
    } want[] = {
        {200, 0, 200},
        {200, 1, 0},
        {200, 0.5, 100},
        {200, 0.8, 40},
        {200, 0.9, 20},
        {1500, 0.875, 188}, /* 187.5: a half is rounded up */
        {10, 0.95, 1},
        /* 0.5 */ {10, 0.85, 2}, /* 1.5, though 10*(1-.85) is below it */
        {10, 0.999, 1},
        /* never none */ {1, 0.5, 1},
        {1, 0.99, 1},
        {1, 1, 0},
        {3, 0.5, 2},
        /* 1.5 */ {7, 0.5, 4},
        /* 3.5 */ {650, 0.9, 65},
        {64, 0.01, 63},
        {64, 0.001, 64},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        cr_expect_eq(prune_keep_count(want[i].columns, want[i].s), want[i].k, "%d at %g: %d",
                     want[i].columns, want[i].s, prune_keep_count(want[i].columns, want[i].s));
}

/* The formula in whole numbers: S = m/1000, so columns*(1-S) + 1/2 = (2*columns*(1000-m) + 1000) /
 * 2000 without rounding. */
Test(prune, counts_follow_the_formula)
{
    for (int columns = 1; columns <= 1600; columns += columns < 100 ? 1 : 37)
        for (int m = 0; m < 1000; m++) {
            int k = (2 * columns * (1000 - m) + 1000) / 2000;
            k = k < 1 ? 1 : k > columns ? columns : k;
            cr_assert_eq(prune_keep_count(columns, m / 1000.0), k, "%d columns at .%03d", columns,
                         m);
        }
}

/* 1 if entry j of the row is among the k largest: fewer than k are larger, or equal and lower. */
static int stays(const float *row, int cols, int j, int k)
{
    int before = 0;
    for (int i = 0; i < cols; i++)
        before += fabsf(row[i]) > fabsf(row[j]) || (fabsf(row[i]) == fabsf(row[j]) && i < j);
    return before < k;
}

Test(prune, row_mask_is_the_brute_force_one)
{
    enum { MOST = 40 };
    struct rng r;
    rng_seed(&r, 1, 1);
    for (int round = 0; round < 600; round++) {
        int rows = 1 + (int)rng_below(&r, 9), cols = 1 + (int)rng_below(&r, MOST);
        int k = (int)rng_below(&r, (uint32_t)cols + 1);
        size_t n = (size_t)rows * (size_t)cols;
        uint8_t keep[9 * MOST];
        float *w = random_floats(&r, n);
        for (size_t i = 0; round % 2 && i < n; i++)
            w[i] = (float)((int)rng_below(&r, 7) - 3); /* ties of both signs, and zeros */
        memset(keep, 7, sizeof keep);
        cr_assert_eq(prune_row_mask(w, rows, cols, k, keep), OK);
        for (size_t i = 0; i < n; i++)
            cr_assert_eq(keep[i], stays(w + i / (size_t)cols * (size_t)cols, cols,
                                        (int)(i % (size_t)cols), k));
        for (size_t i = n; i < sizeof keep; i++)
            cr_assert_eq(keep[i], 7);
        mem_free(w);
    }
}

static const struct net_shape shape = {.n_vocab = 13,
                                       .n_in = 10,
                                       .n_layers = 2,
                                       .n_hid = {20, 12},
                                       .n_proj = {8, 0},
                                       .peephole = 1,
                                       .n_classes = 13};

static struct net *make_net(void)
{
    struct net *net;
    struct rng r;
    rng_seed(&r, 2, 1);
    cr_assert_eq(net_new(&shape, &net), OK);
    rng_uniform(&r, net->data, net->n_data, -1, 1);
    return net;
}

Test(prune, net_gets_three_ratios)
{
    struct net *net = make_net(), *before;
    cr_assert_eq(net_copy(net, &before), OK);
    struct prune_spec spec = {PATTERN_ROW, .5, .75, .9};
    cr_assert_eq(prune_net(net, &spec), OK);
    cr_assert_eq(prune_check(net), OK, "%s", status_message());
    const struct lstm_layer *y = net->lstm.layer;
    cr_assert(y[0].k_x == 5 && y[0].k_h == 2 && y[0].k_r == 2);
    cr_assert(y[1].k_x == 4 && y[1].k_h == 3 && y[1].k_r == 0);
    size_t nnz = 80 * 5 + 80 * 2 + 8 * 2 + 48 * 4 + 48 * 3;
    cr_assert_eq(net_nnz(net), nnz);
    cr_assert_float_eq(net_sparsity(net),
                       1 - (double)nnz / (80 * 10 + 80 * 8 + 8 * 20 + 48 * 8 + 48 * 12), 1e-12);
    cr_assert_str_eq(net_meta(net, "pattern"), "row");
    for (int i = 0; i < net->n_params; i++) /* what stays is as it was; the rest is dense */
        for (size_t j = net->param[i].at; j < net->param[i].at + param_size(&net->param[i]); j++) {
            int kept = !param_prunable(&net->param[i]) || net->keep[j];
            cr_assert_eq(net->data[j], kept ? before->data[j] : 0);
        }
    spec = (struct prune_spec){PATTERN_ROW, .5, .75, -1}; /* s_r follows s_h */
    cr_assert_eq(prune_net(net, &spec), OK);
    cr_assert_eq(net->lstm.layer[0].k_r, 5);
    net_release(net);
    net_release(before);
}

Test(prune, all_and_nothing)
{
    struct net *net = make_net();
    struct prune_spec spec = {PATTERN_ROW, 0, 0, 0};
    cr_assert_eq(prune_net(net, &spec), OK);
    cr_assert_eq(prune_check(net), OK);
    cr_assert_eq(net_sparsity(net), 0);
    spec = (struct prune_spec){PATTERN_DENSE, 1, 1, 1};
    cr_assert_eq(prune_net(net, &spec), OK);
    cr_assert_eq(net_sparsity(net), 0);
    spec = (struct prune_spec){PATTERN_ROW, 1, 1, 1};
    cr_assert_eq(prune_net(net, &spec), OK);
    cr_assert_eq(prune_check(net), OK);
    cr_assert_eq(net_nnz(net), 0);
    const double bad[] = {-0.1, 1.01, NAN};
    for (int i = 0; i < 3; i++) {
        spec = (struct prune_spec){PATTERN_ROW, .5, bad[i], .5};
        cr_assert_eq(prune_net(net, &spec), E_USAGE);
        cr_assert_not_null(strstr(status_message(), "is not in 0..1"));
    }
    net_release(net);
}

Test(prune, check_finds_what_is_wrong)
{
    struct net *net = make_net();
    struct prune_spec spec = {PATTERN_ROW, .5, .5, .5};
    cr_assert_eq(prune_net(net, &spec), OK);
    const struct param *p = net_param(net, PARAM_W_H, 1);
    size_t i = p->at + 7 * (size_t)p->cols; /* row 7 */
    while (net->keep[i])
        i++;
    net->data[i] = -0.0f; /* a zero, but not bit-zero */
    cr_assert_eq(prune_check(net), E_CHECK);
    cr_assert_str_eq(status_message(), "layer 1 W_h row 7: a pruned weight is -0 (expected 0)");
    net->data[i] = 0;
    net->keep[i] = 1;
    cr_assert_eq(prune_check(net), E_CHECK);
    cr_assert_str_eq(status_message(), "layer 1 W_h row 7: the mask keeps 7 (expected 6)");
    net_release(net);
}

Test(prune, patterns_by_name)
{
    enum prune_pattern p;
    cr_assert(prune_pattern_parse("row", &p) == OK && p == PATTERN_ROW);
    cr_assert(prune_pattern_parse("dense", &p) == OK && p == PATTERN_DENSE);
    cr_assert_eq(prune_pattern_parse("bank:16", &p), E_ABSENT);
    cr_assert_eq(prune_pattern_parse("rows", &p), E_USAGE);
}

/* 1,000 updates on the stand-in under a frozen mask, with dropout. */
Test(prune, pruned_weights_stay_bit_zero_in_training)
{
    struct dataset *ds;
    struct net *net;
    struct dataset_request rq = {.name = "ptb", .standin = 1};
    cr_assert_eq(dataset_open(&rq, &ds), OK);
    struct net_shape s = shape;
    s.n_vocab = s.n_classes = (int)vocab_size(ds->vocab);
    cr_assert_eq(net_new(&s, &net), OK);
    struct recipe recipe = {.lr = 1,
                            .decay = 1,
                            .epochs = 1,
                            .lanes = 6,
                            .steps = 10,
                            .clip = 5,
                            .init = .1,
                            .keep = .8,
                            .seed = 1,
                            .threads = 1};
    train_init(net, &recipe);
    struct prune_spec spec = {PATTERN_ROW, .8, .9, .7};
    cr_assert_eq(prune_net(net, &spec), OK);
    struct net *before;
    cr_assert_eq(net_copy(net, &before), OK);
    struct train_job job = {.recipe = &recipe, .data = ds};
    struct train_result result;
    cr_assert_eq(train_run(net, &job, &result), OK, "%s", status_message());
    cr_assert_geq(result.tokens, 1000 * 6 * 10 - 1000);
    cr_assert_eq(prune_check(net), OK, "%s", status_message());
    cr_assert_arr_eq(net->keep, before->keep, net->n_data);
    size_t moved = 0, nnz = net_nnz(net);
    for (size_t i = 0; i < net->n_data; i++)
        moved += net->data[i] != before->data[i];
    cr_assert_gt(moved, nnz); /* kept weights do learn */
    cr_assert_gt(nnz, net_nnz(before) - 5);
    net_release(net);
    net_release(before);
    dataset_release(ds);
}
