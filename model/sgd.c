#include "model/sgd.h"

#include "kernels/kern.h"

#include <math.h>

enum { GRAIN = 1024, MAX_PARTS = 1024 };

/* One pass over all parameters, each split over the pool. */
struct pass {
    struct net *net;
    const struct bptt *b;
    float *grad;
    float step;
    double sum[MAX_PARTS];
};

/* The part's share of a parameter; of the embedding, in rows of `touched`. */
static void share(const struct pass *w, const struct param *p, int part, int parts, size_t *lo,
                  size_t *hi)
{
    if (p->kind == PARAM_EMBEDDING)
        pool_share(w->b->n_touched, 1, part, parts, lo, hi);
    else
        pool_share(param_size(p), GRAIN, part, parts, lo, hi);
}

static size_t touched_at(const struct pass *w, const struct param *p, size_t i)
{
    return p->at + (size_t)w->b->touched[i] * (size_t)p->cols;
}

static double norm_of(const struct pass *w, const struct param *p, size_t lo, size_t hi)
{
    const uint8_t *keep = param_prunable(p) ? w->net->keep : NULL;
    double sum = 0;
    if (p->kind == PARAM_EMBEDDING) {
        for (; lo < hi; lo++)
            sum += kern_get()->sum_squares(w->grad + touched_at(w, p, lo), (size_t)p->cols);
        return sum;
    }
    for (size_t i = p->at + lo; keep != NULL && i < p->at + hi; i++)
        w->grad[i] = keep[i] ? w->grad[i] : 0;
    return kern_get()->sum_squares(w->grad + p->at + lo, hi - lo);
}

static void norm_part(void *ctx, int part, int parts)
{
    struct pass *w = ctx;
    double sum = 0;
    for (int i = 0; i < w->net->n_params; i++) {
        size_t lo, hi;
        share(w, &w->net->param[i], part, parts, &lo, &hi);
        sum += norm_of(w, &w->net->param[i], lo, hi);
    }
    w->sum[part] = sum;
}

static void update_part(void *ctx, int part, int parts)
{
    struct pass *w = ctx;
    for (int i = 0; i < w->net->n_params; i++) {
        const struct param *p = &w->net->param[i];
        size_t lo, hi;
        share(w, p, part, parts, &lo, &hi);
        if (p->kind != PARAM_EMBEDDING)
            kern_get()->axpy(-w->step, w->grad + p->at + lo, w->net->data + p->at + lo, hi - lo);
        for (; p->kind == PARAM_EMBEDDING && lo < hi; lo++) {
            size_t at = touched_at(w, p, lo);
            kern_get()->axpy(-w->step, w->grad + at, w->net->data + at, (size_t)p->cols);
        }
    }
}

double sgd_norm(struct net *net, const struct bptt *b, float *grad)
{
    struct pass w = {.net = net, .b = b, .grad = grad};
    double sum = 0;
    pool_run(b->pool, norm_part, &w);
    for (int i = 0; i < pool_threads(b->pool); i++)
        sum += w.sum[i];
    return sqrt(sum);
}

/* A pruned weight is +0 with a gradient of +0, and +0 - step*0 is +0 again. */
void sgd_update(struct net *net, const struct bptt *b, float *grad, float step)
{
    struct pass w = {.net = net, .b = b, .grad = grad, .step = step};
    pool_run(b->pool, update_part, &w);
}
