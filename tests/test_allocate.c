/* test_allocate.c - budgets are met from below, as near as whole counts allow. */
#include "base/rng.h"
#include "model/allocate.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct net *make(int n_in, int n_layers, int n_hid, int n_proj)
{
    struct net_shape shape = {.n_in = n_in, .n_layers = n_layers};
    struct net *net;
    struct rng r;
    for (int l = 0; l < n_layers; l++) {
        shape.n_hid[l] = n_hid;
        shape.n_proj[l] = n_proj;
    }
    rng_seed(&r, 1, 1);
    cr_assert_eq(net_new(&shape, &net), OK);
    rng_uniform(&r, net->data, net->n_data, -1, 1);
    return net;
}

static const struct prune_spec row = {.pattern = {.kind = PATTERN_ROW}, .s_r = -1};

/* The ratio is what was asked for unless its counts are rounded up. */
Test(allocate, one_ratio)
{
    static const double overall[] = {.5, .7, .8, .875, .9, .95};
    struct net *net = make(200, 2, 200, 0);
    for (int i = 0; i < 6; i++) {
        struct prune_spec spec = row;
        size_t budget = allocate_budget(net, overall[i]);
        cr_assert_eq(budget, (size_t)llround(640000 * (1 - overall[i])));
        cr_assert_eq(allocate_one(net, overall[i], &spec), OK);
        cr_assert(spec.s_x == overall[i] && spec.s_h == overall[i] && spec.s_r < 0);
        cr_assert_eq(prune_asked(net, &spec), budget);
    }
    net_release(net);
    net = make(64, 1, 64, 0);
    struct prune_spec spec = row;
    cr_assert(allocate_one(net, .85, &spec) == OK && spec.s_x == .86); /* 9.6 of 64: 9, not 10 */
    cr_assert(allocate_one(net, .875, &spec) == OK && spec.s_x == .875 && spec.s_h == .875);
    net_release(net);
}

/* Over shapes of unequal columns: never above; and any smaller S_h would be. */
Test(allocate, the_other_ratio_meets_the_budget_from_below)
{
    struct rng r;
    rng_seed(&r, 2, 1);
    for (int round = 0; round < 300; round++) {
        int n_in = 4 + (int)rng_below(&r, 60), n_hid = 4 + (int)rng_below(&r, 40);
        struct net *net = make(n_in, 1 + round % 3, n_hid, round % 4 == 0 ? 3 : 0);
        struct prune_spec spec = row, one = row, more;
        double overall = .3 + .01 * (int)rng_below(&r, 60);
        size_t budget = allocate_budget(net, overall);
        if (allocate_one(net, overall, &one) != OK)
            goto next;
        size_t kept = prune_asked(net, &one);
        cr_assert_leq(kept, budget);
        spec.s_x = .2 + .01 * (int)rng_below(&r, 75);
        if (allocate_other(net, kept, -1, &spec) != OK)
            goto next;
        cr_assert_leq(prune_asked(net, &spec), kept);
        cr_assert_eq(allocate_asked(net, &spec, -1), prune_asked(net, &spec));
        more = spec; /* the next count of any W_h or W_r is too much */
        for (double s = spec.s_h; s >= 0 && prune_asked(net, &more) == prune_asked(net, &spec);
             s -= 1e-4)
            more.s_h = s;
        if (prune_asked(net, &more) != prune_asked(net, &spec))
            cr_assert_gt(prune_asked(net, &more), kept);
    next:
        net_release(net);
    }
}

Test(allocate, what_cannot_be_met)
{
    struct net *net = make(200, 2, 200, 0);
    struct prune_spec spec = row;
    cr_assert_eq(allocate_one(net, .999, &spec), E_USAGE);
    cr_assert_str_eq(status_message(), "640 weights may stay, but one a row is already 3200");
    cr_assert_eq(allocate_one(net, .995, &spec), OK);
    cr_assert_eq(prune_asked(net, &spec), 3200);
    spec.s_x = 0;
    cr_assert_eq(allocate_other(net, allocate_budget(net, .6), -1, &spec), E_USAGE);
    spec.s_x = .9;
    cr_assert_eq(allocate_other(net, allocate_budget(net, .3), -1, &spec), E_USAGE);
    cr_assert_not_null(strstr(status_message(), "W_h with all its columns"));
    net_release(net);
}

Test(allocate, one_layer_alone)
{
    struct net *net = make(40, 2, 20, 0);
    struct prune_spec spec = row;
    spec.n_layers = 2;
    spec.layer[0] = (struct prune_ratios){.5, .5, -1};
    spec.layer[1] = (struct prune_ratios){.75, .5, -1};
    cr_assert_eq(allocate_asked(net, &spec, 0), 80 * 20 + 80 * 10);
    cr_assert_eq(allocate_asked(net, &spec, 1), 80 * 5 + 80 * 10);
    cr_assert_eq(allocate_other(net, 80 * 12 + 79, 1, &spec), OK);
    cr_assert_eq(allocate_asked(net, &spec, 1), 80 * 12);
    cr_assert(spec.layer[0].h == .5 && prune_keep_count(20, spec.layer[1].h) == 7);
    net_release(net);
}

/* W_h three times larger: one threshold leaves more of it; in the sums the budget is met. */
Test(allocate, one_threshold)
{
    struct net *net = make(50, 2, 50, 0);
    struct prune_spec pair = row, layers = row;
    size_t budget = allocate_budget(net, .8);
    for (int l = 0; l < 2; l++) {
        const struct param *p = net_param(net, PARAM_W_H, l);
        for (size_t i = 0; i < param_size(p); i++)
            net->data[p->at + i] *= l == 0 ? 2 : 1.3f;
    }
    cr_assert_eq(allocate_way(net, ALLOCATE_THRESHOLD, 0, budget, &pair), OK);
    cr_assert_eq(allocate_way(net, ALLOCATE_THRESHOLD, 1, budget, &layers), OK);
    cr_assert(pair.s_x > pair.s_h && pair.n_layers == 0);
    cr_assert(layers.n_layers == 2 && layers.layer[0].h < layers.layer[1].h);
    cr_assert_leq(prune_asked(net, &pair), budget);
    cr_assert_leq(prune_asked(net, &layers), budget);
    cr_assert_geq(prune_asked(net, &layers), budget - 200);
    struct prune_spec global = row; /* counts as the global pattern has them, but for whole rows */
    global.s_x = global.s_h = .8;
    global.pattern.kind = PATTERN_GLOBAL;
    cr_assert_eq(prune_net(net, &global), OK);
    const struct param *p = net_param(net, PARAM_W_H, 0);
    double n = 0;
    for (size_t i = 0; i < param_size(p); i++)
        n += net->data[p->at + i] != 0;
    cr_assert_lt(fabs(n / p->rows - prune_keep_count(50, layers.layer[0].h)), 1.001);
    net_release(net);
}

Test(allocate, one_threshold_that_leaves_a_matrix_nothing)
{
    struct net *net = make(50, 1, 50, 0);
    struct prune_spec pair = row, layers = row;
    const struct param *p = net_param(net, PARAM_W_X, 0);
    for (size_t i = 0; i < param_size(p); i++)
        net->data[p->at + i] *= 1e-6f;
    cr_assert_eq(allocate_way(net, ALLOCATE_THRESHOLD, 0, 200 * 10, &pair), OK);
    cr_assert_eq(allocate_way(net, ALLOCATE_THRESHOLD, 1, 200 * 10, &layers), OK);
    cr_assert(prune_keep_count(50, pair.s_x) == 1 && prune_keep_count(50, pair.s_h) == 9);
    cr_assert(prune_keep_count(50, layers.layer[0].x) == 1 &&
              prune_keep_count(50, layers.layer[0].h) == 9);
    net_release(net);
}

/* Density in proportion to (rows+columns)/(rows*columns): W_x of 160 x 10 is kept whole. */
Test(allocate, erdos_renyi)
{
    struct net *net = make(10, 1, 40, 0);
    struct prune_spec spec = row;
    size_t budget = 160 * 10 + 160 * 12;
    cr_assert_eq(allocate_way(net, ALLOCATE_ERDOS_RENYI, 1, budget, &spec), OK);
    cr_assert(spec.layer[0].x == 0 && prune_keep_count(40, spec.layer[0].h) == 12);
    budget = 160 * 10; /* scale * 170 and scale * 200 weights */
    cr_assert_eq(allocate_way(net, ALLOCATE_ERDOS_RENYI, 1, budget, &spec), OK);
    cr_assert_eq(prune_asked(net, &spec), budget);
    cr_assert_eq(prune_keep_count(10, spec.layer[0].x), 5); /* 1600 * 170/370 = 735 = 4.6 * 160 */
    net_release(net);
    net = make(20, 2, 20, 0);
    cr_assert_eq(allocate_way(net, ALLOCATE_ERDOS_RENYI, 0, allocate_budget(net, .75), &spec), OK);
    cr_assert(spec.s_x == .75 && spec.s_h == .75 && spec.n_layers == 0);
    net_release(net);
}

Test(allocate, sensitivity_curves)
{
    const double s[] = {.5, .7, .9}, steep[] = {.1, .3, 1}, flat[] = {.1, .2, .3};
    struct allocate_curve x = {3, s, steep}, h = {3, s, flat};
    cr_assert_float_eq(allocate_rise(&x, .25), .05, 1e-12);
    cr_assert_float_eq(allocate_rise(&x, .8), .65, 1e-12);
    cr_assert_float_eq(allocate_rise(&x, .95), 1.175, 1e-12);
    cr_assert_float_eq(allocate_rise(&x, .5), .1, 1e-12);
    struct net *net = make(40, 1, 40, 0);
    struct prune_spec spec = row;
    size_t budget = allocate_budget(net, .7);
    /* a quarter less of x costs .6 beyond .5 and .35 more from .7 on; h saves half of that */
    cr_assert_eq(allocate_by_curves(net, budget, &x, &h, &spec), OK);
    cr_assert(spec.s_x == .5 && prune_keep_count(40, spec.s_h) == 4);
    cr_assert_eq(prune_asked(net, &spec), budget);
    cr_assert_eq(allocate_by_curves(net, budget, &x, &x, &spec), OK);
    cr_assert(spec.s_x == .7 && spec.s_h == .7);
    const double broken[] = {.1, .2, NAN};
    x.rise = broken; /* diverged at .9: never beyond .7 */
    h.rise = steep;
    cr_assert_eq(allocate_by_curves(net, budget, &x, &h, &spec), OK);
    cr_assert_leq(spec.s_x, .7);
    net_release(net);
}

Test(allocate, splits_of_an_accelerator)
{
    struct net *net = make(64, 2, 64, 0);
    struct prune_spec spec = row;
    int a;
    size_t budget = allocate_budget(net, .8); /* 25.6 a row */
    cr_assert_eq(allocate_split(net, budget, 3, 5, &a, &spec), OK);
    cr_assert(a == 3 && prune_keep_count(64, spec.layer[1].x) == 9 &&
              prune_keep_count(64, spec.layer[0].h) == 15);
    cr_assert_eq(allocate_split(net, budget, 10, 16, &a, &spec), E_USAGE);
    cr_assert_eq(allocate_split(net, 4 * 64 * 2 * 128, 8, 56, &a, &spec), OK);
    cr_assert_eq(a, 1); /* 2 * 56 columns are not there */
    net_release(net);
}

Test(allocate, a_smaller_dense_net)
{
    struct net_shape shape = {.n_vocab = 10, .n_in = 200, .n_layers = 2, .n_hid = {200, 200}};
    struct net_shape small;
    struct net *net;
    for (int i = 1; i <= 10; i++) {
        size_t budget = 64000 * (size_t)i;
        cr_assert_eq(allocate_smaller(&shape, budget, &small), OK);
        cr_assert_eq(small.n_in, 200);
        cr_assert_eq(small.n_hid[0], small.n_hid[1]);
        size_t n = (size_t)small.n_hid[0];
        cr_assert(4 * n * (200 + n) + 8 * n * n <= budget);
        n++;
        cr_assert(4 * n * (200 + n) + 8 * n * n > budget);
    }
    cr_assert_eq(small.n_hid[0], 200);
    cr_assert_eq(net_new(&small, &net), OK);
    net_release(net);
    cr_assert_eq(allocate_smaller(&shape, 700, &small), E_USAGE);
}
