/* test_weights.c - nets in safetensors files: round trips, what PyTorch may leave out, refusals. */
#include "base/file.h"
#include "base/mem.h"
#include "model/prune.h"
#include "model/weights.h"
#include "tests/random_stack.h"
#include "tests/scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct scratch tmp;

static void make(void)
{
    scratch_make(&tmp);
}

static void drop(void)
{
    scratch_remove(&tmp);
}

TestSuite(weights, .init = make, .fini = drop);

static void same_net(const struct net *a, const struct net *b)
{
    cr_assert_eq(a->n_data, b->n_data);
    cr_assert_arr_eq(a->data, b->data, a->n_data * sizeof *a->data);
    cr_assert_eq(a->keep == NULL, b->keep == NULL);
    if (a->keep != NULL)
        cr_assert_arr_eq(a->keep, b->keep, a->n_data);
    cr_assert_arr_eq(&a->shape, &b->shape, sizeof a->shape);
    for (int l = 0; l < a->lstm.n_layers; l++) {
        const struct lstm_layer *x = &a->lstm.layer[l], *y = &b->lstm.layer[l];
        cr_assert(x->k_x == y->k_x && x->k_h == y->k_h && x->k_r == y->k_r);
    }
}

/* Saves, loads, and saves again: the same net and the same bytes. */
static void round_trip(struct net *net)
{
    struct net *back;
    const char *first = scratch_path(&tmp, "first"), *second = scratch_path(&tmp, "second");
    cr_assert_eq(weights_save(net, first), OK, "%s", status_message());
    cr_assert_eq(weights_load(first, NULL, &back), OK, "%s", status_message());
    same_net(net, back);
    cr_assert_str_eq(back->sha256, net->sha256);
    cr_assert_eq(weights_save(back, second), OK);
    cr_assert_str_eq(back->sha256, net->sha256);
    net_release(back);
}

Test(weights, round_trips)
{
    struct rng r;
    rng_seed(&r, 1, 1);
    for (int round = 0; round < 40; round++) {
        struct net_shape shape = {.n_in = 1 + (int)rng_below(&r, 9),
                                  .n_layers = 1 + (int)rng_below(&r, 3),
                                  .peephole = round % 2,
                                  .n_vocab = round % 3 == 0 ? 0 : 7,
                                  .n_classes = round % 5 == 0 ? 0 : 6};
        struct net *net;
        for (int l = 0; l < shape.n_layers; l++) {
            shape.n_hid[l] = 1 + (int)rng_below(&r, 12);
            shape.n_proj[l] = round % 4 == 0 ? 1 + (int)rng_below(&r, 5) : 0;
        }
        cr_assert_eq(net_new(&shape, &net), OK);
        rng_uniform(&r, net->data, net->n_data, -1, 1);
        cr_assert_eq(net_set_meta(net, "net", "\xc3\xa9t\xc3\xa9\nline"), OK);
        round_trip(net);
        struct prune_spec spec = prune_spec_row(.5, .8, .3);
        cr_assert_eq(prune_net(net, &spec), OK);
        round_trip(net);
        cr_assert_str_eq(net_meta(net, "net"), "\xc3\xa9t\xc3\xa9\nline");
        net_release(net);
    }
}

/* A kept weight may be zero: with k in the metadata the mask is completed with the lowest free
 * columns; without it k is that of the fullest row. */
Test(weights, zero_kept_weights)
{
    static const struct net_shape shape = {.n_in = 6, .n_layers = 1, .n_hid = {1}};
    struct net *net, *back;
    const char *path = scratch_path(&tmp, "zeros");
    cr_assert_eq(net_new(&shape, &net), OK);
    float *w = net->data + net_param(net, PARAM_W_X, 0)->at;
    const float rows[4][6] = {{0, 1, 0, 0, 2, 0}, {1, 2, 3, 0, 0, 0}, {0}, {0, 0, 0, 0, 0, 5}};
    const uint8_t at_3[4][6] = {
        {1, 1, 0, 0, 1, 0}, {1, 1, 1, 0, 0, 0}, {1, 1, 1, 0, 0, 0}, {1, 1, 0, 0, 0, 1}};
    const uint8_t at_4[4][6] = {
        {1, 1, 1, 0, 1, 0}, {1, 1, 1, 1, 0, 0}, {1, 1, 1, 1, 0, 0}, {1, 1, 1, 0, 0, 1}};
    memcpy(w, rows, sizeof rows);
    for (int k = 3; k <= 4; k++) {
        net->lstm.layer[0].k_x = k;
        cr_assert_eq(weights_save(net, path), OK);
        cr_assert_eq(weights_load(path, NULL, &back), OK, "%s", status_message());
        cr_assert_eq(back->lstm.layer[0].k_x, k);
        cr_assert_arr_eq(back->keep + net_param(net, PARAM_W_X, 0)->at, k == 3 ? at_3 : at_4, 24);
        cr_assert_eq(prune_check(back), OK, "%s", status_message());
        net_release(back);
    }
    net->lstm.layer[0].k_x = 2;
    cr_assert_eq(weights_save(net, path), OK);
    cr_assert_eq(weights_load(path, NULL, &back), E_FORMAT);
    cr_assert_null(back);
    cr_assert_not_null(
        strstr(status_message(), "layer 0: row 1 of 6 columns holds 3 weights (k is 2)"));
    net_release(net);
}

/* A file made tensor by tensor: one layer, n_in 3, n_hid 2, without metadata. */
struct maker {
    struct st_writer *w;
};
static float ramp[1024];

static struct maker start(void)
{
    struct maker m;
    for (int i = 0; i < 1024; i++)
        ramp[i] = (float)(i + 1) / 64;
    cr_assert_eq(st_writer_new(&m.w), OK);
    return m;
}

static void put(struct maker *m, const char *name, size_t rows, size_t cols)
{
    const size_t dim[2] = {rows, cols};
    cr_assert_eq(st_writer_add(m->w, name, ST_F32, cols != 0 ? 2 : 1, dim, ramp), OK);
}

static enum status load(struct maker *m, const char *prefix, struct net **net)
{
    const char *path = scratch_path(&tmp, "made");
    cr_assert_eq(st_writer_save(m->w, path), OK);
    st_writer_release(m->w);
    return weights_load(path, prefix, net);
}

static void refused(struct maker *m, const char *prefix, const char *message)
{
    struct net *net;
    cr_assert_eq(load(m, prefix, &net), E_FORMAT, "not refused: %s", message);
    cr_assert_null(net);
    cr_assert_not_null(strstr(status_message(), message), "'%s' is not in '%s'", message,
                       status_message());
    cr_assert_not_null(strstr(status_message(), "/made: "));
}

Test(weights, what_may_be_missing)
{
    struct maker m = start();
    struct net *net;
    put(&m, "rnn.weight_ih_l0", 8, 3);
    put(&m, "rnn.weight_hh_l0", 8, 2);
    cr_assert_eq(load(&m, NULL, &net), OK, "%s", status_message());
    const struct lstm_layer *y = &net->lstm.layer[0];
    cr_assert(y->n_in == 3 && y->n_hid == 2 && y->n_proj == 0 && y->peephole == NULL);
    cr_assert(y->k_x == 3 && y->k_h == 2 && net->keep == NULL);
    for (int i = 0; i < 8; i++)
        cr_assert_eq(y->bias[i], 0);
    cr_assert_eq(y->w_x[23], 24.0f / 64);
    net_release(net);
}

Test(weights, two_biases_are_added)
{
    struct maker m = start();
    struct net *net;
    put(&m, "bias_hh_l0", 8, 0);
    put(&m, "bias_ih_l0", 8, 0);
    put(&m, "weight_ih_l0", 8, 3);
    put(&m, "weight_hh_l0", 8, 2);
    cr_assert_eq(load(&m, "", &net), OK, "%s", status_message());
    for (int i = 0; i < 8; i++)
        cr_assert_eq(net->lstm.layer[0].bias[i], (float)(i + 1) / 32);
    net_release(net);
}

Test(weights, biases_whose_sum_is_infinite_are_refused)
{
    struct maker m = start();
    for (int i = 0; i < 8; i++)
        ramp[i] = 3e38f;
    put(&m, "bias_hh_l0", 8, 0);
    put(&m, "bias_ih_l0", 8, 0);
    put(&m, "weight_ih_l0", 8, 3);
    put(&m, "weight_hh_l0", 8, 2);
    refused(&m, NULL, "tensor 'bias_hh_l0'");
}

Test(weights, stacks_are_chosen_by_prefix)
{
    static const char *const names[] = {"a.weight_ih_l0", "a.weight_hh_l0", "b.weight_ih_l0",
                                        "b.weight_hh_l0"};
    static const char *const prefix[] = {"b", "b."};
    struct net *net;
    for (int i = 0; i < 3; i++) {
        struct maker m = start();
        for (int j = 0; j < 4; j++)
            put(&m, names[j], 8, j == 0 ? 3 : j == 2 ? 4 : 2);
        if (i == 2) {
            refused(&m, NULL,
                    "tensor 'b.weight_ih_l0': LSTM layers under two prefixes, 'a.' and 'b.' "
                    "(choose one with --prefix)");
            continue;
        }
        cr_assert_eq(load(&m, prefix[i], &net), OK, "%s", status_message());
        cr_assert_eq(net->lstm.layer[0].n_in, 4);
        net_release(net);
    }
    struct maker m = start();
    put(&m, "ab.weight_ih_l0", 8, 3);
    refused(&m, "a", "no LSTM layer under prefix a (expected a tensor 'weight_ih_l0')");
}

/* One tensor of a sound file of two layers with all that may be there, replaced or left out. */
struct piece {
    const char *name;
    size_t rows, cols;
};
static const struct piece sound[] = {
    {"weight_ih_l0", 8, 3},      {"weight_hh_l0", 8, 5},    {"weight_hr_l0", 5, 2},
    {"bias_ih_l0", 8, 0},        {"bias_hh_l0", 8, 0},      {"peephole_l0", 3, 2},
    {"weight_ih_l1", 16, 5},     {"weight_hh_l1", 16, 4},   {"embedding.weight", 9, 3},
    {"classifier.weight", 7, 4}, {"classifier.bias", 7, 0},
};
enum { N_SOUND = sizeof sound / sizeof *sound };

static struct maker but(const char *name, const struct piece *instead)
{
    struct maker m = start();
    for (int i = 0; i < N_SOUND; i++) {
        const struct piece *p = strcmp(sound[i].name, name) == 0 ? instead : &sound[i];
        if (p != NULL)
            put(&m, p->name, p->rows, p->cols);
    }
    return m;
}

Test(weights, shapes_that_do_not_fit)
{
    static const struct {
        struct piece piece;
        const char *message;
    } bad[] = {
        {{"weight_ih_l0", 9, 3}, "tensor 'weight_ih_l0' is no matrix of 4*n_hid, 1 to"},
        {{"weight_ih_l0", 8, 0}, "tensor 'weight_ih_l0' is no matrix"},
        {{"weight_hh_l0", 8, 4}, "tensor 'weight_hh_l0' has another shape (expected [8, 5])"},
        {{"weight_hr_l0", 5, 3}, "tensor 'weight_hr_l0' has another shape (expected [5, 2])"},
        {{"bias_ih_l0", 7, 0}, "tensor 'bias_ih_l0' has another shape (expected [8])"},
        {{"bias_hh_l0", 8, 1}, "tensor 'bias_hh_l0' has another shape (expected [8])"},
        {{"peephole_l0", 2, 3}, "tensor 'peephole_l0' has another shape (expected [3, 2])"},
        {{"weight_ih_l1", 16, 2}, "tensor 'weight_ih_l1' has another shape (expected [16, 5])"},
        {{"embedding.weight", 9, 4},
         "tensor 'embedding.weight' has another shape (expected [9, 3])"},
        {{"classifier.weight", 7, 2},
         "tensor 'classifier.weight' has another shape (expected [7, 4])"},
        {{"classifier.bias", 8, 0}, "tensor 'classifier.bias' has another shape (expected [7])"},
    };
    struct net *net;
    struct maker m = but("", NULL);
    cr_assert_eq(load(&m, NULL, &net), OK, "%s", status_message());
    cr_assert(net->shape.n_layers == 2 && net->shape.n_proj[0] == 5 && net->shape.peephole == 1);
    cr_assert(net->lstm.layer[1].peephole != NULL && net->lstm.layer[1].peephole[0] == 0);
    net_release(net);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        m = but(bad[i].piece.name, &bad[i].piece);
        refused(&m, NULL, bad[i].message);
    }
}

Test(weights, layers_that_are_missing_or_odd)
{
    struct maker m = but("weight_hh_l1", NULL);
    refused(&m, NULL, "tensor 'weight_hh_l1' is missing");
    m = but("weight_ih_l0", NULL);
    refused(&m, NULL, "tensor 'weight_ih_l0' is missing among the layers");
    const struct piece third = {"weight_ih_l2", 16, 5};
    m = but("weight_ih_l1", &third);
    refused(&m, NULL, "tensor 'weight_ih_l1' is missing among the layers");
    const struct piece reverse = {"weight_ih_l0_reverse", 8, 3};
    m = but("weight_ih_l1", &reverse);
    refused(&m, NULL,
            "tensor 'weight_ih_l0_reverse': a bidirectional LSTM (expected one direction)");
    const struct piece far = {"weight_ih_l32", 16, 5};
    m = but("weight_ih_l1", &far);
    refused(&m, NULL, "tensor 'weight_ih_l32': over 32 layers");
    const struct piece twice = {"decoder.embedding.weight", 9, 3};
    m = but("classifier.bias", &twice);
    refused(&m, NULL,
            "tensors 'embedding.weight' and 'decoder.embedding.weight' (expected one "
            "'embedding.weight')");
    m = start();
    put(&m, "weights", 3, 3);
    refused(&m, NULL, "no LSTM layer (expected a tensor 'weight_ih_l0')");
}

Test(weights, values_and_counts_that_cannot_be)
{
    static const struct {
        const char *key, *text, *message;
    } bad[] = {
        {"k_x", "3", "__metadata__ k_x is not 2 counts joined by ';'"},
        {"k_x", "3;5;1", "__metadata__ k_x is not 2 counts joined by ';'"},
        {"k_h", "3;x", "__metadata__ k_h is not 2 counts joined by ';'"},
        {"k_h", "-3;4", "__metadata__ k_h is not 2 counts joined by ';'"},
        {"k_h", "", "__metadata__ k_h is not 2 counts joined by ';'"},
        {"k_x", "4;5", "layer 0: row 0 of 3 columns holds 3 weights (k is 4)"},
        {"k_x", "3;4", "layer 1: row 0 of 5 columns holds 5 weights (k is 4)"},
        {"k_x", "3;99999999999999999999", "__metadata__ k_x is not 2 counts joined by ';'"},
        {"task", "poetry", "__metadata__ task is 'poetry'"},
    };
    struct maker m;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        m = but("", NULL);
        cr_assert_eq(st_writer_meta(m.w, bad[i].key, bad[i].text), OK);
        refused(&m, NULL, bad[i].message);
    }
    m = start();
    ramp[17] = NAN;
    put(&m, "weight_ih_l0", 8, 3);
    put(&m, "weight_hh_l0", 8, 2);
    refused(&m, NULL, "tensor 'weight_ih_l0': element 17 is nan (expected finite values)");
}

Test(weights, vocabulary)
{
    static const struct net_shape shape = {
        .n_vocab = 3, .n_in = 2, .n_layers = 1, .n_hid = {2}, .n_classes = 3};
    struct net *net;
    struct vocab *v;
    cr_assert_eq(net_new(&shape, &net), OK);
    cr_assert_eq(weights_vocab(net, "m", &v), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "--vocab"));
    cr_assert_eq(net_set_meta(net, "vocab", "<eos>\nthe"), OK);
    cr_assert_eq(weights_vocab(net, "m", &v), E_FORMAT);
    cr_assert_str_eq(status_message(), "m: 2 words for an embedding of 3 rows");
    cr_assert_eq(net_set_meta(net, "vocab", "<eos>\nthe\n<unk>"), OK);
    cr_assert_eq(weights_vocab(net, "m", &v), OK);
    cr_assert_eq(vocab_find(v, "the", 3), 1);
    vocab_release(v);
    net_release(net);
}
