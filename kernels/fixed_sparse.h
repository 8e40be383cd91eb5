/* fixed_sparse.h - the sparse backend's integer product. */
#ifndef KERNELS_FIXED_SPARSE_H
#define KERNELS_FIXED_SPARSE_H

#include "kernels/cpu_fixed.h"

extern const struct fixed_product fixed_product_sparse;

/* "paced-window", "bank" or "row-balanced": the format of a matrix that it packed. */
const char *fixed_sparse_format(const void *packed);

#endif
