#include "model/score.h"

#include "base/mem.h"
#include "datasets/batch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    CHUNK = 512, /* steps a call: long enough to hide the switch between plan and classifier */
    LANES = 16,
};

struct scorer {
    const struct net *net;
    const struct score_options *opt;
    struct lstm_plan *plan; /* NULL without an LSTM */
    struct pool *pool;
    struct judge judge;
    struct batcher *batcher;
    float *x, *y; /* [steps*lanes][n_in], [steps*lanes][n_out] */
    float *h, *c; /* carried state */
};

static enum status init_batches(struct scorer *s, const struct dataset *ds, enum split split)
{
    const int lm = s->net->shape.task == TASK_LM;
    const struct batching how = {.task = s->net->shape.task,
                                 .lanes = lm                  ? 1
                                          : s->opt->lanes > 0 ? s->opt->lanes
                                                              : LANES,
                                 .steps = lm ? CHUNK : 0,
                                 .delay = s->net->shape.delay,
                                 .most = s->opt->most,
                                 .unseen_only = s->opt->unseen_only};
    return batcher_score(ds, split, &how, &s->batcher);
}

static enum status init_plan(struct scorer *s)
{
    const struct score_options *opt = s->opt;
    const struct lstm_net *lstm = &s->net->lstm;
    const int lanes = batcher_max_lanes(s->batcher);
    struct lstm_options o = {.precision = opt->precision,
                             .max_batch = lanes,
                             .max_steps = batcher_max_steps(s->batcher),
                             .threads = opt->threads,
                             .quant = opt->quant,
                             .device = opt->device};
    if (lstm->n_layers == 0)
        return OK;
    TRY(lstm_prepare(opt->backend, lstm, &o, &s->plan));
    TRY(mem_new(&s->h, lstm_h_size(lstm, lanes), sizeof *s->h));
    return mem_new(&s->c, lstm_c_size(lstm, lanes), sizeof *s->c);
}

static enum status scorer_init(struct scorer *s, const struct dataset *ds, enum split split)
{
    const struct net *net = s->net;
    TRY(init_batches(s, ds, split));
    TRY(init_plan(s));
    TRY(pool_new(s->opt->threads > 0 ? s->opt->threads : 1, 0, &s->pool));
    TRY(judge_init(&s->judge, net, ds, s->batcher, s->pool));
    size_t rows = (size_t)batcher_max_steps(s->batcher) * (size_t)batcher_max_lanes(s->batcher);
    TRY(mem_new(&s->x, rows, (size_t)net->shape.n_in * sizeof *s->x));
    return mem_new(&s->y, rows, (size_t)net_n_out(net) * sizeof *s->y);
}

static void scorer_release(struct scorer *s)
{
    lstm_release(s->plan);
    judge_release(&s->judge);
    pool_release(s->pool);
    if (s->batcher != NULL)
        batcher_release(s->batcher);
    mem_free(s->x);
    mem_free(s->y);
    mem_free(s->h);
    mem_free(s->c);
}

/* What layer 0 reads. */
static const float *inputs(struct scorer *s, const struct batch *b)
{
    const struct param *e = net_param(s->net, PARAM_EMBEDDING, 0);
    size_t width = (size_t)s->net->shape.n_in, rows = (size_t)b->steps * (size_t)b->lanes;
    if (e == NULL)
        return b->frames;
    for (size_t i = 0; i < rows; i++)
        memcpy(s->x + i * width, s->net->data + e->at + (size_t)b->tokens[i] * width,
               width * sizeof *s->x);
    return s->x;
}

static enum status score_batch(struct scorer *s, size_t index, struct verdict *sum)
{
    const struct lstm_net *lstm = &s->net->lstm;
    struct batch b;
    TRY(batcher_get(s->batcher, index, &b));
    const float *x = inputs(s, &b), *y = x;
    if (s->plan != NULL) {
        if (!b.carry) {
            memset(s->h, 0, lstm_h_size(lstm, b.lanes) * sizeof *s->h);
            memset(s->c, 0, lstm_c_size(lstm, b.lanes) * sizeof *s->c);
        }
        struct lstm_io io = {.steps = b.steps,
                             .batch = b.lanes,
                             .x = x,
                             .y = s->y,
                             .h = s->h,
                             .c = s->c,
                             .len = b.len};
        TRY(lstm_run(s->plan, &io));
        y = s->y;
    }
    judge_batch(&s->judge, &b, y, sum, s->opt->each);
    return OK;
}

void score_conclude(struct score *s)
{
    const struct verdict *v = &s->sum;
    s->nll = v->nll / (double)v->n;
    s->n = s->metric == METRIC_PPL ? v->n : v->judged;
    const double wrong_pct = 100 * v->wrong / (double)v->judged;
    s->value = s->metric == METRIC_PPL        ? exp(s->nll)
               : s->metric == METRIC_ACCURACY ? 100 - wrong_pct
                                              : wrong_pct;
}

static enum status score_all(struct scorer *s, struct score *out)
{
    size_t count = batcher_count(s->batcher);
    for (size_t i = 0; i < count; i++) {
        TRY(score_batch(s, i, &out->sum));
        if (s->opt->hook != NULL)
            TRY(s->opt->hook(s->opt->ctx, (double)(i + 1) / (double)count));
    }
    score_conclude(out);
    snprintf(out->variant, sizeof out->variant, "%s", "no LSTM");
    if (s->plan == NULL)
        return OK;
    lstm_facts(s->plan, &out->facts);
    snprintf(out->variant, sizeof out->variant, "%s", lstm_variant(s->plan));
    return OK;
}

enum status score_net(const struct net *net, const struct dataset *ds, enum split split,
                      const struct score_options *opt, struct score *out)
{
    struct scorer s = {.net = net, .opt = opt};
    *out = (struct score){.metric = metric_of(net->shape.task)};
    TRY(net_check_data(net, ds));
    enum status st = scorer_init(&s, ds, split);
    if (st == OK)
        st = score_all(&s, out);
    scorer_release(&s);
    return st;
}
