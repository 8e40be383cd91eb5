#include "model/trainer.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "model/shadow.h"

#include <math.h>

static const struct net *teacher_of(const struct trainer *t)
{
    return t->recipe->distill != 0 ? t->job->teacher : NULL;
}

/* What decides the result: start weights and mask, data, recipe, version; masks to come,
 * teacher. */
static enum status add_key(const struct trainer *t, struct hash *h)
{
    struct strbuf b = {0};
    const struct net *net = t->net, *teacher = teacher_of(t);
    const struct dataset *ds = t->job->data;
    strbuf_addf(&b, "version=%d data=%s ", TRAIN_VERSION, ds->sha256);
    recipe_text(t->recipe, &b);
    if (ds->cross != 0)
        strbuf_addf(&b, " fold=%d", ds->cross);
    if (net->shape.task != TASK_LM)
        strbuf_addf(&b, " task=%s pool=%s delay=%d", task_name(net->shape.task),
                    pooling_name(net->shape.pooling), net->shape.delay);
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

static enum status check_job(const struct net *net, const struct train_job *job)
{
    TRY(recipe_check(job->recipe));
    TRY(net_check_data(net, job->data));
    if (recipe_scores(job->recipe) && job->valid == NULL)
        return fail(E_USAGE, "training: the recipe needs a score after every epoch");
    if (job->recipe->distill == 0)
        return OK;
    if (job->teacher == NULL)
        return fail(E_USAGE, "training: the recipe has distill=%g but no teacher is given",
                    job->recipe->distill);
    return net_check_data(job->teacher, job->data);
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

static void add_block(struct trainer *t, const char *name, float *at, size_t n, int *is_there)
{
    if (at != NULL)
        t->at.block[t->at.n_blocks++] = (struct checkpoint_block){name, at, n, is_there};
}

/* Only a stream carries state from batch to batch. */
static enum status init_states(struct trainer *t, size_t n, const struct net *teacher)
{
    TRY(mem_new(&t->state, n, sizeof *t->state));
    if (teacher == NULL)
        return OK;
    return mem_new(&t->teacher_state, state_size(teacher, t->bptt.max_lanes),
                   sizeof *t->teacher_state);
}

/* Memory of weights beside the net's own, and what the checkpoint holds. */
static enum status init_blocks(struct trainer *t)
{
    const struct net *teacher = teacher_of(t);
    size_t n = t->net->n_data, n_state = state_size(t->net, t->bptt.max_lanes);
    t->has_shadow = t->job->mask != NULL && t->job->has_shadow;
    t->is_final = t->job->mask == NULL;
    t->at.has_mask = t->job->mask != NULL;
    if (t->net->shape.task == TASK_LM)
        TRY(init_states(t, n_state, teacher));
    if (t->has_shadow)
        TRY(shadow_new(t->net, &t->shadow));
    if (t->recipe->keep_best || t->recipe->stop_after != 0)
        TRY(mem_new(&t->best, n, sizeof *t->best));
    add_block(t, "train.state", t->state, n_state, NULL);
    add_block(t, "train.adam_m", t->optim.m, n, NULL);
    add_block(t, "train.adam_v", t->optim.v, n, NULL);
    add_block(t, "train.shadow", t->shadow, n, &t->has_shadow);
    add_block(t, "train.best", t->best, n, &t->has_best);
    if (teacher != NULL)
        add_block(t, "train.teacher", t->teacher_state, state_size(teacher, t->bptt.max_lanes),
                  NULL);
    return OK;
}

/* Batches, and the work space for the largest of them. */
static enum status init_batches(struct trainer *t)
{
    const struct recipe *r = t->recipe;
    TRY(train_batcher(&t->net->shape, t->job->data, r, &t->batcher));
    t->per_epoch = batcher_count(t->batcher);
    t->steps = (size_t)llround(r->epochs * (double)t->per_epoch);
    const struct objective_size size = {batcher_max_steps(t->batcher),
                                        batcher_max_lanes(t->batcher),
                                        batcher_max_labels(t->batcher)};
    TRY(bptt_init(&t->bptt, t->net, size.steps, size.lanes, trainer_keep(r), &t->at.rng, t->pool));
    TRY(objective_init(&t->objective, t->net, teacher_of(t), r, size, t->pool));
    return OK;
}

enum status trainer_init(struct trainer *t, struct net *net, const struct train_job *job)
{
    const struct recipe *r = job->recipe;
    *t = (struct trainer){.net = net, .job = job, .recipe = r, .start_ns = clock_ns()};
    TRY(check_job(net, job));
    TRY(pool_new(r->threads, 0, &t->pool));
    TRY(init_batches(t));
    TRY(optim_init(&t->optim, r, net));
    TRY(mem_new(&t->grad, net->n_data, sizeof *t->grad));
    t->at.valid = t->at.loss = NAN;
    rate_start(&t->at.rate);
    TRY(init_blocks(t));
    rng_seed(&t->at.rng, r->seed, TRAINER_STREAM_DROPOUT);
    return job_key(t, t->at.job);
}

void trainer_release(struct trainer *t)
{
    if (t->bptt.net != NULL)
        bptt_release(&t->bptt);
    objective_release(&t->objective);
    optim_release(&t->optim);
    if (t->batcher != NULL)
        batcher_release(t->batcher);
    pool_release(t->pool);
    mem_free(t->grad);
    mem_free(t->state);
    mem_free(t->teacher_state);
    mem_free(t->shadow);
    mem_free(t->best);
}

/* The carried states, out of (store = 1) or into the work space. */
static void move_states(struct trainer *t, int store)
{
    struct bptt *const of[] = {&t->bptt,
                               t->teacher_state != NULL ? &t->objective.teacher->bptt : NULL};
    float *const state[] = {t->state, t->teacher_state};
    for (int i = 0; i < 2; i++) {
        if (state[i] == NULL)
            continue;
        if (store)
            bptt_get_state(of[i], t->bptt.max_lanes, state[i]);
        else
            bptt_set_state(of[i], t->bptt.max_lanes, state[i]);
    }
}

enum status trainer_save(struct trainer *t)
{
    if (t->job->checkpoint == NULL)
        return OK;
    move_states(t, 1);
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
    move_states(t, 0);
    return OK;
}
