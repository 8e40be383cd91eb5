/* bptt_layer.h - forward and backward of one layer over a chunk (see bptt.h), the units split over
 * the pool: a thread keeps the columns of its units, of all four gates, from the product to the
 * cell.
 */
#ifndef MODEL_BPTT_LAYER_H
#define MODEL_BPTT_LAYER_H

#include "model/bptt.h"

enum { BPTT_GRAIN = 16 }; /* a thread's share of units is a multiple of this */

/* Number of floats of `rows` rows of `cols`, or of one step of them. */
static inline size_t bptt_area(int rows, int cols)
{
    return (size_t)rows * (size_t)cols;
}

static inline const struct lstm_layer *bptt_shape(const struct bptt *b, int l)
{
    return &b->net->lstm.layer[l];
}

/* From layer[l].x and the state in block 0 to z (activated gates), c, tanh_c, h and r. */
void bptt_layer_forward(struct bptt *b, int l);

/* From b->dy, the gradient of r, to that of the layer's parameters in grad and of x in b->dx; z
 * becomes the gradient of the pre-activations. */
void bptt_layer_backward(struct bptt *b, int l, float *grad);

#endif
