/* loss.h - softmax cross-entropy over the whole vocabulary: training's loss and scoring's. */
#ifndef MODEL_LOSS_H
#define MODEL_LOSS_H

#include "base/status.h"
#include "kernels/pool.h"
#include "model/net.h"

#include <stddef.h>
#include <stdint.h>

/* Work space for blocks of rows; the vocabulary is split over the pool. Rows stand in panels of 32
 * side by side, so that a tile of logits has words down and rows across. */
struct loss {
    const struct net *net;
    struct pool *pool;
    int max_rows;  /* of a block, a multiple of a panel */
    int keeps;     /* 1: made for gradients, exp(logits) of a whole block are kept */
    float *y;      /* [panels][n_rec][32] the outputs, transposed */
    float *e;      /* keeps: [panels][n_classes][32] exp(logits); else [threads][words][32] */
    float *shift;  /* [max_rows] taken off the logits before exp */
    float *top;    /* [threads][max_rows] largest logit seen */
    double *sum;   /* [threads][max_rows] of exp */
    double *nll;   /* [max_rows] */
    float *dy;     /* [threads][panels][n_rec][32] exp(logits) * W */
    float *w;      /* [threads][..] a block of W, in tiles of columns */
    float *scaled; /* [panels of n_rec+1 columns][rows][32] outputs over the sums, then 1/sums */
    float *tile;   /* [threads][tile rows][max_rows] */
    float *last;   /* [threads][tile rows][32] the panel with the bias in it */
};

/* Work space for calls of up to `rows` rows; gradient = 1 if loss_gradient is to be called. net and
 * pool are borrowed. E_USAGE if the net has no classifier. */
enum status loss_init(struct loss *s, const struct net *net, struct pool *pool, int rows,
                      int gradient);
void loss_release(struct loss *s);

/* Sum of -log p(target) over `rows` outputs y [rows][n_rec]; rows with NO_TARGET count nothing. */
double loss_score(struct loss *s, int rows, const float *y, const int32_t *targets);

/* The same sum, and the gradient of scale*sum: that of y to dy [rows][n_rec], that of the
 * classifier to its place in grad (overwritten). */
double loss_gradient(struct loss *s, int rows, const float *y, const int32_t *targets, float scale,
                     float *dy, float *grad);

#endif
