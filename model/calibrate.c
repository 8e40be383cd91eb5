#include "model/calibrate.h"

#include "base/mem.h"
#include "datasets/batch.h"

#include <math.h>
#include <string.h>

enum { LANES = 16, CHUNK = 32 };

/* A net that runs step by step, so that every state of every layer is seen. */
struct calibrator {
    const struct lstm_net *net;
    struct lstm_plan *plan;
    int batch;
    float *x; /* [batch][n_in] */
    float *h; /* per layer [batch][n_rec] */
    float *c; /* per layer [batch][n_hid] */
    struct quant seen;
};

static enum status calibrator_init(struct calibrator *k, const struct lstm_net *net, int batch,
                                   int threads)
{
    struct lstm_options o = {.max_batch = batch, .max_steps = 1, .threads = threads};
    *k = (struct calibrator){.net = net, .batch = batch, .seen.n_layers = net->n_layers};
    TRY(lstm_prepare(&cpu_dense_backend, net, &o, &k->plan));
    TRY(mem_new(&k->x, (size_t)batch, (size_t)net->layer[0].n_in * sizeof *k->x));
    TRY(mem_new(&k->h, lstm_h_size(net, 1), (size_t)batch * sizeof *k->h));
    return mem_new(&k->c, lstm_c_size(net, 1), (size_t)batch * sizeof *k->c);
}

static void calibrator_release(struct calibrator *k)
{
    lstm_release(k->plan);
    mem_free(k->x);
    mem_free(k->h);
    mem_free(k->c);
}

static void copy_finite(const float *from, size_t n, float *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] = isfinite(from[i]) ? from[i] : 0;
}

static void widen(float *range, const float *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        *range = isfinite(v[i]) && fabsf(v[i]) > *range ? fabsf(v[i]) : *range;
}

/* The states as they are now. A layer's input is what the layer below feeds back. */
static void see_state(struct calibrator *k)
{
    const float *h = k->h, *c = k->c;
    for (int l = 0; l < k->net->n_layers; l++) {
        const struct lstm_layer *y = &k->net->layer[l];
        struct quant_range *range = &k->seen.layer[l];
        size_t n_h = (size_t)k->batch * (size_t)lstm_n_rec(y);
        size_t n_c = (size_t)k->batch * (size_t)y->n_hid;
        widen(&range->r, h, n_h);
        widen(&range->c, c, n_c);
        if (l > 0)
            range->x = k->seen.layer[l - 1].r;
        h += n_h;
        c += n_c;
    }
}

/* One step of k->x; lanes with live[b] = 0 have ended (NULL: none). */
static enum status advance(struct calibrator *k, const int *live)
{
    struct lstm_io io = {
        .steps = 1, .batch = k->batch, .x = k->x, .h = k->h, .c = k->c, .len = live};
    size_t n_in = (size_t)k->net->layer[0].n_in;
    for (int b = 0; b < k->batch; b++)
        if (live == NULL || live[b])
            widen(&k->seen.layer[0].x, k->x + (size_t)b * n_in, n_in);
    TRY(lstm_run(k->plan, &io));
    see_state(k);
    return OK;
}

/* One step's inputs to k->x; live[b] tells which lanes still go on, NULL where none ends. */
static void load(struct calibrator *k, const struct net *net, const struct batch *b, size_t t,
                 int *live)
{
    const struct param *e = net_param(net, PARAM_EMBEDDING, 0);
    size_t width = (size_t)net->shape.n_in, lanes = (size_t)b->lanes;
    for (size_t i = 0; i < lanes; i++) {
        const float *x = e != NULL ? net->data + e->at + (size_t)b->tokens[t * lanes + i] * width
                                   : b->frames + (t * lanes + i) * width;
        memcpy(k->x + i * width, x, width * sizeof *k->x);
        if (live != NULL)
            live[i] = t < (size_t)b->len[i];
    }
    for (size_t i = lanes; live != NULL && i < (size_t)k->batch; i++)
        live[i] = 0;
}

static enum status run_batch(struct calibrator *k, const struct net *net, const struct batch *b,
                             size_t *steps_left)
{
    int lives[LANES], *live = b->len != NULL ? lives : NULL;
    if (!b->carry) {
        memset(k->h, 0, lstm_h_size(k->net, k->batch) * sizeof *k->h);
        memset(k->c, 0, lstm_c_size(k->net, k->batch) * sizeof *k->c);
    }
    for (size_t t = 0; t < (size_t)b->steps && *steps_left != 0; t++, --*steps_left) {
        load(k, net, b, t, live);
        TRY(advance(k, live));
    }
    return OK;
}

static enum status run_tokens(struct calibrator *k, const struct net *net, const struct dataset *ds,
                              size_t steps)
{
    const struct batching how = {.task = net->shape.task,
                                 .lanes = k->batch,
                                 .steps = net->shape.task == TASK_LM ? CHUNK : 0,
                                 .delay = net->shape.delay,
                                 .seed = 1};
    struct batcher *batcher;
    struct batch b;
    enum status s = OK;
    TRY(batcher_train(ds, SPLIT_TRAIN, &how, &batcher));
    for (size_t i = 0; s == OK && steps != 0 && i < batcher_count(batcher); i++) {
        s = batcher_get(batcher, i, &b);
        if (s == OK)
            s = run_batch(k, net, &b, &steps);
    }
    batcher_release(batcher);
    return s;
}

enum status calibrate_net(const struct net *net, const struct dataset *ds, size_t max_tokens,
                          int threads, struct quant *out)
{
    struct calibrator k;
    size_t n = ds->n_tokens[SPLIT_TRAIN];
    size_t most = max_tokens != 0 && max_tokens < n ? max_tokens : n;
    size_t lanes = most / (2 * CHUNK);
    if (net->shape.n_layers == 0)
        return fail(E_USAGE, "calibrating: the net has no LSTM");
    TRY(net_check_data(net, ds));
    lanes = lanes < 1 ? 1 : lanes > LANES ? LANES : lanes;
    enum status s = calibrator_init(&k, &net->lstm, (int)lanes, threads);
    if (s == OK)
        s = run_tokens(&k, net, ds, (most + lanes - 1) / lanes);
    *out = k.seen;
    calibrator_release(&k);
    return s;
}

static enum status run_input(struct calibrator *k, const struct lstm_io *io, int *live)
{
    size_t n = (size_t)io->batch * (size_t)k->net->layer[0].n_in;
    copy_finite(io->h, lstm_h_size(k->net, io->batch), k->h);
    copy_finite(io->c, lstm_c_size(k->net, io->batch), k->c);
    see_state(k);
    for (int t = 0; t < io->steps; t++) {
        for (int b = 0; b < io->batch; b++)
            live[b] = io->len == NULL || t < io->len[b];
        copy_finite(io->x + (size_t)t * n, n, k->x);
        TRY(advance(k, live));
    }
    return OK;
}

enum status calibrate_input(const struct lstm_net *net, const struct lstm_io *io, int threads,
                            struct quant *out)
{
    struct calibrator k;
    int *live;
    TRY(mem_new(&live, (size_t)io->batch, sizeof *live));
    enum status s = calibrator_init(&k, net, io->batch, threads);
    if (s == OK)
        s = run_input(&k, io, live);
    *out = k.seen;
    calibrator_release(&k);
    mem_free(live);
    return s;
}
