/* head.h - from the outputs of the steps to the rows that the classifier reads: every step, or one
 * row a sequence. */
#ifndef MODEL_HEAD_H
#define MODEL_HEAD_H

#include "datasets/batch.h"
#include "model/net.h"

/* 1 if the classifier reads one row a sequence. */
int head_pools(const struct net *net);

/* Rows that it reads of a batch: lanes, or steps*lanes. */
int head_rows(const struct net *net, const struct batch *b);

/* One row a lane of outputs y [steps][lanes][n_out], by the net's pooling over the lane's true
 * steps: to rows [lanes][n_out] and, unless it is NULL, the target at its last step to targets
 * [lanes]. */
void head_gather(const struct net *net, const struct batch *b, const float *y, float *rows,
                 int32_t *targets);

/* The way back: dy [steps][lanes][n_out] from the gradient of the rows. */
void head_spread(const struct net *net, const struct batch *b, const float *d_rows, float *dy);

#endif
