/* reference.h - an LSTM stack and a language-model loss in double, written from the formulas of
 * kernels/lstm.h and sharing no code with it: what other results are held against. */
#ifndef TESTS_REFERENCE_H
#define TESTS_REFERENCE_H

#include "kernels/lstm.h"

#include <stdint.h>

/* One layer; the shapes are those of struct lstm_layer. */
struct reference_layer {
    int n_in, n_hid, n_proj;
    const double *w_x, *w_h, *w_r, *bias, *peephole; /* w_r and peephole may be NULL */
};

struct reference_net {
    int n_layers;
    struct reference_layer layer[LSTM_MAX_LAYERS];
    const double *mask[LSTM_MAX_LAYERS + 1]; /* [steps][batch][width] factors of the input of layer
                                                l, the last of the output; NULL: none */
};

/* Runs steps of a batch; shapes and meaning are those of struct lstm_io. Ended lanes keep their
 * state and give zero. y must not be NULL. */
void reference_run(const struct reference_net *net, int steps, int batch, const double *x,
                   double *y, double *h, double *c, const int *len);

/* The same for a net in float: all values are widened before and narrowed at the end. */
void reference_lstm(const struct lstm_net *net, const struct lstm_io *io);

/* -log softmax(w y + b)[target] of one row y [n]; w [classes][n], b [classes]. */
double reference_nll(const double *y, int n, const double *w, const double *b, int classes,
                     int target);

#endif
