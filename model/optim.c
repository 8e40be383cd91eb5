#include "model/optim.h"

#include "base/mem.h"
#include "kernels/kern.h"
#include "model/optim_part.h"

#include <math.h>

enum { MAX_PARTS = 1024 };

enum status optim_init(struct optim *o, const struct recipe *r, struct net *net)
{
    *o = (struct optim){.kind = r->optimizer, .weight_decay = r->weight_decay, .net = net};
    if (o->kind == OPTIMIZER_SGD)
        return OK;
    TRY(mem_new(&o->m, net->n_data, sizeof *o->m));
    return mem_new(&o->v, net->n_data, sizeof *o->v);
}

void optim_release(struct optim *o)
{
    mem_free(o->m);
    mem_free(o->v);
    *o = (struct optim){0};
}

int optim_is_sparse(const struct net *net, const struct param *p)
{
    return p->kind == PARAM_EMBEDDING && !net->shape.tied;
}

void optim_share(const struct net *net, const struct bptt *b, const struct param *p, int part,
                 int parts, size_t *lo, size_t *hi)
{
    if (optim_is_sparse(net, p))
        pool_share(b->n_touched, 1, part, parts, lo, hi);
    else
        pool_share(param_size(p), OPTIM_GRAIN, part, parts, lo, hi);
}

size_t optim_touched(const struct bptt *b, const struct param *p, size_t i)
{
    return p->at + (size_t)b->touched[i] * (size_t)p->cols;
}

struct norm {
    const struct net *net;
    const struct bptt *b;
    const uint8_t *keep;
    float *grad;
    double sum[MAX_PARTS];
};

static double norm_of(const struct norm *w, const struct param *p, size_t lo, size_t hi)
{
    const uint8_t *keep = param_prunable(p) ? w->keep : NULL;
    double sum = 0;
    if (optim_is_sparse(w->net, p)) {
        for (; lo < hi; lo++)
            sum += kern_get()->sum_squares(w->grad + optim_touched(w->b, p, lo), (size_t)p->cols);
        return sum;
    }
    for (size_t i = p->at + lo; keep != NULL && i < p->at + hi; i++)
        w->grad[i] = keep[i] ? w->grad[i] : 0;
    return kern_get()->sum_squares(w->grad + p->at + lo, hi - lo);
}

static void norm_part(void *ctx, int part, int parts)
{
    struct norm *w = ctx;
    double sum = 0;
    for (int i = 0; i < w->net->n_params; i++) {
        size_t lo, hi;
        optim_share(w->net, w->b, &w->net->param[i], part, parts, &lo, &hi);
        sum += norm_of(w, &w->net->param[i], lo, hi);
    }
    w->sum[part] = sum;
}

double optim_norm(const struct net *net, const struct bptt *b, const uint8_t *keep, float *grad)
{
    struct norm w = {.net = net, .b = b, .keep = keep, .grad = grad};
    double sum = 0;
    pool_run(b->pool, norm_part, &w);
    for (int i = 0; i < pool_threads(b->pool); i++)
        sum += w.sum[i];
    return sqrt(sum);
}

void optim_step(struct optim *o, const struct bptt *b, float *grad, double lr, double scale,
                size_t t)
{
    struct optim_pass w = {.o = o, .b = b, .grad = grad, .lr = lr, .scale = scale, .t = t};
    pool_run(b->pool, o->kind == OPTIMIZER_ADAM ? adam_part : sgd_part, &w);
}

void optim_mask(struct optim *o)
{
    if (o->kind != OPTIMIZER_ADAM)
        return;
    net_apply_keep(o->net, o->m);
    net_apply_keep(o->net, o->v);
}
