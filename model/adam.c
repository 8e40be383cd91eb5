/* Adam. All rows of an embedding are updated, as moments outlast the gradient; where it was not
 * touched the gradient is zero. */
#include "model/optim_part.h"

#include <math.h>

static const double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;

/* One number of each update. */
struct factors {
    float scale, m_old, m_new, v_old, v_new, step, root, epsilon, left;
};

static void update(const struct factors *f, const float *restrict g, float *restrict m,
                   float *restrict v, float *restrict w, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float gi = g[i] * f->scale;
        m[i] = f->m_old * m[i] + f->m_new * gi;
        v[i] = f->v_old * v[i] + f->v_new * gi * gi;
        w[i] = w[i] * f->left - f->step * m[i] / (sqrtf(v[i]) * f->root + f->epsilon);
    }
}

static int decays(const struct param *p)
{
    return p->kind != PARAM_BIAS && p->kind != PARAM_CLASSIFIER_BIAS && p->kind != PARAM_PEEPHOLE;
}

void adam_part(void *ctx, int part, int parts)
{
    const struct optim_pass *w = ctx;
    const struct net *net = w->o->net;
    double t = (double)w->t;
    struct factors f = {.scale = (float)w->scale,
                        .m_old = (float)beta1,
                        .m_new = (float)(1 - beta1),
                        .v_old = (float)beta2,
                        .v_new = (float)(1 - beta2),
                        .step = (float)(w->lr / (1 - pow(beta1, t))),
                        .root = (float)(1 / sqrt(1 - pow(beta2, t))),
                        .epsilon = (float)epsilon};
    for (int i = 0; i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        size_t lo, hi;
        pool_share(param_size(p), OPTIM_GRAIN, part, parts, &lo, &hi);
        f.left = decays(p) ? (float)(1 - w->lr * w->o->weight_decay) : 1;
        size_t at = p->at + lo;
        update(&f, w->grad + at, w->o->m + at, w->o->v + at, net->data + at, hi - lo);
    }
}
