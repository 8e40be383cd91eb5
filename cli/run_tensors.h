/* run_tensors.h - what `brds run` reads and writes, shaped as PyTorch's nn.LSTM has it. */
#ifndef CLI_RUN_TENSORS_H
#define CLI_RUN_TENSORS_H

#include "base/status.h"
#include "kernels/lstm.h"

#include <stddef.h>

struct run_tensors {
    const struct lstm_net *net; /* borrowed */
    int steps, batch;
    float *x; /* [steps][batch][n_in] */
    float *y; /* [steps][batch][n_rec of the last layer], zero */
    float *h; /* per layer in turn [batch][n_rec] */
    float *c; /* per layer in turn [batch][n_hid] */
    int *len; /* [batch], or NULL */
};

/* Reads `input` [steps,batch,n_in] and, each optional, `h0` [layers,batch,n_rec], `c0`
 * [layers,batch,n_hid] and `len` [batch] of integers within 0..steps. A stack whose layers differ
 * in width, which nn.LSTM cannot be, has one tensor a layer instead: `h0_l0` [batch,n_rec], ..
 * E_FORMAT, naming file, tensor and both sizes, for what does not fit, and for a tensor of another
 * name, which may be a mistyped one. Release with run_tensors_release. */
enum status run_tensors_read(const char *path, const struct lstm_net *net, struct run_tensors *out);
void run_tensors_release(struct run_tensors *t);

/* Runs all steps through a plan that was prepared for run_tensors_chunk steps a call. */
int run_tensors_chunk(const struct run_tensors *t);
enum status run_tensors_run(struct run_tensors *t, struct lstm_plan *plan);

/* Writes `output`, `hn` and `cn` (or `hn_l0`, ..) atomically, as F32. */
enum status run_tensors_write(const struct run_tensors *t, const char *path);

#endif
