#include "model/logits.h"

#include "kernels/kern.h"

#include <string.h>

enum { GRAIN = 64 };

static const struct param *matrix(const struct logits *l)
{
    return net_param(l->net, PARAM_CLASSIFIER, 0);
}

enum status logits_init(struct logits *l, const struct net *net, struct pool *pool)
{
    *l = (struct logits){.net = net, .pool = pool};
    if (net->shape.n_classes == 0)
        return fail(E_USAGE, "the net has no classifier");
    return tiles_init(&l->tiles, pool);
}

void logits_release(struct logits *l)
{
    tiles_release(&l->tiles);
    *l = (struct logits){0};
}

void logits_make(const struct logits *l, int rows, const float *y, float *z)
{
    const struct param *c = matrix(l);
    const float *bias = l->net->data + net_param(l->net, PARAM_CLASSIFIER_BIAS, 0)->at;
    size_t n = (size_t)c->cols, classes = (size_t)c->rows;
    tiles_gemm(&l->tiles, (struct view){y, n, 1}, (struct view){l->net->data + c->at, 1, n}, rows,
               c->rows, c->cols, 0, z);
    for (size_t row = 0; row < (size_t)rows; row++)
        for (size_t i = 0; i < classes; i++)
            z[row * classes + i] += bias[i];
}

struct job {
    const struct logits *l;
    int rows, add;
    const float *dz;
    float *grad; /* of the bias */
};

static void bias_part(void *ctx, int part, int parts)
{
    const struct job *k = ctx;
    size_t lo, hi, n = (size_t)k->l->net->shape.n_classes;
    pool_share(n, GRAIN, part, parts, &lo, &hi);
    if (!k->add)
        memset(k->grad + lo, 0, (hi - lo) * sizeof *k->grad);
    for (size_t row = 0; row < (size_t)k->rows; row++)
        kern_get()->axpy(1, k->dz + row * n + lo, k->grad + lo, hi - lo);
}

void logits_back(const struct logits *l, int rows, const float *dz, const float *y, int add,
                 float *dy, float *grad)
{
    const struct param *c = matrix(l);
    size_t n = (size_t)c->cols, classes = (size_t)c->rows;
    tiles_gemm(&l->tiles, (struct view){dz, classes, 1}, (struct view){l->net->data + c->at, n, 1},
               rows, c->cols, c->rows, 0, dy);
    tiles_gemm(&l->tiles, (struct view){dz, 1, classes}, (struct view){y, n, 1}, c->rows, c->cols,
               rows, add, grad + c->at);
    struct job job = {l, rows, add, dz, grad + net_param(l->net, PARAM_CLASSIFIER_BIAS, 0)->at};
    pool_run(l->pool, bias_part, &job);
}
