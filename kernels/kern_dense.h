/* kern_dense.h - the C meaning of the slots that training and the dense cell use
 * (kern_dense.c); kern_scalar.c has the others. */
#ifndef KERNELS_KERN_DENSE_H
#define KERNELS_KERN_DENSE_H

#include "kernels/kern.h"

kern_cell_forward_fn cell_forward_scalar;
kern_cell_backward_fn cell_backward_scalar;
kern_exp_tile_fn exp_tile_scalar;
kern_gemm_tile_fn gemm_tile_scalar;

#endif
