#include "model/sgd.h"

#include "kernels/kern.h"

#include <math.h>

double sgd_norm(const struct net *net, const struct bptt *b, float *grad)
{
    const struct kern *k = kern_get();
    double sum = 0;
    net_apply_keep(net, grad);
    for (int i = 0; i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        if (p->kind != PARAM_EMBEDDING) {
            sum += k->sum_squares(grad + p->at, param_size(p));
            continue;
        }
        for (size_t j = 0; j < b->n_touched; j++)
            sum += k->sum_squares(grad + p->at + (size_t)b->touched[j] * (size_t)p->cols,
                                  (size_t)p->cols);
    }
    return sqrt(sum);
}

struct update {
    struct net *net;
    const struct param *p;
    const float *grad;
    float step;
};

static void update_part(void *ctx, int part, int parts)
{
    const struct update *u = ctx;
    size_t lo, hi;
    pool_share(param_size(u->p), 16, part, parts, &lo, &hi);
    kern_get()->axpy(-u->step, u->grad + u->p->at + lo, u->net->data + u->p->at + lo, hi - lo);
}

/* A pruned weight is +0 with a gradient of +0, and +0 - step*0 is +0 again. */
void sgd_update(struct net *net, const struct bptt *b, const float *grad, float step)
{
    for (int i = 0; i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        if (p->kind != PARAM_EMBEDDING) {
            struct update u = {net, p, grad, step};
            pool_run(b->pool, update_part, &u);
            continue;
        }
        for (size_t j = 0; j < b->n_touched; j++) {
            size_t at = p->at + (size_t)b->touched[j] * (size_t)p->cols;
            kern_get()->axpy(-step, grad + at, net->data + at, (size_t)p->cols);
        }
    }
}
