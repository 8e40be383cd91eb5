#include "model/trainer.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "model/shadow.h"

#include <math.h>

/* What decides the result: start weights and mask, data, recipe, version; masks to come, teacher. */
static enum status add_key(const struct trainer *t, struct hash *h)
{
    struct strbuf b = {0};
    const struct net *net = t->net, *teacher = t->teacher != NULL ? t->job->teacher : NULL;
    strbuf_addf(&b, "version=%d data=%s ", TRAIN_VERSION, t->job->data->sha256);
    recipe_text(t->recipe, &b);
    if (t->job->mask != NULL)
        strbuf_addf(&b, " mask=%s", t->job->mask_text);
    enum status s = strbuf_check(&b);
    if (s == OK)
        s = hash_add(h, b.s, b.n);
    strbuf_release(&b);
    TRY(s);
    TRY(hash_add(h, net->data, net->n_data * sizeof *net->data));
    if (net->keep != NULL)
        TRY(hash_add(h, net->keep, net->n_data));
    if (net->shape.tied)
        TRY(hash_add(h, "tied", 4));
    return teacher != NULL ? hash_add(h, teacher->data, teacher->n_data * sizeof *teacher->data)
                           : OK;
}

static enum status job_key(const struct trainer *t, char hex[HASH_HEX])
{
    struct hash *h;
    TRY(hash_begin(&h));
    enum status s = add_key(t, h);
    if (s == OK)
        return hash_end(h, hex);
    hash_drop(h);
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

static enum status check_job(const struct net *net, const struct train_job *job)
{
    TRY(recipe_check(job->recipe));
    TRY(check_net(net, job->data));
    if (recipe_scores(job->recipe) && job->valid == NULL)
        return fail(E_USAGE, "training: the recipe needs a score after every epoch");
    if (job->recipe->distill == 0)
        return OK;
    if (job->teacher == NULL)
        return fail(E_USAGE, "training: the recipe has distill=%g but no teacher is given",
                    job->recipe->distill);
    return check_net(job->teacher, job->data);
}

struct bptt_keep trainer_keep(const struct recipe *r)
{
    struct recipe_keep k = recipe_keeps(r);
    return (struct bptt_keep){(float)k.in, (float)k.between, (float)k.out};
}

static size_t state_size(const struct net *net, int lanes)
{
    return lstm_h_size(&net->lstm, lanes) + lstm_c_size(&net->lstm, lanes);
}

enum status trainer_teacher_new(const struct net *net, const struct net *teacher,
                                const struct recipe *r, int steps, int lanes, struct pool *pool,
                                struct trainer_teacher **out)
{
    struct trainer_teacher *t;
    TRY(mem_new(&t, 1, sizeof *t));
    *out = t;
    TRY(mem_new(&t->state, state_size(teacher, lanes), sizeof *t->state));
    TRY(bptt_init(&t->bptt, teacher, steps, lanes, (struct bptt_keep){1, 1, 1}, NULL, pool));
    return distill_init(&t->distill, net, teacher, r->distill, r->temperature, pool);
}

void trainer_teacher_release(struct trainer_teacher *t)
{
    if (t == NULL)
        return;
    if (t->bptt.net != NULL)
        bptt_release(&t->bptt);
    distill_release(&t->distill);
    mem_free(t->state);
    mem_free(t);
}

static void add_block(struct trainer *t, const char *name, float *at, size_t n, int *is_there)
{
    if (at != NULL)
        t->at.block[t->at.n_blocks++] = (struct checkpoint_block){name, at, n, is_there};
}

/* Memory of weights beside the net's own, and what the checkpoint holds. */
static enum status init_blocks(struct trainer *t)
{
    size_t n = t->net->n_data, n_state = state_size(t->net, t->recipe->lanes);
    t->has_shadow = t->job->mask != NULL && t->job->has_shadow;
    t->is_final = t->job->mask == NULL;
    t->at.has_mask = t->job->mask != NULL;
    TRY(mem_new(&t->state, n_state, sizeof *t->state));
    if (t->has_shadow)
        TRY(shadow_new(t->net, &t->shadow));
    if (t->recipe->keep_best || t->recipe->stop_after != 0)
        TRY(mem_new(&t->best, n, sizeof *t->best));
    add_block(t, "train.state", t->state, n_state, NULL);
    add_block(t, "train.adam_m", t->optim.m, n, NULL);
    add_block(t, "train.adam_v", t->optim.v, n, NULL);
    add_block(t, "train.shadow", t->shadow, n, &t->has_shadow);
    add_block(t, "train.best", t->best, n, &t->has_best);
    if (t->teacher != NULL)
        add_block(t, "train.teacher", t->teacher->state,
                  state_size(t->job->teacher, t->recipe->lanes), NULL);
    return OK;
}

enum status trainer_init(struct trainer *t, struct net *net, const struct train_job *job)
{
    const struct recipe *r = job->recipe;
    *t = (struct trainer){.net = net, .job = job, .recipe = r, .start_ns = clock_ns()};
    TRY(check_job(net, job));
    TRY(batcher_lm_train(job->data, SPLIT_TRAIN, r->lanes, r->steps, &t->batcher));
    TRY(pool_new(r->threads, 0, &t->pool));
    TRY(bptt_init(&t->bptt, net, r->steps, r->lanes, trainer_keep(r), &t->at.rng, t->pool));
    TRY(loss_init(&t->loss, net, t->pool, r->steps * r->lanes, 1));
    TRY(optim_init(&t->optim, r, net));
    if (r->distill != 0)
        TRY(trainer_teacher_new(net, job->teacher, r, r->steps, r->lanes, t->pool, &t->teacher));
    TRY(mem_new(&t->grad, net->n_data, sizeof *t->grad));
    t->per_epoch = batcher_count(t->batcher);
    t->steps = (size_t)llround(r->epochs * (double)t->per_epoch);
    t->at.valid_ppl = t->at.loss = NAN;
    rate_start(&t->at.rate);
    TRY(init_blocks(t));
    rng_seed(&t->at.rng, r->seed, TRAINER_STREAM_DROPOUT);
    return job_key(t, t->at.job);
}

void trainer_release(struct trainer *t)
{
    if (t->bptt.net != NULL)
        bptt_release(&t->bptt);
    loss_release(&t->loss);
    optim_release(&t->optim);
    trainer_teacher_release(t->teacher);
    if (t->batcher != NULL)
        batcher_release(t->batcher);
    pool_release(t->pool);
    mem_free(t->grad);
    mem_free(t->state);
    mem_free(t->shadow);
    mem_free(t->best);
}

enum status trainer_save(struct trainer *t)
{
    if (t->job->checkpoint == NULL)
        return OK;
    bptt_get_state(&t->bptt, t->recipe->lanes, t->state);
    if (t->teacher != NULL)
        bptt_get_state(&t->teacher->bptt, t->recipe->lanes, t->teacher->state);
    enum status s = checkpoint_save(t->job->checkpoint, t->net, &t->at);
    if (s == E_NUMERIC)
        return fail_in(s,
                       "training diverged at chunk %zu: gradient norm %g (try a lower learning "
                       "rate or clip)",
                       t->at.step, t->norm);
    TRY(s);
    t->saved_ns = clock_ns();
    return OK;
}

enum status trainer_resume(struct trainer *t)
{
    const char *path = t->job->checkpoint;
    if (!t->job->resume || path == NULL || !file_exists(path))
        return OK;
    TRY(checkpoint_load(path, t->net, &t->at));
    if (t->at.step > t->steps)
        return fail(E_FORMAT, "%s: stands at chunk %zu of %zu", path, t->at.step, t->steps);
    bptt_set_state(&t->bptt, t->recipe->lanes, t->state);
    if (t->teacher != NULL)
        bptt_set_state(&t->teacher->bptt, t->recipe->lanes, t->teacher->state);
    return OK;
}
