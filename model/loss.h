/* loss.h - softmax cross-entropy over the whole vocabulary: training's loss and scoring's. */
#ifndef MODEL_LOSS_H
#define MODEL_LOSS_H

#include "base/status.h"
#include "kernels/pool.h"
#include "model/net.h"

#include <stddef.h>
#include <stdint.h>

/* Work space for blocks of rows; the logits of only one block exist at a time. */
struct loss {
    const struct net *net;
    struct pool *pool;
    float *logits; /* [LOSS_ROWS][n_classes] */
    double *nll;   /* [LOSS_ROWS] */
};
enum { LOSS_ROWS = 128 };

/* net and pool are borrowed. E_USAGE if the net has no classifier. */
enum status loss_init(struct loss *s, const struct net *net, struct pool *pool);
void loss_release(struct loss *s);

/* Sum of -log p(target) over `rows` outputs y [rows][n_rec]; rows with NO_TARGET count nothing. */
double loss_score(struct loss *s, int rows, const float *y, const int32_t *targets);

/* The same sum, and the gradient of scale*sum: that of y to dy [rows][n_rec], that of the
 * classifier to its place in grad (overwritten). */
double loss_gradient(struct loss *s, int rows, const float *y, const int32_t *targets, float scale,
                     float *dy, float *grad);

#endif
