/* Stochastic gradient descent. */
#include "kernels/kern.h"
#include "model/optim_part.h"

/* A pruned weight is +0 with a gradient of +0, and +0 - step*0 is +0 again. */
void sgd_part(void *ctx, int part, int parts)
{
    struct optim_pass *w = ctx;
    struct net *net = w->o->net;
    float step = (float)(w->lr * w->scale);
    for (int i = 0; i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        size_t lo, hi;
        optim_share(net, w->b, p, part, parts, &lo, &hi);
        if (!optim_is_sparse(net, p))
            kern_get()->axpy(-step, w->grad + p->at + lo, net->data + p->at + lo, hi - lo);
        for (; optim_is_sparse(net, p) && lo < hi; lo++) {
            size_t at = optim_touched(w->b, p, lo);
            kern_get()->axpy(-step, w->grad + at, net->data + at, (size_t)p->cols);
        }
    }
}
