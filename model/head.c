#include "model/head.h"

#include "kernels/kern.h"

#include <string.h>

int head_pools(const struct net *net)
{
    return net->shape.task == TASK_CLASSIFY;
}

int head_rows(const struct net *net, const struct batch *b)
{
    return head_pools(net) ? b->lanes : b->steps * b->lanes;
}

/* The steps [from, to) of a lane that make its row, all with the same weight. */
static void span_of(const struct net *net, const struct batch *b, int lane, int *from, int *to)
{
    *to = b->len != NULL ? b->len[lane] : b->steps;
    *from = net->shape.pooling == POOLING_MEAN ? 0 : *to - 1;
}

void head_gather(const struct net *net, const struct batch *b, const float *y, float *rows,
                 int32_t *targets)
{
    size_t n = (size_t)net_n_out(net);
    for (int lane = 0; lane < b->lanes; lane++, rows += n) {
        int from, to;
        span_of(net, b, lane, &from, &to);
        memset(rows, 0, n * sizeof *rows);
        for (int t = from; t < to; t++)
            kern_get()->axpy(1 / (float)(to - from), y + (size_t)(t * b->lanes + lane) * n, rows,
                             n);
        if (targets != NULL)
            targets[lane] = b->targets[(to - 1) * b->lanes + lane];
    }
}

void head_spread(const struct net *net, const struct batch *b, const float *d_rows, float *dy)
{
    size_t n = (size_t)net_n_out(net);
    memset(dy, 0, (size_t)b->steps * (size_t)b->lanes * n * sizeof *dy);
    for (int lane = 0; lane < b->lanes; lane++, d_rows += n) {
        int from, to;
        span_of(net, b, lane, &from, &to);
        for (int t = from; t < to; t++)
            kern_get()->axpy(1 / (float)(to - from), d_rows, dy + (size_t)(t * b->lanes + lane) * n,
                             n);
    }
}
