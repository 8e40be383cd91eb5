/* quant_make.h - the parts of quant_layer_make: what q16 and q8 do each in a file of its own. */
#ifndef KERNELS_QUANT_MAKE_H
#define KERNELS_QUANT_MAKE_H

#include "kernels/quant.h"

#include <stddef.h>
#include <stdint.h>

/* Largest |w[i]|; 0 if w is NULL. */
float quant_largest(const float *w, size_t n);

/* Most fraction bits, -15 to 22, with which `max` still fits an int16. */
int quant_fit_bits(float max);

int64_t quant_sum_abs(const int16_t *w, size_t n);

/* Fill in what follows from weights and activations' formats; the matrices are allocated. l is for
 * messages. */
enum status quant_make_q16(const struct lstm_layer *y, int l, struct quant_layer *q);
enum status quant_make_q8(const struct lstm_layer *y, int l, struct quant_layer *q);

#endif
