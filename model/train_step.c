/* One update of a training, and what is told of it. */
#include "base/clock.h"
#include "base/mem.h"
#include "model/shadow.h"
#include "model/trainer.h"

#include <math.h>

int trainer_epoch(const struct trainer *t, size_t step)
{
    return (int)(step / t->per_epoch) + 1;
}

enum status trainer_mask(struct trainer *t)
{
    const struct train_job *job = t->job;
    struct train_mask done = {0};
    if (t->is_final)
        return OK;
    TRY(job->mask(job->mask_ctx, t->net, t->at.step, t->steps, t->has_shadow ? t->shadow : NULL,
                  &done));
    t->is_final = done.is_final;
    t->has_shadow = t->has_shadow && !done.is_final;
    if ((done.moved || done.is_final) && !t->has_shadow)
        optim_mask(&t->optim);
    return OK;
}

static void reset(struct trainer *t)
{
    bptt_reset(&t->bptt);
    objective_reset(&t->objective);
}

/* Under a mask that moves all weights are updated, else those that are kept. */
static void update(struct trainer *t)
{
    const struct recipe *r = t->recipe;
    double scale = r->clip > 0 && t->norm > r->clip ? r->clip / t->norm : 1;
    t->lr = rate_at(r, &t->at.rate, t->at.step, t->steps, trainer_epoch(t, t->at.step));
    if (t->has_shadow)
        shadow_lay(t->net, t->shadow);
    optim_step(&t->optim, &t->bptt, t->grad, t->lr, scale, t->at.step + 1);
    if (t->has_shadow)
        shadow_take(t->net, t->shadow);
    bptt_clear_touched(&t->bptt, t->grad);
}

/* Steps of all lanes, padding not counted. */
static size_t steps_of(const struct batch *b)
{
    size_t n = 0;
    for (int i = 0; i < b->lanes; i++)
        n += (size_t)(b->len != NULL ? b->len[i] : b->steps);
    return n;
}

static void count(struct trainer *t, const struct batch *b, const struct objective_sum *sum)
{
    t->at.epoch_nll += sum->nll;
    t->at.epoch_tokens += sum->n;
    t->tokens += steps_of(b);
    t->infeasible += sum->infeasible;
    t->at.step++;
}

/* The batch of the update to come; an epoch lays them out in an order of its own. */
static enum status next(struct trainer *t, struct batch *out)
{
    const int epoch = trainer_epoch(t, t->at.step) - 1;
    if (epoch != t->laid_out)
        TRY(batcher_epoch(t->batcher, epoch));
    t->laid_out = epoch;
    return batcher_get(t->batcher, t->at.step % t->per_epoch, out);
}

enum status trainer_step(struct trainer *t)
{
    struct batch batch;
    struct objective_sum sum;
    int64_t start = clock_ns();
    TRY(trainer_mask(t));
    TRY(next(t, &batch));
    if (!batch.carry)
        reset(t);
    bptt_forward(&t->bptt, &batch);
    int64_t before = clock_ns();
    objective_gradient(&t->objective, &batch, &t->bptt, t->grad, &sum);
    t->softmax_ns += clock_ns() - before;
    bptt_backward(&t->bptt, &batch, t->grad);
    t->norm = optim_norm(t->net, &t->bptt, t->has_shadow ? NULL : t->net->keep, t->grad);
    if (!isfinite(sum.loss) || !isfinite(sum.nll) || !isfinite(t->norm))
        return fail(E_NUMERIC,
                    "training diverged at chunk %zu (epoch %d): loss %g, gradient norm %g (try a "
                    "lower learning rate or clip)",
                    t->at.step + 1, trainer_epoch(t, t->at.step), sum.nll / (double)sum.n, t->norm);
    update(t);
    count(t, &batch, &sum);
    t->busy_ns += clock_ns() - start;
    return OK;
}

struct train_point trainer_point(const struct trainer *t)
{
    double seconds = (double)t->busy_ns * 1e-9;
    /* a weight of a matrix is multiplied once forward and twice backward, two operations each */
    double flops = 6 * (double)t->tokens *
                   ((double)lstm_n_weights(&t->net->lstm) +
                    (double)param_size(net_param(t->net, PARAM_CLASSIFIER, 0)));
    return (struct train_point){
        .epoch = trainer_epoch(t, t->at.step - 1),
        .step = t->at.step,
        .steps = t->steps,
        .fraction = (double)t->at.step / (double)t->steps,
        .tokens = t->at.step * batcher_tokens(t->batcher) / t->per_epoch,
        .infeasible = t->infeasible,
        .loss = t->at.epoch_nll / (double)t->at.epoch_tokens,
        .lr = t->lr,
        .grad_norm = t->norm,
        .tokens_per_s = (double)t->tokens / seconds,
        .gflops = flops / seconds * 1e-9,
        .softmax_share = (double)t->softmax_ns / (double)t->busy_ns,
        .valid = t->at.valid,
        .epoch_end = t->at.step % t->per_epoch == 0 || t->at.step == t->steps,
    };
}
