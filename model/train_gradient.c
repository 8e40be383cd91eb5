/* Loss and gradient of one batch, for tests. */
#include "model/trainer.h"

#include <string.h>

/* What it takes. */
struct work {
    struct pool *pool;
    struct bptt bptt;
    struct objective objective;
    struct rng rng;
};

static enum status init(struct work *w, const struct net *net, const struct recipe *r,
                        const struct batch *b, const struct net *teacher)
{
    struct objective_size size = {b->steps, b->lanes, 0};
    for (int i = 0; b->labels != NULL && i < b->lanes; i++) {
        const int n = b->label_start[i + 1] - b->label_start[i];
        size.labels = n > size.labels ? n : size.labels;
    }
    rng_seed(&w->rng, r->seed, TRAINER_STREAM_DROPOUT);
    TRY(pool_new(r->threads, 0, &w->pool));
    TRY(bptt_init(&w->bptt, net, b->steps, b->lanes, trainer_keep(r), &w->rng, w->pool));
    return objective_init(&w->objective, net, teacher, r, size, w->pool);
}

enum status train_gradient(const struct net *net, const struct recipe *r, const struct batch *b,
                           const struct net *teacher, float *grad, double *loss)
{
    struct work w = {0};
    struct objective_sum sum;
    enum status s = init(&w, net, r, b, teacher);
    if (s == OK) {
        memset(grad, 0, net->n_data * sizeof *grad);
        bptt_forward(&w.bptt, b);
        objective_gradient(&w.objective, b, &w.bptt, grad, &sum);
        *loss = sum.loss;
        bptt_backward(&w.bptt, b, grad);
        net_apply_keep(net, grad);
    }
    objective_release(&w.objective);
    if (w.bptt.net != NULL)
        bptt_release(&w.bptt);
    pool_release(w.pool);
    return s;
}
