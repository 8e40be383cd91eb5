#include "model/train.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "datasets/batch.h"
#include "model/bptt.h"
#include "model/checkpoint.h"
#include "model/loss.h"
#include "model/sgd.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { STREAM_INIT = 1, STREAM_DROPOUT = 2 };

struct trainer {
    struct net *net;
    const struct train_job *job;
    const struct recipe *recipe;
    struct batcher *batcher;
    struct pool *pool;
    struct bptt bptt;
    struct loss loss;
    float *grad;          /* [n_data] */
    size_t per_epoch;     /* chunks of one epoch */
    size_t steps;         /* chunks in all */
    struct checkpoint at; /* where training stands; .rng is the live generator */
    size_t tokens, start_step;
    int64_t start_ns, saved_ns;
};

void train_init(struct net *net, const struct recipe *recipe)
{
    struct rng r;
    rng_seed(&r, recipe->seed, STREAM_INIT);
    for (int i = 0; i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        if (p->kind != PARAM_BIAS && p->kind != PARAM_CLASSIFIER_BIAS)
            rng_uniform(&r, net->data + p->at, param_size(p), (float)-recipe->init,
                        (float)recipe->init);
    }
}

/* What decides the result: start weights and mask, data, recipe, version. */
static enum status job_key(const struct trainer *t, char hex[HASH_HEX])
{
    struct strbuf b = {0};
    struct hash *h;
    strbuf_addf(&b, "version=%d data=%s ", TRAIN_VERSION, t->job->data->sha256);
    recipe_text(t->recipe, &b);
    enum status s = strbuf_check(&b);
    if (s == OK)
        s = hash_begin(&h);
    if (s == OK) {
        s = hash_add(h, b.s, b.n);
        if (s == OK)
            s = hash_add(h, t->net->data, t->net->n_data * sizeof *t->net->data);
        if (s == OK && t->net->keep != NULL)
            s = hash_add(h, t->net->keep, t->net->n_data);
        if (s == OK)
            s = hash_end(h, hex);
        else
            hash_drop(h);
    }
    strbuf_release(&b);
    return s;
}

static enum status check_net(const struct net *net, const struct dataset *ds)
{
    int words = (int)vocab_size(ds->vocab);
    if (net->shape.task != TASK_LM || ds->task != TASK_LM)
        return fail(E_USAGE, "training: task %s is not in this build (lm is)",
                    task_name(net->shape.task != TASK_LM ? net->shape.task : ds->task));
    if (net->shape.n_vocab != words || net->shape.n_classes != words)
        return fail(E_FORMAT,
                    "the net has an embedding of %d and a classifier of %d rows, but %s "
                    "has %d words",
                    net->shape.n_vocab, net->shape.n_classes, ds->name, words);
    return OK;
}

static enum status trainer_init(struct trainer *t, struct net *net, const struct train_job *job)
{
    const struct recipe *r = job->recipe;
    *t = (struct trainer){.net = net, .job = job, .recipe = r, .start_ns = clock_ns()};
    TRY(recipe_check(r));
    TRY(check_net(net, job->data));
    TRY(batcher_lm_train(job->data, SPLIT_TRAIN, r->lanes, r->steps, &t->batcher));
    TRY(pool_new(r->threads, 0, &t->pool));
    TRY(bptt_init(&t->bptt, net, r->steps, r->lanes, (float)r->keep, &t->at.rng, t->pool));
    TRY(loss_init(&t->loss, net, t->pool, r->steps * r->lanes, 1));
    TRY(mem_new(&t->grad, net->n_data, sizeof *t->grad));
    t->per_epoch = batcher_count(t->batcher);
    t->steps = (size_t)llround(r->epochs * (double)t->per_epoch);
    t->at.n_state = lstm_h_size(&net->lstm, r->lanes) + lstm_c_size(&net->lstm, r->lanes);
    t->at.valid_ppl = NAN;
    TRY(mem_new(&t->at.state, t->at.n_state, sizeof *t->at.state));
    rng_seed(&t->at.rng, r->seed, STREAM_DROPOUT);
    return job_key(t, t->at.job);
}

static void trainer_release(struct trainer *t)
{
    if (t->bptt.net != NULL)
        bptt_release(&t->bptt);
    loss_release(&t->loss);
    if (t->batcher != NULL)
        batcher_release(t->batcher);
    pool_release(t->pool);
    mem_free(t->grad);
    mem_free(t->at.state);
}

static enum status save(struct trainer *t)
{
    if (t->job->checkpoint == NULL)
        return OK;
    bptt_get_state(&t->bptt, t->recipe->lanes, t->at.state);
    TRY(checkpoint_save(t->job->checkpoint, t->net, &t->at));
    t->saved_ns = clock_ns();
    return OK;
}

static enum status resume(struct trainer *t)
{
    const char *path = t->job->checkpoint;
    if (!t->job->resume || path == NULL || !file_exists(path))
        return OK;
    TRY(checkpoint_load(path, t->net, &t->at));
    if (t->at.step > t->steps)
        return fail(E_FORMAT, "%s: stands at chunk %zu of %zu", path, t->at.step, t->steps);
    bptt_set_state(&t->bptt, t->recipe->lanes, t->at.state);
    return OK;
}

static int epoch_of(const struct trainer *t, size_t step)
{
    return (int)(step / t->per_epoch) + 1;
}

/* One chunk: forward, loss, backward, clip, update. */
static enum status one_step(struct trainer *t)
{
    const struct recipe *r = t->recipe;
    struct batch batch;
    int epoch = epoch_of(t, t->at.step);
    TRY(batcher_get(t->batcher, t->at.step % t->per_epoch, &batch));
    if (!batch.carry)
        bptt_reset(&t->bptt);
    bptt_forward(&t->bptt, batch.steps, batch.lanes, batch.tokens);
    double nll = loss_gradient(&t->loss, batch.steps * batch.lanes, t->bptt.y, batch.targets,
                               1 / (float)batch.lanes, t->bptt.dy, t->grad);
    bptt_backward(&t->bptt, batch.tokens, t->grad);
    double norm = sgd_norm(t->net, &t->bptt, t->grad);
    if (!isfinite(nll) || !isfinite(norm))
        return fail(E_NUMERIC,
                    "training diverged at chunk %zu (epoch %d): loss %g, gradient norm %g (try a "
                    "lower learning rate or clip)",
                    t->at.step + 1, epoch, nll / (batch.steps * batch.lanes), norm);
    double lr = r->lr * pow(r->decay, epoch > r->decay_after ? epoch - r->decay_after : 0);
    double scale = r->clip > 0 && norm > r->clip ? r->clip / norm : 1;
    sgd_update(t->net, &t->bptt, t->grad, (float)(lr * scale));
    bptt_clear_touched(&t->bptt, t->grad);
    t->at.epoch_nll += nll;
    t->at.epoch_tokens += (size_t)batch.steps * (size_t)batch.lanes;
    t->tokens += (size_t)batch.steps * (size_t)batch.lanes;
    t->at.step++;
    return OK;
}

static struct train_point point(const struct trainer *t)
{
    double seconds = (double)(clock_ns() - t->start_ns) * 1e-9;
    int epoch_end = t->at.step % t->per_epoch == 0 || t->at.step == t->steps;
    return (struct train_point){
        .epoch = epoch_of(t, t->at.step - 1),
        .step = t->at.step,
        .steps = t->steps,
        .fraction = (double)t->at.step / (double)t->steps,
        .loss = t->at.epoch_nll / (double)t->at.epoch_tokens,
        .tokens_per_s = (double)t->tokens / seconds,
        .valid_ppl = t->at.valid_ppl,
        .epoch_end = epoch_end,
    };
}

/* After a chunk: validation at the end of an epoch, the hook, a checkpoint when it is time. */
static enum status after_step(struct trainer *t, struct train_result *out)
{
    const struct train_job *job = t->job;
    struct train_point p = point(t);
    if (p.epoch_end && job->valid != NULL) {
        TRY(job->valid(job->ctx, t->net, &t->at.valid_ppl));
        p.valid_ppl = t->at.valid_ppl;
    }
    out->loss = p.loss;
    if (p.epoch_end) {
        t->at.epoch_nll = 0;
        t->at.epoch_tokens = 0;
    }
    double period = job->checkpoint_s > 0 ? job->checkpoint_s : 60;
    if (p.epoch_end || (double)(clock_ns() - t->saved_ns) * 1e-9 > period)
        TRY(save(t));
    return job->hook != NULL ? job->hook(job->ctx, &p) : OK;
}

static enum status loop(struct trainer *t, struct train_result *out)
{
    t->start_ns = t->saved_ns = clock_ns();
    while (t->at.step < t->steps) {
        if (interrupt_pending()) {
            TRY(save(t));
            return fail(E_INTERRUPTED, "interrupted at chunk %zu of %zu%s%s", t->at.step, t->steps,
                        t->job->checkpoint != NULL ? "; go on with --resume from " : "",
                        t->job->checkpoint != NULL ? t->job->checkpoint : "");
        }
        TRY(one_step(t));
        TRY(after_step(t, out));
    }
    return OK;
}

enum status train_run(struct net *net, const struct train_job *job, struct train_result *out)
{
    struct trainer t;
    *out = (struct train_result){.loss = NAN, .valid_ppl = NAN};
    enum status s = trainer_init(&t, net, job);
    if (s == OK)
        s = resume(&t);
    if (s == OK)
        net_weights_changed(net);
    if (s == OK)
        s = loop(&t, out);
    out->valid_ppl = t.at.valid_ppl;
    out->tokens = t.steps * (size_t)job->recipe->lanes * (size_t)job->recipe->steps;
    out->seconds = (double)(clock_ns() - t.start_ns) * 1e-9;
    trainer_release(&t);
    return s;
}

enum status train_gradient(const struct net *net, int steps, int lanes, const int32_t *tokens,
                           const int32_t *targets, double keep, uint64_t seed, int threads,
                           float *grad, double *loss)
{
    struct pool *pool = NULL;
    struct bptt b = {0};
    struct loss l = {0};
    struct rng rng;
    rng_seed(&rng, seed, STREAM_DROPOUT);
    enum status s = pool_new(threads, 0, &pool);
    if (s == OK)
        s = bptt_init(&b, net, steps, lanes, (float)keep, &rng, pool);
    if (s == OK)
        s = loss_init(&l, net, pool, steps * lanes, 1);
    if (s == OK) {
        memset(grad, 0, net->n_data * sizeof *grad);
        bptt_forward(&b, steps, lanes, tokens);
        *loss =
            loss_gradient(&l, steps * lanes, b.y, targets, 1 / (float)lanes, b.dy, grad) / lanes;
        bptt_backward(&b, tokens, grad);
        net_apply_keep(net, grad);
    }
    loss_release(&l);
    if (b.net != NULL)
        bptt_release(&b);
    pool_release(pool);
    return s;
}
