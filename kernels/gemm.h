/* gemm.h - dense single-precision products through OpenBLAS, split over the pool.
 *
 * All matrices are row-major and contiguous. Training has products of its own (tiles.h). OpenBLAS
 * itself is held to one thread: its own pool collapses when anything else wants a processor. */
#ifndef KERNELS_GEMM_H
#define KERNELS_GEMM_H

#include "kernels/pool.h"

/* y[m][n] = beta*y + x[m][k] * w[n][k]^T: `m` samples through a weight matrix of n rows. */
void gemm_nt(struct pool *pool, int m, int n, int k, const float *x, const float *w, float beta,
             float *y);

/* OpenBLAS's version and the core it runs on: "openblas 0.3.21 Cooperlake". */
const char *gemm_blas_name(void);

#endif
