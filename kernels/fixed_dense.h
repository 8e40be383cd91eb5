/* fixed_dense.h - the dense backend's integer product. */
#ifndef KERNELS_FIXED_DENSE_H
#define KERNELS_FIXED_DENSE_H

#include "kernels/cpu_fixed.h"

extern const struct fixed_product fixed_product_dense;

#endif
