/* test_gradient.c - train_gradient against central differences of the double reference's loss, for
 * every entry of every tensor. */
#include "base/mem.h"
#include "base/rng.h"
#include "datasets/batch.h"
#include "model/train.h"
#include "tests/reference.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

enum { STEPS = 4, LANES = 3, ROWS = STEPS * LANES, STREAM_DROPOUT = 2, MAX_DATA = 8192, WIDE = 32 };

/* A chunk, and the loss of it in double as a function of the parameters. */
struct problem {
    struct net *net;
    int32_t tokens[ROWS], targets[ROWS];
    double keep;
    uint64_t seed;
    double data[MAX_DATA]; /* the parameters, widened */
    double mask[LSTM_MAX_LAYERS + 1][ROWS * WIDE];
};

static const double *at(const struct problem *p, enum param_kind kind, int layer)
{
    const struct param *of = net_param(p->net, kind, layer);
    return of != NULL ? p->data + of->at : NULL;
}

/* The masks that the code draws: inputs of the layers from below, then the output. */
static void draw_masks(struct problem *p)
{
    static float mask[ROWS * WIDE];
    const struct lstm_net *lstm = &p->net->lstm;
    struct rng r;
    rng_seed(&r, p->seed, STREAM_DROPOUT);
    for (int l = 0; p->keep < 1 && l <= lstm->n_layers; l++) {
        int width = l < lstm->n_layers ? lstm->layer[l].n_in : lstm_n_rec(&lstm->layer[l - 1]);
        rng_dropout(&r, mask, (size_t)(ROWS * width), (float)p->keep);
        for (int i = 0; i < ROWS * width; i++)
            p->mask[l][i] = mask[i];
    }
}

/* NLL summed over the steps, mean over the lanes. */
static double loss(const struct problem *p)
{
    static double x[ROWS * WIDE], y[ROWS * WIDE];
    double h[2 * LANES * WIDE] = {0}, c[2 * LANES * WIDE] = {0}, sum = 0;
    const struct lstm_net *lstm = &p->net->lstm;
    struct reference_net ref = {.n_layers = lstm->n_layers};
    for (int l = 0; l < lstm->n_layers; l++)
        ref.layer[l] = (struct reference_layer){lstm->layer[l].n_in,   lstm->layer[l].n_hid,
                                                lstm->layer[l].n_proj, at(p, PARAM_W_X, l),
                                                at(p, PARAM_W_H, l),   at(p, PARAM_W_R, l),
                                                at(p, PARAM_BIAS, l),  at(p, PARAM_PEEPHOLE, l)};
    for (int l = 0; p->keep < 1 && l <= lstm->n_layers; l++)
        ref.mask[l] = p->mask[l];
    int n_in = p->net->shape.n_in, n_rec = lstm_n_rec(&lstm->layer[lstm->n_layers - 1]);
    for (int i = 0; i < ROWS * n_in; i++)
        x[i] = at(p, PARAM_EMBEDDING, 0)[p->tokens[i / n_in] * n_in + i % n_in];
    reference_run(&ref, STEPS, LANES, x, y, h, c, NULL);
    for (int i = 0; i < ROWS; i++)
        if (p->targets[i] != NO_TARGET)
            sum += reference_nll(y + i * n_rec, n_rec, at(p, PARAM_CLASSIFIER, 0),
                                 at(p, PARAM_CLASSIFIER_BIAS, 0), p->net->shape.n_classes,
                                 p->targets[i]);
    return sum / LANES;
}

static void make(struct problem *p, const struct net_shape *shape, double keep)
{
    struct rng r;
    rng_seed(&r, 11, 1);
    p->keep = keep;
    p->seed = 77;
    cr_assert_eq(net_new(shape, &p->net), OK);
    cr_assert_leq(p->net->n_data, MAX_DATA);
    rng_uniform(&r, p->net->data, p->net->n_data, -0.6f, 0.6f);
    for (size_t i = 0; i < p->net->n_data; i++)
        p->data[i] = p->net->data[i];
    for (int i = 0; i < ROWS; i++) {
        p->tokens[i] = (int32_t)rng_below(&r, (uint32_t)shape->n_vocab - 2);
        p->targets[i] = (int32_t)rng_below(&r, (uint32_t)shape->n_classes);
    }
    p->targets[5] = NO_TARGET;
    draw_masks(p);
}

/* max|g-d| <= 1e-5 * max|d| (SPEC asks 1e-4; found 6e-7) for each tensor. */
static void check_tensor(struct problem *p, const struct param *t, const float *grad)
{
    const double step = 1e-5;
    double most = 0, apart = 0;
    for (size_t i = t->at; i < t->at + param_size(t); i++) {
        double saved = p->data[i];
        p->data[i] = saved + step;
        double up = loss(p);
        p->data[i] = saved - step;
        double d = (up - loss(p)) / (2 * step);
        p->data[i] = saved;
        most = fmax(most, fabs(d));
        apart = fmax(apart, fabs(grad[i] - d));
    }
    fprintf(stderr, "# tensor %d of layer %d: %.2g of %.3g\n", t->kind, t->layer, apart / most,
            most);
    cr_assert_gt(most, 1e-3, "tensor %d of layer %d has no gradient to compare", t->kind, t->layer);
    cr_assert_leq(apart, 1e-5 * most, "tensor %d of layer %d: off by %g of %g", t->kind, t->layer,
                  apart, most);
}

/* Adds to the bias of every class, and more to that of the first three: logits of any size. */
static void shift_logits(struct problem *p, double all, double more)
{
    const struct param *b = net_param(p->net, PARAM_CLASSIFIER_BIAS, 0);
    for (size_t i = 0; i < param_size(b); i++) {
        p->net->data[b->at + i] += (float)(i < 3 ? all + more : all);
        p->data[b->at + i] = p->net->data[b->at + i];
    }
}

static void check_shifted(const struct net_shape *shape, double keep, int threads, double all,
                          double more)
{
    static struct problem p;
    static float grad[MAX_DATA];
    double got, want;
    make(&p, shape, keep);
    shift_logits(&p, all, more);
    cr_assert_eq(
        train_gradient(p.net, STEPS, LANES, p.tokens, p.targets, keep, p.seed, threads, grad, &got),
        OK);
    want = loss(&p);
    cr_assert_leq(fabs(got - want), 1e-5 * want, "loss %.9g (expected %.9g)", got, want);
    for (int i = 0; i < p.net->n_params; i++)
        check_tensor(&p, &p.net->param[i], grad);
    net_release(p.net);
}

static void check(const struct net_shape *shape, double keep, int threads)
{
    check_shifted(shape, keep, threads, 0, 0);
}

/* Widths beside 16 on both sides, so that vectors have whole and partial blocks. */
static const struct net_shape full = {.n_vocab = 11,
                                      .n_in = 7,
                                      .n_layers = 2,
                                      .n_hid = {18, 5},
                                      .n_proj = {6, 3},
                                      .peephole = 1,
                                      .n_classes = 19};
static const struct net_shape plain = {
    .n_vocab = 9, .n_in = 5, .n_layers = 2, .n_hid = {6, 17}, .n_classes = 8};

Test(gradient, projection_and_peepholes)
{
    check(&full, 1, 1);
}

Test(gradient, projection_and_peepholes_on_2_threads)
{
    check(&full, 1, 2);
}

Test(gradient, fixed_dropout_mask)
{
    check(&full, 0.6, 1);
}

Test(gradient, fixed_dropout_mask_on_2_threads)
{
    check(&full, 0.6, 2);
}

Test(gradient, plain_layers)
{
    check(&plain, 0.7, 3);
}

/* exp of these is out of the range of a float, or would lose the other words: the largest logit has
 * to be taken off first. */
Test(gradient, logits_of_any_size)
{
    check_shifted(&plain, 1, 1, 300, 0);
    check_shifted(&plain, 1, 2, -300, 0);
    check_shifted(&full, 1, 2, 85, 3);
    check_shifted(&plain, 1, 3, -90, 2);
}

/* The classifier works on blocks of 704 rows. The loss is a mean over lanes, so the gradient of 200
 * lanes (800 rows) is that of the first 80 and of the other 120 (480 rows at most), weighted. */
Test(gradient, more_rows_than_a_block)
{
    enum { N = 200, FIRST = 80 };
    static float whole[MAX_DATA], part[2][MAX_DATA];
    static struct problem p;
    int32_t token[2][STEPS * N], target[2][STEPS * N];
    double most = 0, apart = 0, nll[3];
    struct rng r;
    rng_seed(&r, 12, 1);
    make(&p, &full, 1);
    for (int i = 0; i < STEPS * N; i++) {
        token[0][i] = (int32_t)rng_below(&r, 11);
        target[0][i] = (int32_t)rng_below(&r, 19);
    }
    cr_assert_eq(train_gradient(p.net, STEPS, N, token[0], target[0], 1, 1, 2, whole, nll), OK);
    for (int half = 0; half < 2; half++) {
        int lanes = half == 0 ? FIRST : N - FIRST;
        for (int i = 0; i < STEPS * lanes; i++) {
            int from = i / lanes * N + i % lanes + (half == 0 ? 0 : FIRST);
            token[1][i] = token[0][from];
            target[1][i] = target[0][from];
        }
        cr_assert_eq(train_gradient(p.net, STEPS, lanes, token[1], target[1], 1, 1, 1, part[half],
                                    &nll[1 + half]),
                     OK);
    }
    for (size_t i = 0; i < p.net->n_data; i++) {
        double want = (FIRST * part[0][i] + (N - FIRST) * part[1][i]) / (double)N;
        most = fmax(most, fabs(want));
        apart = fmax(apart, fabs(want - whole[i]));
    }
    cr_assert_leq(apart, 1e-5 * most);
    cr_assert_float_eq(nll[0], (FIRST * nll[1] + (N - FIRST) * nll[2]) / N, 1e-6 * nll[0]);
    net_release(p.net);
}

/* Under a mask the gradient of a pruned weight is exactly zero, the others are untouched. */
Test(gradient, pruned_weights_have_none)
{
    static struct problem p;
    static float grad[MAX_DATA], all[MAX_DATA];
    double nll;
    make(&p, &full, 1);
    const struct param *t = net_param(p.net, PARAM_W_H, 1);
    cr_assert_eq(net_need_keep(p.net), OK);
    for (size_t i = t->at; i < t->at + param_size(t); i += 3)
        p.net->data[i] = 0;
    cr_assert_eq(train_gradient(p.net, STEPS, LANES, p.tokens, p.targets, 1, 1, 1, all, &nll), OK);
    for (size_t i = t->at; i < t->at + param_size(t); i += 3)
        p.net->keep[i] = 0;
    cr_assert_eq(train_gradient(p.net, STEPS, LANES, p.tokens, p.targets, 1, 1, 1, grad, &nll), OK);
    for (size_t i = 0; i < p.net->n_data; i++)
        cr_assert_eq(grad[i], p.net->keep[i] ? all[i] : 0);
    net_release(p.net);
}
