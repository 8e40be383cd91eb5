/* time_train.c - how fast training is, apart from validation and checkpoints: whole updates of a
 * two-layer language model on random words, 20 lanes, medians over the updates.
 *
 *     time_train [N_HID [STEPS [KEEP [THREADS [SECONDS]]]]]     (200 35 1 2 10: the shape of
 *     ptb-small)
 */
#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "model/bptt.h"
#include "model/loss.h"
#include "model/optim.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORDS = 10000, LANES = 20, MAX_UPDATES = 100000 };
enum phase { FORWARD, SOFTMAX, BACKWARD, UPDATE, ALL, N_PHASES };

struct run {
    struct net *net;
    struct pool *pool;
    struct bptt bptt;
    struct loss loss;
    struct optim optim;
    struct rng rng;
    float *grad;
    int steps;
    int32_t *tokens, *targets;
    double *us[N_PHASES]; /* [MAX_UPDATES] */
    size_t n;
};

static enum status init(struct run *r, int n_hid, int steps, double keep, int threads)
{
    struct net_shape shape = {.n_vocab = WORDS,
                              .n_in = n_hid,
                              .n_layers = 2,
                              .n_hid = {n_hid, n_hid},
                              .n_classes = WORDS};
    size_t rows = (size_t)steps * LANES;
    r->steps = steps;
    rng_seed(&r->rng, 1, 1);
    TRY(net_new(&shape, &r->net));
    rng_uniform(&r->rng, r->net->data, r->net->n_data, -0.1f, 0.1f);
    TRY(pool_new(threads, 0, &r->pool));
    TRY(bptt_init(&r->bptt, r->net, steps, LANES,
                  (struct bptt_keep){(float)keep, (float)keep, (float)keep}, &r->rng, r->pool));
    TRY(loss_init(&r->loss, r->net, r->pool, (int)rows, 1));
    TRY(optim_init(&r->optim, &(struct recipe){.optimizer = OPTIMIZER_SGD}, r->net));
    TRY(mem_new(&r->grad, r->net->n_data, sizeof *r->grad));
    TRY(mem_new(&r->tokens, rows, sizeof *r->tokens));
    TRY(mem_new(&r->targets, rows, sizeof *r->targets));
    for (int i = 0; i < N_PHASES; i++)
        TRY(mem_new(&r->us[i], MAX_UPDATES, sizeof *r->us[i]));
    return OK;
}

static void draw(struct run *r)
{
    for (int i = 0; i < r->steps * LANES; i++) {
        r->tokens[i] = (int32_t)rng_below(&r->rng, WORDS);
        r->targets[i] = (int32_t)rng_below(&r->rng, WORDS);
    }
}

/* Stores the time since *last and moves it on. */
static void lap(struct run *r, enum phase phase, int64_t *last)
{
    int64_t now = clock_ns();
    r->us[phase][r->n] = (double)(now - *last) * 1e-3;
    *last = now;
}

static void update(struct run *r)
{
    int64_t start, last;
    draw(r);
    start = last = clock_ns();
    const struct batch batch = {.steps = r->steps, .lanes = LANES, .tokens = r->tokens};
    bptt_forward(&r->bptt, &batch);
    lap(r, FORWARD, &last);
    loss_gradient(&r->loss, r->steps * LANES, r->bptt.y, r->targets, 1.0f / LANES, r->bptt.dy,
                  r->grad);
    lap(r, SOFTMAX, &last);
    bptt_backward(&r->bptt, &batch, r->grad);
    lap(r, BACKWARD, &last);
    double norm = optim_norm(r->net, &r->bptt, NULL, r->grad);
    optim_step(&r->optim, &r->bptt, r->grad, 1, fmin(1, 5 / norm), r->n + 1);
    bptt_clear_touched(&r->bptt, r->grad);
    lap(r, UPDATE, &last);
    lap(r, ALL, &start);
    r->n++;
}

static int ascending(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void report(struct run *r)
{
    static const char *const name[] = {"forward", "softmax", "backward", "update", "all"};
    const struct net *net = r->net;
    double words = r->steps * LANES;
    /* a weight of a matrix is multiplied once forward and twice backward, two operations each */
    double flops =
        6 * words *
        (double)(lstm_n_weights(&net->lstm) + param_size(net_param(net, PARAM_CLASSIFIER, 0)));
    for (int i = 0; i < N_PHASES; i++) {
        qsort(r->us[i], r->n, sizeof(double), ascending);
        printf("%-8s %8.0f us (p10 %.0f)\n", name[i], r->us[i][r->n / 2], r->us[i][r->n / 10]);
    }
    double us = r->us[ALL][r->n / 2], best = r->us[ALL][r->n / 10];
    printf("%.0f words/s (p10 of the time: %.0f), %.1f GFLOP/s, %zu updates\n", words / us * 1e6,
           words / best * 1e6, flops / us * 1e-3, r->n);
}

static void release(struct run *r)
{
    loss_release(&r->loss);
    if (r->bptt.net != NULL)
        bptt_release(&r->bptt);
    pool_release(r->pool);
    net_release(r->net);
    mem_free(r->grad);
    mem_free(r->tokens);
    mem_free(r->targets);
    for (int i = 0; i < N_PHASES; i++)
        mem_free(r->us[i]);
}

static double argument(char **argv, int argc, int i, double otherwise)
{
    return i < argc ? atof(argv[i]) : otherwise;
}

int main(int argc, char **argv)
{
    struct run r = {0};
    int n_hid = (int)argument(argv, argc, 1, 200), steps = (int)argument(argv, argc, 2, 35);
    int threads = (int)argument(argv, argc, 4, 2);
    enum status s = init(&r, n_hid, steps, argument(argv, argc, 3, 1), threads);
    double end = (double)clock_ns() + argument(argv, argc, 5, 10) * 1e9;
    while (s == OK && (r.n == 0 || ((double)clock_ns() < end && r.n < MAX_UPDATES)))
        update(&r);
    if (s == OK)
        report(&r);
    else
        fprintf(stderr, "time_train: %s\n", status_message());
    release(&r);
    return s == OK ? 0 : 2;
}
