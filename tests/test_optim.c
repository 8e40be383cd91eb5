/* test_optim.c - optimizers against a few lines in double, the norm, and masks that stay. */
#include "base/mem.h"
#include "base/rng.h"
#include "model/optim.h"
#include "model/prune.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { WORDS = 40, WIDE = 24, MAX_DATA = 32768 };

/* A net with a drawn gradient; of an embedding that is not tied three rows are touched. */
struct work {
    struct net *net;
    struct pool *pool;
    struct bptt bptt;
    struct optim optim;
    struct rng rng;
    float *grad;
};

static void make(struct work *w, int tied, const struct recipe *r)
{
    struct net_shape shape = {.n_vocab = WORDS,
                              .n_in = WIDE,
                              .n_layers = 2,
                              .n_hid = {31, WIDE},
                              .peephole = 1,
                              .n_classes = WORDS,
                              .tied = tied};
    *w = (struct work){0};
    rng_seed(&w->rng, 5, 1);
    cr_assert_eq(net_new(&shape, &w->net), OK);
    cr_assert_leq(w->net->n_data, MAX_DATA);
    rng_uniform(&w->rng, w->net->data, w->net->n_data, -1, 1);
    cr_assert_eq(pool_new(r->threads, 0, &w->pool), OK);
    cr_assert_eq(bptt_init(&w->bptt, w->net, 2, 2, (struct bptt_keep){1, 1, 1}, NULL, w->pool), OK);
    cr_assert_eq(optim_init(&w->optim, r, w->net), OK);
    cr_assert_eq(mem_new(&w->grad, w->net->n_data, sizeof *w->grad), OK);
}

static void drop(struct work *w)
{
    optim_release(&w->optim);
    bptt_release(&w->bptt);
    pool_release(w->pool);
    net_release(w->net);
    mem_free(w->grad);
}

static void draw(struct work *w, int first)
{
    const struct param *e = net_param(w->net, PARAM_EMBEDDING, 0);
    rng_uniform(&w->rng, w->grad, w->net->n_data, -3, 3);
    if (w->net->shape.tied)
        return;
    memset(w->grad + e->at, 0, param_size(e) * sizeof *w->grad);
    w->bptt.n_touched = 3;
    for (int i = 0; i < 3; i++) {
        w->bptt.touched[i] = first + 2 * i;
        rng_uniform(&w->rng, w->grad + e->at + (size_t)(first + 2 * i) * WIDE, WIDE, -3, 3);
    }
}

static int decays(const struct net *net, size_t at)
{
    for (int i = 0; i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        if (at >= p->at && at < p->at + param_size(p))
            return p->kind != PARAM_BIAS && p->kind != PARAM_CLASSIFIER_BIAS &&
                   p->kind != PARAM_PEEPHOLE;
    }
    return 0;
}

static void adam(int tied, int threads, double decay)
{
    static double m[MAX_DATA], v[MAX_DATA], want[MAX_DATA];
    const struct recipe r = {
        .optimizer = OPTIMIZER_ADAM, .weight_decay = decay, .threads = threads};
    struct work w;
    double most = 0;
    make(&w, tied, &r);
    memset(m, 0, sizeof m);
    memset(v, 0, sizeof v);
    for (size_t i = 0; i < w.net->n_data; i++)
        want[i] = w.net->data[i];
    for (int t = 1; t <= 30; t++) {
        double lr = .01 / t, scale = t % 3 == 0 ? .2 : 1;
        draw(&w, t);
        optim_step(&w.optim, &w.bptt, w.grad, lr, scale, (size_t)t);
        for (size_t i = 0; i < w.net->n_data; i++) {
            double g = w.grad[i] * scale;
            m[i] = .9 * m[i] + .1 * g;
            v[i] = .999 * v[i] + .001 * g * g;
            if (decays(w.net, i))
                want[i] -= lr * decay * want[i];
            want[i] -= lr * (m[i] / (1 - pow(.9, t))) / (sqrt(v[i] / (1 - pow(.999, t))) + 1e-8);
        }
    }
    for (size_t i = 0; i < w.net->n_data; i++)
        most = fmax(most, fabs(want[i] - w.net->data[i]));
    cr_assert_lt(most, 2e-6, "off by %g", most);
    drop(&w);
}

Test(optim, adam)
{
    adam(0, 1, 0);
    adam(1, 2, 0);
    adam(0, 3, .5);
}

static void sgd(int tied)
{
    static float before[MAX_DATA];
    const struct recipe r = {.threads = 2};
    struct work w;
    make(&w, tied, &r);
    draw(&w, 1);
    memcpy(before, w.net->data, w.net->n_data * sizeof *before);
    optim_step(&w.optim, &w.bptt, w.grad, .5, .25, 1);
    for (size_t i = 0; i < w.net->n_data; i++)
        cr_assert_eq(w.net->data[i], before[i] + -.125f * w.grad[i], "%zu", i);
    drop(&w);
}

Test(optim, sgd)
{
    sgd(0);
    sgd(1);
}

static void norm(int tied, int threads)
{
    const struct recipe r = {.threads = threads};
    struct work w;
    double sum = 0;
    make(&w, tied, &r);
    draw(&w, 1);
    for (size_t i = 0; i < w.net->n_data; i++)
        sum += (double)w.grad[i] * w.grad[i];
    cr_assert_float_eq(optim_norm(w.net, &w.bptt, NULL, w.grad), sqrt(sum), 1e-5 * sqrt(sum));
    drop(&w);
}

Test(optim, norm)
{
    norm(0, 1);
    norm(1, 3);
}

/* Pruned after some dense updates, so that moments are there, then 1,000 updates. */
Test(optim, pruned_weights_stay_zero)
{
    const struct recipe r = {.optimizer = OPTIMIZER_ADAM, .weight_decay = .1, .threads = 1};
    struct prune_spec spec = prune_spec_row(.8, .9, -1);
    struct work w;
    make(&w, 1, &r);
    for (int t = 1; t <= 1005; t++) {
        if (t == 6) {
            cr_assert_eq(prune_net(w.net, &spec), OK);
            optim_mask(&w.optim);
        }
        draw(&w, 1);
        optim_norm(w.net, &w.bptt, w.net->keep, w.grad);
        optim_step(&w.optim, &w.bptt, w.grad, .01, 1, (size_t)t);
    }
    cr_assert_eq(prune_check(w.net), OK, "%s", status_message());
    drop(&w);
}
