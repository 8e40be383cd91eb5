/* fixed_cell.h - the LSTM cell of q16 and q8: from exact sums to gates, c and h. */
#ifndef KERNELS_FIXED_CELL_H
#define KERNELS_FIXED_CELL_H

#include "kernels/quant.h"

#include <stddef.h>

/* Saturations and NaNs, counted over calls. */
struct fixed_counts {
    size_t saturations, nans;
};

/* One step of one sample, through the slots of kern.h where there are no peepholes: sums of W_x x
 * and W_h r [4*n_hid] each; c [n_hid] is updated; h [n_hid] gets o*tanh(c') in Q0.15. */
void fixed_cell(const struct quant_layer *q, const int32_t *sum_x, const int32_t *sum_h, int16_t *z,
                int16_t *c, int16_t *h, struct fixed_counts *n);

/* r [n_proj] from the sums of W_r h, in f_r fraction bits. */
void fixed_project(const struct quant_layer *q, const int32_t *sum, int16_t *r,
                   struct fixed_counts *n);

#endif
