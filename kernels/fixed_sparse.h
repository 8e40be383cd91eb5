/* fixed_sparse.h - the sparse backend's integer product. */
#ifndef KERNELS_FIXED_SPARSE_H
#define KERNELS_FIXED_SPARSE_H

#include "kernels/cpu_fixed.h"

extern const struct fixed_product fixed_product_sparse;

/* 1 if its format is the paced window, on this machine at the level allowed. */
int fixed_sparse_is_paced(void);

#endif
