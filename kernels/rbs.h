/* rbs.h - a row-balanced sparse matrix in packed form: every row holds the same number of weights,
 * so there is no row pointer.
 *
 * Portable layout (KERNELS.md): 16-bit column indices and 32-bit weights, row by row, columns
 * ascending, each row padded to a multiple of 4 with zero weights at the row's last column. */
#ifndef KERNELS_RBS_H
#define KERNELS_RBS_H

#include "base/status.h"
#include "kernels/pool.h"

#include <stddef.h>
#include <stdint.h>

enum { RBS_MAX_COLUMNS = 65536 }; /* what a 16-bit index reaches */

struct rbs {
    int rows, cols, k; /* k weights kept in every row */
    int k_padded;      /* k rounded up to a multiple of 4 */
    float *val;        /* [rows][k_padded] */
    uint16_t *idx;     /* [rows][k_padded] */
};

/* Packs w [rows][cols]: in each row its nonzeros and, where there are fewer than k, the lowest zero
 * columns (a kept weight may be 0). E_FORMAT if a row holds more than k; E_UNSUPPORTED if cols
 * exceeds RBS_MAX_COLUMNS. Release with rbs_release. */
enum status rbs_pack(const float *w, int rows, int cols, int k, struct rbs *out);

/* Writes the matrix back as w [rows][cols] with zeros where nothing is kept. */
void rbs_unpack(const struct rbs *m, float *w);

void rbs_release(struct rbs *m);

/* Bytes of weights and of indices, padding included. */
size_t rbs_weight_bytes(const struct rbs *m);
size_t rbs_index_bytes(const struct rbs *m);

/* Floats of scratch that rbs_mul needs. */
size_t rbs_scratch(const struct rbs *m);

/* y[n][rows] += x[n][cols] * m^T; rows are split over the pool. Never allocates. */
void rbs_mul(const struct rbs *m, struct pool *pool, int n, const float *x, float *y,
             float *scratch);

#endif
