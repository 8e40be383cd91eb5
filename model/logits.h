/* logits.h - the classifier's product written out, and its way back: for losses that need whole
 * rows of logits (ctc.h, distill.h) and for decisions. loss.h never writes them out. */
#ifndef MODEL_LOGITS_H
#define MODEL_LOGITS_H

#include "base/status.h"
#include "kernels/pool.h"
#include "kernels/tiles.h"
#include "model/net.h"

struct logits {
    const struct net *net;
    struct pool *pool;
    struct tiles tiles;
};

/* net and pool are borrowed. E_USAGE if the net has no classifier. Releasing what was all zero is
 * fine. */
enum status logits_init(struct logits *l, const struct net *net, struct pool *pool);
void logits_release(struct logits *l);

/* z [rows][n_classes] = W y + b of the outputs y [rows][n_rec]. */
void logits_make(const struct logits *l, int rows, const float *y, float *z);

/* From dz [rows][n_classes], the gradient of z: that of y to dy [rows][n_rec], and that of the
 * classifier to its place in grad [n_data], in place of or (add = 1) on top of what is there. */
void logits_back(const struct logits *l, int rows, const float *dz, const float *y, int add,
                 float *dy, float *grad);

#endif
