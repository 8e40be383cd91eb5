/* dense_rows.h - our own dense products, row by row: bf16, and f32 at a level of BRDS_CPU below the
 * machine's, which OpenBLAS cannot be held to. */
#ifndef KERNELS_DENSE_ROWS_H
#define KERNELS_DENSE_ROWS_H

#include "base/status.h"
#include "kernels/pool.h"

#include <stddef.h>
#include <stdint.h>

/* A matrix in bf16, each row padded with zeros to a multiple of 32. */
struct dense_bf16 {
    int rows, cols, cols_padded;
    uint16_t *w; /* [rows][cols_padded] */
};

/* Packs w [rows][cols], rounded (precision_bf16). Release with dense_bf16_release. */
enum status dense_bf16_pack(const float *w, int rows, int cols, struct dense_bf16 *out);
void dense_bf16_release(struct dense_bf16 *m);

/* y[n][rows] += x[n][cols] m^T with x rounded to bf16 and sums in f32; scratch holds cols_padded
 * floats. Rows are split over the pool. Never allocates. */
void dense_bf16_mul(const struct dense_bf16 *m, struct pool *pool, int n, const float *x, float *y,
                    float *scratch);

/* y[n][rows] += x[n][cols] w^T, w [rows][cols]. Never allocates. */
void dense_f32_mul(struct pool *pool, int n, int rows, int cols, const float *x, const float *w,
                   float *y);

#endif
