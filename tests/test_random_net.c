/* test_random_net.c - random weights: exact counts, uniform columns, the same for equal specs. */
#include "base/mem.h"
#include "bench/random_net.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static const struct random_net dual = {
    .n_in = 60,
    .n_hid = 48,
    .n_proj = 20,
    .n_layers = 2,
    .seed = 3,
    .prune = {.pattern = {.kind = PATTERN_ROW}, .s_x = 0.8, .s_h = 0.9, .s_r = 0.5}};

static struct net *make(const struct random_net *r)
{
    struct net *net;
    cr_assert_eq(random_net_make(r, &net), OK, "%s", status_message());
    return net;
}

/* Nonzeros of every row are k, so no kept weight is 0. */
static void check_matrix(const float *w, int rows, int cols, int k, double share)
{
    cr_assert_eq(k, prune_keep_count(cols, share));
    for (int r = 0; r < rows; r++) {
        int n = 0;
        for (int c = 0; c < cols; c++) {
            float v = w[(size_t)r * (size_t)cols + (size_t)c];
            cr_assert(isfinite(v) && fabsf(v) <= 1);
            n += v != 0;
        }
        cr_assert_eq(n, k);
    }
}

Test(random_net, every_row_keeps_exactly_k)
{
    struct net *net = make(&dual);
    cr_assert_eq(prune_check(net), OK, "%s", status_message());
    for (int l = 0; l < 2; l++) {
        const struct lstm_layer *y = &net->lstm.layer[l];
        cr_assert_eq(y->n_in, l == 0 ? 60 : 20);
        check_matrix(y->w_x, 4 * y->n_hid, y->n_in, y->k_x, 0.8);
        check_matrix(y->w_h, 4 * y->n_hid, 20, y->k_h, 0.9);
        check_matrix(y->w_r, 20, y->n_hid, y->k_r, 0.5);
    }
    cr_assert_eq((double)lstm_n_weights(&net->lstm), random_net_weights(&dual));
    net_release(net);
}

Test(random_net, sparsity_zero_is_dense)
{
    struct random_net r = {
        .n_in = 9,
        .n_hid = 7,
        .n_layers = 1,
        .seed = 1,
        .prune = {.pattern = {.kind = PATTERN_ROW}, .s_x = 0, .s_h = 0, .s_r = -1}};
    struct net *net = make(&r);
    check_matrix(net->lstm.layer[0].w_x, 28, 9, 9, 0);
    cr_assert_eq(net_sparsity(net), 0);
    net_release(net);
}

Test(random_net, the_seed_decides)
{
    struct random_net other = dual;
    char a[HASH_HEX], b[HASH_HEX], c[HASH_HEX];
    other.seed = 4;
    struct net *first = make(&dual), *again = make(&dual), *differs = make(&other);
    size_t n = first->n_data * sizeof *first->data;
    cr_assert_eq(memcmp(first->data, again->data, n), 0);
    cr_assert_neq(memcmp(first->data, differs->data, n), 0);
    cr_assert_eq(random_net_key(&dual, a), OK);
    cr_assert_eq(random_net_key(&dual, b), OK);
    cr_assert_eq(random_net_key(&other, c), OK);
    cr_assert_str_eq(a, b);
    cr_assert_str_neq(a, c);
    net_release(first);
    net_release(again);
    net_release(differs);
}

/* 4000 rows of 5 in 40 columns: each column is expected 500 times, standard deviation 21. */
Test(random_net, columns_are_uniform)
{
    enum { COLS = 40 };
    struct random_net r = {
        .n_in = COLS,
        .n_hid = 1000,
        .n_proj = 4,
        .n_layers = 1,
        .seed = 5,
        .prune = {.pattern = {.kind = PATTERN_ROW}, .s_x = 0.875, .s_h = 0.5, .s_r = -1}};
    struct net *net = make(&r);
    int count[COLS] = {0};
    double sum = 0;
    for (size_t i = 0; i < (size_t)4000 * COLS; i++) {
        float v = net->lstm.layer[0].w_x[i];
        count[i % COLS] += v != 0;
        sum += fabsf(v);
    }
    for (int c = 0; c < COLS; c++)
        cr_assert(count[c] > 500 - 6 * 21 && count[c] < 500 + 6 * 21, "column %d: %d", c, count[c]);
    /* the survivors are not the large ones only: |v| is uniform in 0..1/sqrt(5) */
    cr_assert_float_eq(sum / (4000 * 5), 0.5 / sqrt(5), 0.01);
    net_release(net);
}

Test(random_net, ranges_for_integers)
{
    struct net *net = make(&dual);
    struct quant q;
    struct quant_layer y;
    random_net_quant(net, &q);
    cr_assert_eq(q.n_layers, 2);
    for (int l = 0; l < 2; l++) {
        cr_assert_eq(quant_layer_make(&net->lstm, l, PREC_Q16, &q, &y), OK, "%s", status_message());
        quant_layer_release(&y);
        cr_assert_eq(quant_layer_make(&net->lstm, l, PREC_Q8, &q, &y), OK, "%s", status_message());
        quant_layer_release(&y);
    }
    net_release(net);
}

Test(random_net, impossible_sizes_are_refused)
{
    struct random_net none = dual, many = dual, share = dual;
    struct net *net;
    none.n_hid = 0;
    many.n_layers = LSTM_MAX_LAYERS + 1;
    share.prune.s_x = 1.5;
    cr_assert_eq(random_net_make(&none, &net), E_USAGE);
    cr_assert_eq(random_net_make(&many, &net), E_USAGE);
    cr_assert_eq(random_net_make(&share, &net), E_USAGE);
    cr_assert_null(net);
}

/* Any pattern can be drawn; the count is what row keeps, and no kept weight is 0. */
Test(random_net, every_pattern)
{
    static const char *const each[] = {"bank:8", "nm:1:4",    "unstructured", "unstructured:global",
                                       "column", "block:4x4", "row+random"};
    for (size_t i = 0; i < sizeof each / sizeof *each; i++) {
        struct random_net r = {.n_in = 48, .n_hid = 32, .n_layers = 2, .seed = 3};
        r.prune.s_x = r.prune.s_h = .75;
        cr_assert_eq(pattern_parse(each[i], &r.prune.pattern), OK);
        struct net *net = make(&r);
        cr_assert_eq(prune_check(net), OK, "%s: %s", each[i], status_message());
        cr_assert_eq(net_nnz(net), 128 * (12 + 8 + 8 + 8), "%s", each[i]);
        net_release(net);
    }
    struct random_net r = {.n_in = 48, .n_hid = 32, .n_layers = 2, .seed = 3};
    struct net *net;
    r.prune.s_x = r.prune.s_h = .75;
    r.prune.pattern = (struct pattern){.kind = PATTERN_BLOCK, .a = 64, .b = 48};
    cr_assert_eq(random_net_make(&r, &net), E_UNSUPPORTED); /* a half of W_x or nothing */
    cr_assert_null(net);
}
