#include "model/train.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "model/metric.h"
#include "model/trainer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void train_init(struct net *net, const struct recipe *recipe)
{
    struct rng r;
    rng_seed(&r, recipe->seed, TRAINER_STREAM_INIT);
    for (int i = 0; i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        size_t n_hid = param_size(p) / 4; /* I F G O */
        if (p->kind != PARAM_BIAS && p->kind != PARAM_CLASSIFIER_BIAS)
            rng_uniform(&r, net->data + p->at, param_size(p), (float)-recipe->init,
                        (float)recipe->init);
        for (size_t j = n_hid; p->kind == PARAM_BIAS && j < 2 * n_hid; j++)
            net->data[p->at + j] = (float)recipe->forget_bias;
    }
}

/* The metric as what is made less, and back. */
static double cost_of(const struct trainer *t, double metric)
{
    return metric_cost(metric_of(t->net->shape.task), metric);
}

/* Scores the epoch that has ended. While a mask still moves no score counts: the net is another one
 * afterwards. */
static enum status validate(struct trainer *t)
{
    const struct train_job *job = t->job;
    if (job->valid == NULL)
        return OK;
    TRY(job->valid(job->ctx, t->net, &t->at.valid));
    t->at.valid_due = isnan(t->at.valid) && interrupt_pending();
    if (t->at.valid_due || !t->is_final)
        return OK;
    if (rate_score(&t->at.rate, t->recipe, cost_of(t, t->at.valid)) && t->best != NULL) {
        memcpy(t->best, t->net->data, t->net->n_data * sizeof *t->best);
        t->has_best = 1;
    }
    return OK;
}

/* After a chunk: validation at the end of an epoch, the hook, a checkpoint when it is time. */
static enum status after_step(struct trainer *t)
{
    const struct train_job *job = t->job;
    struct train_point p = trainer_point(t);
    if (p.epoch_end) {
        TRY(validate(t));
        p.valid = t->at.valid;
    }
    t->at.loss = p.loss;
    if (p.epoch_end) {
        t->at.epoch_nll = 0;
        t->at.epoch_tokens = 0;
    }
    double period = job->checkpoint_s > 0 ? job->checkpoint_s : 60;
    if (p.epoch_end || (double)(clock_ns() - t->saved_ns) * 1e-9 > period)
        TRY(trainer_save(t));
    return job->hook != NULL ? job->hook(job->ctx, &p) : OK;
}

/* A score that decides something is waited for, if a signal came while it was taken. */
static int is_done(const struct trainer *t)
{
    if (t->at.valid_due && recipe_scores(t->recipe))
        return 0;
    return t->at.step >= t->steps || rate_stops(&t->at.rate, t->recipe);
}

static enum status loop(struct trainer *t)
{
    t->start_ns = t->saved_ns = clock_ns();
    while (!is_done(t)) {
        if (interrupt_pending()) {
            TRY(trainer_save(t));
            return fail(E_INTERRUPTED, "interrupted at chunk %zu of %zu%s%s", t->at.step, t->steps,
                        t->job->checkpoint != NULL ? "; go on with --resume from " : "",
                        t->job->checkpoint != NULL ? t->job->checkpoint : "");
        }
        if (t->at.valid_due) {
            TRY(validate(t));
            continue;
        }
        TRY(trainer_step(t));
        TRY(after_step(t));
    }
    return OK;
}

/* The best weights, if they are kept; a mask that is due after the last update. */
static enum status finish(struct trainer *t)
{
    if (t->has_best) {
        memcpy(t->net->data, t->best, t->net->n_data * sizeof *t->best);
        t->at.valid = cost_of(t, t->at.rate.best);
    }
    TRY(trainer_mask(t));
    return net_check_finite(t->net);
}

enum status train_run(struct net *net, const struct train_job *job, struct train_result *out)
{
    struct trainer t;
    *out = (struct train_result){.loss = NAN, .valid = NAN};
    enum status s = trainer_init(&t, net, job);
    if (s == OK)
        s = trainer_resume(&t);
    if (s == OK)
        net_weights_changed(net);
    if (s == OK)
        s = loop(&t);
    if (s == OK)
        s = finish(&t);
    out->loss = t.at.loss;
    out->valid = t.at.valid;
    out->infeasible = t.infeasible;
    if (t.batcher != NULL)
        out->tokens = t.at.step * batcher_tokens(t.batcher) / t.per_epoch;
    out->seconds = (double)(clock_ns() - t.start_ns) * 1e-9;
    trainer_release(&t);
    return s;
}
