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

/* The loss, and the gradient of output and classifier. *told gets the NLL alone. */
static double loss_of(struct trainer *t, const struct batch *b, double *told)
{
    int rows = b->steps * b->lanes;
    float scale = 1 / (float)b->lanes;
    if (t->teacher == NULL)
        return *told =
                   loss_gradient(&t->loss, rows, t->bptt.y, b->targets, scale, t->bptt.dy, t->grad);
    struct trainer_teacher *teacher = t->teacher;
    bptt_forward(&teacher->bptt, b->steps, b->lanes, b->tokens);
    bptt_carry(&teacher->bptt);
    return distill_gradient(&teacher->distill, rows, t->bptt.y, teacher->bptt.y, b->targets, scale,
                            t->bptt.dy, t->grad, told);
}

static void reset(struct trainer *t)
{
    bptt_reset(&t->bptt);
    if (t->teacher != NULL)
        bptt_reset(&t->teacher->bptt);
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

static void count(struct trainer *t, const struct batch *b, double nll)
{
    size_t tokens = (size_t)b->steps * (size_t)b->lanes;
    t->at.epoch_nll += nll;
    t->at.epoch_tokens += tokens;
    t->tokens += tokens;
    t->at.step++;
}

enum status trainer_step(struct trainer *t)
{
    struct batch batch;
    double nll;
    int64_t start = clock_ns();
    TRY(trainer_mask(t));
    TRY(batcher_get(t->batcher, t->at.step % t->per_epoch, &batch));
    if (!batch.carry)
        reset(t);
    bptt_forward(&t->bptt, batch.steps, batch.lanes, batch.tokens);
    int64_t before = clock_ns();
    double total = loss_of(t, &batch, &nll);
    t->softmax_ns += clock_ns() - before;
    bptt_backward(&t->bptt, batch.tokens, t->grad);
    t->norm = optim_norm(t->net, &t->bptt, t->has_shadow ? NULL : t->net->keep, t->grad);
    if (!isfinite(total) || !isfinite(nll) || !isfinite(t->norm))
        return fail(E_NUMERIC,
                    "training diverged at chunk %zu (epoch %d): loss %g, gradient norm %g (try a "
                    "lower learning rate or clip)",
                    t->at.step + 1, trainer_epoch(t, t->at.step), nll / (batch.steps * batch.lanes),
                    t->norm);
    update(t);
    count(t, &batch, nll);
    t->busy_ns += clock_ns() - start;
    return OK;
}

struct train_point trainer_point(const struct trainer *t)
{
    const struct recipe *r = t->recipe;
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
        .tokens = t->at.step * (size_t)r->lanes * (size_t)r->steps,
        .loss = t->at.epoch_nll / (double)t->at.epoch_tokens,
        .lr = t->lr,
        .grad_norm = t->norm,
        .tokens_per_s = (double)t->tokens / seconds,
        .gflops = flops / seconds * 1e-9,
        .softmax_share = (double)t->softmax_ns / (double)t->busy_ns,
        .valid_ppl = t->at.valid_ppl,
        .epoch_end = t->at.step % t->per_epoch == 0 || t->at.step == t->steps,
    };
}
