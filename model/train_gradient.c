/* Loss and gradient of one chunk, for tests. */
#include "model/trainer.h"

#include <string.h>

/* What it takes. */
struct work {
    struct pool *pool;
    struct bptt bptt;
    struct loss loss;
    struct rng rng;
    struct trainer_teacher *teacher;
};

static enum status init(struct work *w, const struct net *net, const struct recipe *r,
                        const struct train_chunk *c, const struct net *teacher)
{
    rng_seed(&w->rng, r->seed, TRAINER_STREAM_DROPOUT);
    TRY(pool_new(r->threads, 0, &w->pool));
    TRY(bptt_init(&w->bptt, net, c->steps, c->lanes, trainer_keep(r), &w->rng, w->pool));
    TRY(loss_init(&w->loss, net, w->pool, c->steps * c->lanes, 1));
    return teacher == NULL
               ? OK
               : trainer_teacher_new(net, teacher, r, c->steps, c->lanes, w->pool, &w->teacher);
}

static double loss_of(struct work *w, const struct train_chunk *c, float *grad)
{
    int rows = c->steps * c->lanes;
    float scale = 1 / (float)c->lanes;
    double nll;
    if (w->teacher == NULL)
        return loss_gradient(&w->loss, rows, w->bptt.y, c->targets, scale, w->bptt.dy, grad);
    bptt_forward(&w->teacher->bptt, c->steps, c->lanes, c->tokens);
    return distill_gradient(&w->teacher->distill, rows, w->bptt.y, w->teacher->bptt.y, c->targets,
                            scale, w->bptt.dy, grad, &nll);
}

enum status train_gradient(const struct net *net, const struct recipe *r,
                           const struct train_chunk *c, const struct net *teacher, float *grad,
                           double *loss)
{
    struct work w = {0};
    enum status s = init(&w, net, r, c, teacher);
    if (s == OK) {
        memset(grad, 0, net->n_data * sizeof *grad);
        bptt_forward(&w.bptt, c->steps, c->lanes, c->tokens);
        *loss = loss_of(&w, c, grad) / c->lanes;
        bptt_backward(&w.bptt, c->tokens, grad);
        net_apply_keep(net, grad);
    }
    loss_release(&w.loss);
    trainer_teacher_release(w.teacher);
    if (w.bptt.net != NULL)
        bptt_release(&w.bptt);
    pool_release(w.pool);
    return s;
}
