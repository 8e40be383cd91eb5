/* tiles.h - dense single-precision products from tiles that stay in registers (slot gemm_tile), for
 * training: the second factor is packed once into panels, so that a matrix that is used again and
 * again, as W_h is in every step, is packed once. gemm.h is for single calls.
 *
 * Each element of a result is summed in the order of k: neither the number of threads nor the
 * blocking changes a bit. */
#ifndef KERNELS_TILES_H
#define KERNELS_TILES_H

#include "base/status.h"
#include "kernels/kern.h"
#include "kernels/pool.h"

#include <stddef.h>

/* Element (i, j) of a matrix is at[i*row + j*col]. */
struct view {
    const float *at;
    size_t row, col;
};

/* Number of panels that n columns take, and floats that n columns of k rows take when packed. */
size_t tiles_panels(int n);
size_t tiles_size(int k, int n);

/* Packs b [k][n] into panels: out [panels][k][KERN_TILE_N], missing columns zero. */
void tiles_pack(struct view b, int k, int n, float *out);

/* c [m][n], rows c_row apart, = (add ? c : 0) + a [m][k] * b, whose panels are given. On the
 * caller's thread. */
void tiles_times(struct view a, const float *panels, int m, int n, int k, int add, float *c,
                 size_t c_row);

/* Work space for tiles_gemm. */
struct tiles {
    struct pool *pool;
    float *work; /* [threads][..] */
};
enum status tiles_init(struct tiles *t, struct pool *pool);
void tiles_release(struct tiles *t);

/* c [m][n] = (add ? c : 0) + a [m][k] * b [k][n], split over the pool. */
void tiles_gemm(const struct tiles *t, struct view a, struct view b, int m, int n, int k, int add,
                float *c);

/* The same on the caller's thread, as part `part` of a job of the pool; rows of c are c_row
 * apart. */
void tiles_gemm_part(const struct tiles *t, int part, struct view a, struct view b, int m, int n,
                     int k, int add, float *c, size_t c_row);

#endif
