#include "model/loss.h"

#include "base/mem.h"
#include "datasets/batch.h"
#include "kernels/gemm.h"
#include "kernels/kern.h"

#include <string.h>

enum status loss_init(struct loss *s, const struct net *net, struct pool *pool)
{
    *s = (struct loss){.net = net, .pool = pool};
    if (net->shape.n_classes == 0)
        return fail(E_USAGE, "the net has no classifier");
    enum status st = mem_new(&s->logits, LOSS_ROWS, (size_t)net->shape.n_classes * sizeof(float));
    if (st == OK)
        st = mem_new(&s->nll, LOSS_ROWS, sizeof *s->nll);
    if (st != OK)
        loss_release(s);
    return st;
}

void loss_release(struct loss *s)
{
    mem_free(s->logits);
    mem_free(s->nll);
    *s = (struct loss){0};
}

static const struct param *classifier(const struct loss *s)
{
    return net_param(s->net, PARAM_CLASSIFIER, 0);
}

struct block {
    struct loss *s;
    int rows;
    const int32_t *targets;
    float scale; /* 0: score only */
    float *db;   /* with a gradient: [n_classes], added to */
};

static void softmax_part(void *ctx, int part, int parts)
{
    const struct block *k = ctx;
    int n = k->s->net->shape.n_classes;
    size_t lo, hi;
    pool_share((size_t)k->rows, 1, part, parts, &lo, &hi);
    for (size_t i = lo; i < hi; i++) {
        float *z = k->s->logits + i * (size_t)n;
        int32_t target = k->targets[i];
        k->s->nll[i] = 0;
        if (target == NO_TARGET) {
            memset(z, 0, k->scale != 0 ? (size_t)n * sizeof *z : 0);
            continue;
        }
        float own = z[target];
        float lse =
            k->scale != 0 ? kern_get()->softmax(z, n, k->scale) : kern_get()->log_sum_exp(z, n);
        k->s->nll[i] = (double)lse - own;
        z[target] -= k->scale;
    }
}

static void bias_part(void *ctx, int part, int parts)
{
    const struct block *k = ctx;
    size_t n = (size_t)k->s->net->shape.n_classes, lo, hi;
    pool_share(n, 16, part, parts, &lo, &hi);
    for (int i = 0; i < k->rows; i++)
        kern_get()->axpy(1, k->s->logits + (size_t)i * n + lo, k->db + lo, hi - lo);
}

/* Logits of one block, then log-sum-exp or softmax; returns the block's sum. */
static double run_block(struct block *k, const float *y)
{
    struct loss *s = k->s;
    const struct param *w = classifier(s);
    const float *bias = s->net->data + net_param(s->net, PARAM_CLASSIFIER_BIAS, 0)->at;
    double sum = 0;
    for (int i = 0; i < k->rows; i++)
        memcpy(s->logits + (size_t)i * (size_t)w->rows, bias, (size_t)w->rows * sizeof *bias);
    gemm_nt(s->pool, k->rows, w->rows, w->cols, y, s->net->data + w->at, 1, s->logits);
    pool_run(s->pool, softmax_part, k);
    for (int i = 0; i < k->rows; i++)
        sum += s->nll[i];
    return sum;
}

static int rows_at(int rows, int at)
{
    return rows - at < LOSS_ROWS ? rows - at : LOSS_ROWS;
}

double loss_score(struct loss *s, int rows, const float *y, const int32_t *targets)
{
    double sum = 0;
    for (int at = 0; at < rows; at += LOSS_ROWS) {
        struct block k = {.s = s, .rows = rows_at(rows, at), .targets = targets + at};
        sum += run_block(&k, y + (size_t)at * (size_t)classifier(s)->cols);
    }
    return sum;
}

double loss_gradient(struct loss *s, int rows, const float *y, const int32_t *targets, float scale,
                     float *dy, float *grad)
{
    const struct param *w = classifier(s);
    float *db = grad + net_param(s->net, PARAM_CLASSIFIER_BIAS, 0)->at;
    double sum = 0;
    memset(db, 0, (size_t)w->rows * sizeof *db);
    for (int at = 0; at < rows; at += LOSS_ROWS) {
        struct block k = {s, rows_at(rows, at), targets + at, scale, db};
        size_t from = (size_t)at * (size_t)w->cols;
        sum += run_block(&k, y + from);
        gemm_nn(s->pool, k.rows, w->cols, w->rows, s->logits, s->net->data + w->at, 0, dy + from);
        gemm_tn(s->pool, w->rows, w->cols, k.rows, s->logits, y + from, at != 0, grad + w->at);
        pool_run(s->pool, bias_part, &k);
    }
    return sum;
}
