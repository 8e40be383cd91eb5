/* rbi.h - a row-balanced sparse matrix of int16 weights, row by row: what q16, q10 and q8 run on
 * where the paced-window format has no fast kernel. The integer sibling of rbs.h. */
#ifndef KERNELS_RBI_H
#define KERNELS_RBI_H

#include "base/status.h"
#include "kernels/pool.h"
#include "kernels/precision.h"

#include <stddef.h>
#include <stdint.h>

struct rbi {
    int rows, cols, k_padded; /* k_padded: a multiple of 8 */
    enum precision precision;
    int16_t *val;  /* [rows][k_padded], padded with 0 */
    uint16_t *idx; /* [rows][k_padded] */
};

/* Packs the nonzeros of w [rows][cols], at most k a row. E_FORMAT if a row holds more,
 * E_UNSUPPORTED if cols is over 65536. Release with rbi_release. */
enum status rbi_pack(const int16_t *w, int rows, int cols, int k, enum precision precision,
                     struct rbi *out);
void rbi_release(struct rbi *m);

/* sum[n][rows] = x[n][cols] * m^T, exact; samples lie `stride` elements apart, int16, or in q8
 * uint8 with zero point 128. */
void rbi_mul(const struct rbi *m, struct pool *pool, int n, const void *x, size_t stride,
             int32_t *sum);

#endif
