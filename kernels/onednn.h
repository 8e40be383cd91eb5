/* onednn.h - one LSTM layer as oneDNN primitives: the only door to that library. */
#ifndef KERNELS_ONEDNN_H
#define KERNELS_ONEDNN_H

#ifdef __cplusplus
extern "C" {
#endif

#include "kernels/lstm.h"

struct onednn_layer;

/* A call of so many steps and samples. */
struct onednn_extent {
    int steps, batch;
};

/* Makes the primitives of layer `y` in f32, bf16 or q8 for each of n extents, with the weights in
 * the order that the library likes; `y` is not needed afterwards. q8: `range` is the largest
 * magnitude of x and r; weights have a scale a row. E_UNSUPPORTED, with oneDNN's words, for what it
 * lacks on this machine. */
enum status onednn_layer_new(const struct lstm_layer *y, enum precision precision, float range,
                             const struct onednn_extent *extent, int n, int threads,
                             struct onednn_layer **out);
void onednn_layer_release(struct onednn_layer *m);

/* x [steps][batch][n_in], r [batch][n_rec] and c [batch][n_hid] read and updated, out
 * [steps][batch][n_rec], of the extent's sizes. Allocates nothing of ours. E_DEVICE if the library
 * refuses. */
enum status onednn_layer_run(struct onednn_layer *m, int extent, const float *x, float *r, float *c,
                             float *out);

/* "onednn 2.6.3 brgemm:avx512_core_vnni" */
const char *onednn_layer_variant(const struct onednn_layer *m);

#ifdef __cplusplus
}
#endif

#endif
