#include "model/score.h"

#include "base/mem.h"
#include "datasets/batch.h"
#include "model/loss.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK = 512 }; /* steps a call: long enough to hide the switch between plan and classifier */

struct scorer {
    const struct net *net;
    struct lstm_plan *plan;
    struct pool *pool;
    struct loss loss;
    struct batcher *batcher;
    float *x, *y; /* [CHUNK][n_in], [CHUNK][n_rec] */
    float *h, *c; /* carried state */
};

static enum status scorer_init(struct scorer *s, const struct net *net, const struct dataset *ds,
                               enum split split, const struct score_options *opt)
{
    struct lstm_options o = {.precision = opt->precision,
                             .max_batch = 1,
                             .max_steps = CHUNK,
                             .threads = opt->threads,
                             .quant = opt->quant,
                             .device = opt->device};
    const struct lstm_layer *top = &net->lstm.layer[net->lstm.n_layers - 1];
    *s = (struct scorer){.net = net};
    TRY(lstm_prepare(opt->backend, &net->lstm, &o, &s->plan));
    TRY(pool_new(opt->threads > 0 ? opt->threads : 1, 0, &s->pool));
    TRY(loss_init(&s->loss, net, s->pool, CHUNK, 0));
    TRY(batcher_lm_score(ds, split, opt->max_tokens, CHUNK, &s->batcher));
    TRY(mem_new(&s->x, CHUNK, (size_t)net->shape.n_in * sizeof *s->x));
    TRY(mem_new(&s->y, CHUNK, (size_t)lstm_n_rec(top) * sizeof *s->y));
    TRY(mem_new(&s->h, lstm_h_size(&net->lstm, 1), sizeof *s->h));
    return mem_new(&s->c, lstm_c_size(&net->lstm, 1), sizeof *s->c);
}

static void scorer_release(struct scorer *s)
{
    lstm_release(s->plan);
    loss_release(&s->loss);
    pool_release(s->pool);
    if (s->batcher != NULL)
        batcher_release(s->batcher);
    mem_free(s->x);
    mem_free(s->y);
    mem_free(s->h);
    mem_free(s->c);
}

/* Scores one batch and adds to the sums. */
static enum status score_batch(struct scorer *s, size_t index, double *nll, size_t *n)
{
    const struct param *e = net_param(s->net, PARAM_EMBEDDING, 0);
    size_t width = (size_t)e->cols;
    struct batch b;
    TRY(batcher_get(s->batcher, index, &b));
    for (int i = 0; i < b.steps; i++)
        memcpy(s->x + (size_t)i * width, s->net->data + e->at + (size_t)b.tokens[i] * width,
               width * sizeof *s->x);
    struct lstm_io io = {.steps = b.steps, .batch = 1, .x = s->x, .y = s->y, .h = s->h, .c = s->c};
    TRY(lstm_run(s->plan, &io));
    *nll += loss_score(&s->loss, b.steps, s->y, b.targets);
    *n += (size_t)b.steps;
    return OK;
}

static enum status score_all(struct scorer *s, const struct score_options *opt, struct score *out)
{
    double nll = 0;
    size_t count = batcher_count(s->batcher);
    for (size_t i = 0; i < count; i++) {
        TRY(score_batch(s, i, &nll, &out->n));
        if (opt->hook != NULL)
            TRY(opt->hook(opt->ctx, (double)(i + 1) / (double)count));
    }
    out->nll = nll / (double)out->n;
    out->value = exp(out->nll);
    out->metric = "ppl";
    lstm_facts(s->plan, &out->facts);
    snprintf(out->variant, sizeof out->variant, "%s", lstm_variant(s->plan));
    return OK;
}

enum status score_lm(const struct net *net, const struct dataset *ds, enum split split,
                     const struct score_options *opt, struct score *out)
{
    struct scorer s = {0};
    int words = (int)vocab_size(ds->vocab);
    *out = (struct score){0};
    if (net->shape.n_vocab != words || net->shape.n_classes != words)
        return fail(E_FORMAT,
                    "the net has an embedding of %d and a classifier of %d rows, but the "
                    "vocabulary has %d words",
                    net->shape.n_vocab, net->shape.n_classes, words);
    enum status st = scorer_init(&s, net, ds, split, opt);
    if (st == OK)
        st = score_all(&s, opt, out);
    scorer_release(&s);
    return st;
}
