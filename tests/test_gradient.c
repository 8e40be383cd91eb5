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
    struct recipe recipe;  /* keep, seed, threads, distill */
    double data[MAX_DATA]; /* the parameters, widened */
    struct net *teacher;   /* with `distill` */
    double teacher_data[MAX_DATA];
    double mask[LSTM_MAX_LAYERS + 1][ROWS * WIDE];
};

/* A net and its parameters in double. */
struct wide {
    const struct net *net;
    const double *data;
};

static const double *at(struct wide w, enum param_kind kind, int layer)
{
    const struct param *of = net_param(w.net, kind, layer);
    return of != NULL ? w.data + of->at : NULL;
}

static double keep_at(const struct problem *p, int l)
{
    struct recipe_keep k = recipe_keeps(&p->recipe);
    return l == 0 ? k.in : l < p->net->lstm.n_layers ? k.between : k.out;
}

/* The masks that the code draws: inputs of the layers from below, then the output. */
static void draw_masks(struct problem *p)
{
    static float mask[ROWS * WIDE];
    const struct lstm_net *lstm = &p->net->lstm;
    struct rng r;
    rng_seed(&r, p->recipe.seed, STREAM_DROPOUT);
    for (int l = 0; l <= lstm->n_layers; l++) {
        if (keep_at(p, l) >= 1)
            continue;
        int width = l < lstm->n_layers ? lstm->layer[l].n_in : lstm_n_rec(&lstm->layer[l - 1]);
        rng_dropout(&r, mask, (size_t)(ROWS * width), (float)keep_at(p, l));
        for (int i = 0; i < ROWS * width; i++)
            p->mask[l][i] = mask[i];
    }
}

/* Outputs y [ROWS][n_rec] of a net, with the masks of the problem or without. */
static int run(const struct problem *p, struct wide w, int masked, double *y)
{
    static double x[ROWS * WIDE];
    double h[2 * LANES * WIDE] = {0}, c[2 * LANES * WIDE] = {0};
    const struct lstm_net *lstm = &w.net->lstm;
    struct reference_net ref = {.n_layers = lstm->n_layers};
    for (int l = 0; l < lstm->n_layers; l++)
        ref.layer[l] = (struct reference_layer){lstm->layer[l].n_in,   lstm->layer[l].n_hid,
                                                lstm->layer[l].n_proj, at(w, PARAM_W_X, l),
                                                at(w, PARAM_W_H, l),   at(w, PARAM_W_R, l),
                                                at(w, PARAM_BIAS, l),  at(w, PARAM_PEEPHOLE, l)};
    for (int l = 0; masked && l <= lstm->n_layers; l++)
        ref.mask[l] = keep_at(p, l) < 1 ? p->mask[l] : NULL;
    int n_in = w.net->shape.n_in;
    for (int i = 0; i < ROWS * n_in; i++)
        x[i] = at(w, PARAM_EMBEDDING, 0)[p->tokens[i / n_in] * n_in + i % n_in];
    reference_run(&ref, STEPS, LANES, x, y, h, c, NULL);
    return lstm_n_rec(&lstm->layer[lstm->n_layers - 1]);
}

/* -log softmax(logits/t)[class] of a row. */
static double nll_at(struct wide w, const double *y, int n, int class, double t)
{
    static double scaled[WIDE], bias[WIDE];
    for (int i = 0; i < n; i++)
        scaled[i] = y[i] / t;
    for (int i = 0; i < w.net->shape.n_classes; i++)
        bias[i] = at(w, PARAM_CLASSIFIER_BIAS, 0)[i] / t;
    return reference_nll(scaled, n, at(w, PARAM_CLASSIFIER, 0), bias, w.net->shape.n_classes,
                         class);
}

/* NLL, and with a teacher (1-a)*NLL + a*T^2*KL, summed over the steps, mean over the lanes. */
static double loss(const struct problem *p)
{
    static double y[ROWS * WIDE], taught[ROWS * WIDE];
    struct wide own = {p->net, p->data}, other = {p->teacher, p->teacher_data};
    double sum = 0, a = p->recipe.distill, t = p->recipe.temperature;
    int n = run(p, own, 1, y), m = p->teacher != NULL ? run(p, other, 0, taught) : 0;
    for (int i = 0; i < ROWS; i++) {
        if (p->targets[i] == NO_TARGET)
            continue;
        sum += (1 - a) * nll_at(own, y + i * n, n, p->targets[i], 1);
        for (int k = 0; m != 0 && k < p->net->shape.n_classes; k++) {
            double q = -nll_at(other, taught + i * m, m, k, t);
            sum += a * t * t * exp(q) * (q + nll_at(own, y + i * n, n, k, t));
        }
    }
    return sum / LANES;
}

static void make_with(struct problem *p, const struct net_shape *shape, const struct recipe *recipe)
{
    struct rng r;
    rng_seed(&r, 11, 1);
    p->recipe = *recipe;
    p->teacher = NULL;
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

static void make(struct problem *p, const struct net_shape *shape, double keep)
{
    make_with(p, shape, &(struct recipe){.keep = keep, .seed = 77, .threads = 1});
}

static void make_teacher(struct problem *p, const struct net_shape *shape)
{
    struct rng r;
    rng_seed(&r, 12, 1);
    cr_assert_eq(net_new(shape, &p->teacher), OK);
    rng_uniform(&r, p->teacher->data, p->teacher->n_data, -4, 4);
    for (size_t i = 0; i < p->teacher->n_data; i++)
        p->teacher_data[i] = p->teacher->data[i];
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

/* Loss and gradient of the code against the reference's. */
static void compare(struct problem *p)
{
    static float grad[MAX_DATA];
    double got, want = loss(p);
    const struct batch chunk = {
        .steps = STEPS, .lanes = LANES, .tokens = p->tokens, .targets = p->targets};
    cr_assert_eq(train_gradient(p->net, &p->recipe, &chunk, p->teacher, grad, &got), OK, "%s",
                 status_message());
    cr_assert_leq(fabs(got - want), 1e-5 * want, "loss %.9g (expected %.9g)", got, want);
    for (int i = 0; i < p->net->n_params; i++)
        check_tensor(p, &p->net->param[i], grad);
    net_release(p->net);
    net_release(p->teacher);
}

static void check_shifted(const struct net_shape *shape, double keep, int threads, double all,
                          double more)
{
    static struct problem p;
    make(&p, shape, keep);
    p.recipe.threads = threads;
    shift_logits(&p, all, more);
    compare(&p);
}

static void check_recipe(const struct net_shape *shape, const struct recipe *r,
                         const struct net_shape *teacher)
{
    static struct problem p;
    make_with(&p, shape, r);
    if (teacher != NULL)
        make_teacher(&p, teacher);
    compare(&p);
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

static const struct net_shape tied = {.n_vocab = 13,
                                      .n_in = 6,
                                      .n_layers = 2,
                                      .n_hid = {17, 9},
                                      .n_proj = {0, 6},
                                      .n_classes = 13,
                                      .tied = 1};

/* One matrix, and the gradient of both its uses. */
Test(gradient, tied)
{
    check(&tied, 1, 1);
    check(&tied, 0.7, 2);
}

Test(gradient, dropout_by_place)
{
    struct recipe r = {
        .keep = 1, .keep_in = .5, .keep_between = .7, .keep_out = .8, .seed = 5, .threads = 2};
    check_recipe(&full, &r, NULL);
    r.keep_in = r.keep_out = 0;
    check_recipe(&full, &r, NULL);
    r.keep_between = 0;
    r.keep_out = .6;
    check_recipe(&tied, &r, NULL);
}

Test(gradient, distillation)
{
    struct net_shape teacher = full;
    struct recipe r = {.keep = 1, .distill = .7, .temperature = 2.5, .threads = 1};
    teacher.n_hid[0] = 11;
    check_recipe(&full, &r, &teacher);
    r.distill = 1;
    r.threads = 3;
    r.keep_out = .7;
    check_recipe(&full, &r, &full);
    r.temperature = 1;
    check_recipe(&tied, &r, &tied);
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
    const struct recipe two = {.keep = 1, .seed = 1, .threads = 2}, one = {.keep = 1, .threads = 1};
    const struct batch chunk = {
        .steps = STEPS, .lanes = N, .tokens = token[0], .targets = target[0]};
    cr_assert_eq(train_gradient(p.net, &two, &chunk, NULL, whole, nll), OK);
    for (int half = 0; half < 2; half++) {
        int lanes = half == 0 ? FIRST : N - FIRST;
        for (int i = 0; i < STEPS * lanes; i++) {
            int from = i / lanes * N + i % lanes + (half == 0 ? 0 : FIRST);
            token[1][i] = token[0][from];
            target[1][i] = target[0][from];
        }
        const struct batch some = {
            .steps = STEPS, .lanes = lanes, .tokens = token[1], .targets = target[1]};
        cr_assert_eq(train_gradient(p.net, &one, &some, NULL, part[half], &nll[1 + half]), OK);
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
    const struct batch chunk = {
        .steps = STEPS, .lanes = LANES, .tokens = p.tokens, .targets = p.targets};
    const struct recipe one = {.keep = 1, .threads = 1};
    cr_assert_eq(train_gradient(p.net, &one, &chunk, NULL, all, &nll), OK);
    for (size_t i = t->at; i < t->at + param_size(t); i += 3)
        p.net->keep[i] = 0;
    cr_assert_eq(train_gradient(p.net, &one, &chunk, NULL, grad, &nll), OK);
    for (size_t i = 0; i < p.net->n_data; i++)
        cr_assert_eq(grad[i], p.net->keep[i] ? all[i] : 0);
    net_release(p.net);
}
