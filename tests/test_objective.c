/* test_objective.c - loss and gradient of each task through a small net, on ragged batches, against
 * central differences of a loss in double that shares no code with it. */
#include "base/rng.h"
#include "model/train.h"
#include "tests/reference.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { STEPS = 5, LANES = 3, ROWS = STEPS * LANES, WIDE = 8, MAX_DATA = 1024, WORDS = 7 };

struct problem {
    struct net *net;
    double data[MAX_DATA]; /* the parameters, widened */
    struct batch batch;
    float frames[ROWS * WIDE];
    int32_t tokens[ROWS], targets[ROWS], labels[2 * LANES];
    int len[LANES], label_start[LANES + 1];
};

static const double *at(const struct problem *p, enum param_kind kind, int layer)
{
    const struct param *of = net_param(p->net, kind, layer);
    return of != NULL ? p->data + of->at : NULL;
}

/* Outputs of all steps; what a lane holds behind its end is as arbitrary as its padding. */
static void run(const struct problem *p, double *y)
{
    static double x[ROWS * WIDE];
    double h[2 * LANES * WIDE] = {0}, c[2 * LANES * WIDE] = {0};
    const struct lstm_net *lstm = &p->net->lstm;
    const int n_in = p->net->shape.n_in;
    struct reference_net ref = {.n_layers = lstm->n_layers};
    for (int i = 0; i < ROWS * n_in; i++)
        x[i] = p->net->shape.n_vocab != 0
                   ? at(p, PARAM_EMBEDDING, 0)[p->tokens[i / n_in] * n_in + i % n_in]
                   : p->frames[i];
    for (int l = 0; l < lstm->n_layers; l++)
        ref.layer[l] = (struct reference_layer){lstm->layer[l].n_in,   lstm->layer[l].n_hid,
                                                lstm->layer[l].n_proj, at(p, PARAM_W_X, l),
                                                at(p, PARAM_W_H, l),   at(p, PARAM_W_R, l),
                                                at(p, PARAM_BIAS, l),  at(p, PARAM_PEEPHOLE, l)};
    if (lstm->n_layers == 0)
        memcpy(y, x, sizeof x);
    else
        reference_run(&ref, STEPS, LANES, x, y, h, c, NULL);
}

static double nll(const struct problem *p, const double *row, int target)
{
    return reference_nll(row, net_n_out(p->net), at(p, PARAM_CLASSIFIER, 0),
                         at(p, PARAM_CLASSIFIER_BIAS, 0), p->net->shape.n_classes, target);
}

static double loss_of_frames(const struct problem *p, const double *y)
{
    double sum = 0;
    int n = 0;
    for (int i = 0; i < ROWS; i++) {
        if (p->targets[i] == NO_TARGET)
            continue;
        sum += nll(p, y + i * net_n_out(p->net), p->targets[i]);
        n++;
    }
    return sum / n;
}

static double loss_of_reviews(const struct problem *p, const double *y)
{
    const int n = net_n_out(p->net);
    double sum = 0, row[WIDE];
    for (int lane = 0; lane < LANES; lane++) {
        int first = p->net->shape.pooling == POOLING_MEAN ? 0 : p->len[lane] - 1;
        memset(row, 0, sizeof row);
        for (int t = first; t < p->len[lane]; t++)
            for (int i = 0; i < n; i++)
                row[i] += y[(t * LANES + lane) * n + i] / (p->len[lane] - first);
        sum += nll(p, row, p->targets[(p->len[lane] - 1) * LANES + lane]);
    }
    return sum / LANES;
}

/* 1 if a path, one class a step, reads as the labels of a lane. */
static int reads_as(const struct problem *p, int lane, const int *path)
{
    const int32_t *label = p->labels + p->label_start[lane], blank = net_blank(p->net);
    int n = 0, all = p->label_start[lane + 1] - p->label_start[lane];
    for (int t = 0, was = blank; t < p->len[lane]; was = path[t++]) {
        if (path[t] == was || path[t] == blank)
            continue;
        if (n == all || label[n++] != path[t])
            return 0;
    }
    return n == all;
}

/* The sum over every path there is; the second lane has none, and counts nothing. */
static double loss_of_labels(const struct problem *p, const double *y)
{
    const int classes = p->net->shape.n_classes, n = net_n_out(p->net);
    double loss = 0;
    for (int lane = 0; lane < LANES; lane++) {
        double log_p[STEPS][WIDE], sum = 0;
        int path[STEPS] = {0}, t = 0;
        for (t = 0; t < p->len[lane]; t++)
            for (int c = 0; c < classes; c++)
                log_p[t][c] = -nll(p, y + (t * LANES + lane) * n, c);
        do {
            double of_path = 0;
            for (t = 0; t < p->len[lane]; t++)
                of_path += log_p[t][path[t]];
            sum += reads_as(p, lane, path) ? exp(of_path) : 0;
            for (t = 0; t < p->len[lane] && ++path[t] == classes; t++)
                path[t] = 0;
        } while (t < p->len[lane]);
        loss -= sum > 0 ? log(sum) : 0;
    }
    return loss / p->label_start[LANES];
}

static double loss(const struct problem *p)
{
    static double y[ROWS * WIDE];
    run(p, y);
    return p->net->shape.task == TASK_CTC      ? loss_of_labels(p, y)
           : p->net->shape.task == TASK_FRAMES ? loss_of_frames(p, y)
                                               : loss_of_reviews(p, y);
}

/* Lanes of 5, 2 and 4 steps. */
static void make(struct problem *p, const struct net_shape *shape)
{
    static const int len[LANES] = {5, 2, 4}, start[LANES + 1] = {0, 2, 4, 5};
    struct rng r;
    rng_seed(&r, 21, 1);
    memset(p, 0, sizeof *p);
    cr_assert_eq(net_new(shape, &p->net), OK);
    cr_assert_leq(p->net->n_data, MAX_DATA);
    rng_uniform(&r, p->net->data, p->net->n_data, -0.7f, 0.7f);
    for (size_t i = 0; i < p->net->n_data; i++)
        p->data[i] = p->net->data[i];
    rng_uniform(&r, p->frames, ROWS * WIDE, -1, 1);
    memcpy(p->len, len, sizeof len);
    memcpy(p->label_start, start, sizeof start);
    for (int i = 0; i < 2 * LANES; i++)
        p->labels[i] = i == 3 ? p->labels[2] : (int32_t)rng_below(&r, 3);
    for (int i = 0; i < ROWS; i++) {
        p->tokens[i] = (int32_t)rng_below(&r, WORDS);
        p->targets[i] = (int32_t)rng_below(&r, (uint32_t)shape->n_classes);
        if (i / LANES >= len[i % LANES] || (shape->task == TASK_FRAMES && i == 4))
            p->targets[i] = NO_TARGET;
    }
    p->batch = (struct batch){
        .steps = STEPS, .lanes = LANES, .len = p->len, .tokens = p->tokens, .targets = p->targets};
    if (shape->n_vocab == 0) {
        p->batch.tokens = NULL;
        p->batch.frames = p->frames;
        p->batch.n_in = shape->n_in;
    }
    if (shape->task == TASK_CTC) {
        p->batch.targets = NULL;
        p->batch.labels = p->labels;
        p->batch.label_start = p->label_start;
    }
}

static void check_tensor(struct problem *p, const struct param *t, const float *grad)
{
    double most = 0, apart = 0;
    for (size_t i = t->at; i < t->at + param_size(t); i++) {
        const double saved = p->data[i];
        p->data[i] = saved + 1e-5;
        const double up = loss(p);
        p->data[i] = saved - 1e-5;
        const double slope = (up - loss(p)) / 2e-5;
        p->data[i] = saved;
        most = fmax(most, fabs(slope));
        apart = fmax(apart, fabs(grad[i] - slope));
    }
    cr_assert_gt(most, 1e-4, "tensor %d of layer %d has no gradient to compare", t->kind, t->layer);
    cr_assert_leq(apart, 1e-5 * most, "tensor %d of layer %d: off by %g of %g", t->kind, t->layer,
                  apart, most);
}

static void check(const struct net_shape *shape, int threads)
{
    static struct problem p;
    static float grad[MAX_DATA];
    const struct recipe recipe = {.keep = 1, .seed = 1, .threads = threads};
    double got;
    make(&p, shape);
    cr_assert_eq(train_gradient(p.net, &recipe, &p.batch, NULL, grad, &got), OK, "%s",
                 status_message());
    cr_assert_float_eq(got, loss(&p), 1e-5, "loss %.9g (expected %.9g)", got, loss(&p));
    for (int i = 0; i < p.net->n_params; i++)
        check_tensor(&p, &p.net->param[i], grad);
    net_release(p.net);
}

Test(objective, frames_through_projection_and_peepholes)
{
    const struct net_shape shape = {.task = TASK_FRAMES,
                                    .n_in = 3,
                                    .n_layers = 2,
                                    .n_hid = {5, 4},
                                    .n_proj = {3, 4},
                                    .peephole = 1,
                                    .n_classes = 6};
    check(&shape, 1);
    check(&shape, 2);
}

Test(objective, reviews_by_their_last_output)
{
    const struct net_shape shape = {.task = TASK_CLASSIFY,
                                    .n_vocab = WORDS,
                                    .n_in = 3,
                                    .n_layers = 1,
                                    .n_hid = {5},
                                    .n_classes = 2};
    check(&shape, 1);
    check(&shape, 2);
}

Test(objective, reviews_by_the_mean_of_their_outputs)
{
    const struct net_shape shape = {.task = TASK_CLASSIFY,
                                    .n_vocab = WORDS,
                                    .n_in = 3,
                                    .n_layers = 2,
                                    .n_hid = {5, 4},
                                    .n_classes = 3,
                                    .pooling = POOLING_MEAN};
    check(&shape, 1);
}

Test(objective, reviews_without_an_lstm)
{
    const struct net_shape shape = {.task = TASK_CLASSIFY,
                                    .n_vocab = WORDS,
                                    .n_in = 4,
                                    .n_classes = 2,
                                    .pooling = POOLING_MEAN};
    check(&shape, 1);
    check(&shape, 2);
}

/* The second lane has two equal labels and two steps: no alignment. */
Test(objective, label_sequences)
{
    const struct net_shape shape = {
        .task = TASK_CTC, .n_in = 3, .n_layers = 1, .n_hid = {5}, .n_classes = 4};
    check(&shape, 1);
    check(&shape, 2);
}

Test(objective, a_ctc_net_has_no_teacher)
{
    static struct problem p;
    static float grad[MAX_DATA];
    const struct net_shape shape = {
        .task = TASK_CTC, .n_in = 3, .n_layers = 1, .n_hid = {5}, .n_classes = 4};
    const struct recipe recipe = {.keep = 1, .threads = 1, .distill = .5};
    double got;
    make(&p, &shape);
    cr_assert_eq(train_gradient(p.net, &recipe, &p.batch, p.net, grad, &got), E_UNSUPPORTED);
    cr_assert_not_null(strstr(status_message(), "a CTC net learns from no teacher"));
    net_release(p.net);
}
