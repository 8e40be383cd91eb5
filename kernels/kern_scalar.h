/* kern_scalar.h - the C meaning of every slot: kern_scalar.c, kern_scalar_dense.c for training and
 * the dense cell, and kern_scalar_pw.c for the formats of pw_format.h. */
#ifndef KERNELS_KERN_SCALAR_H
#define KERNELS_KERN_SCALAR_H

#include "kernels/kern.h"

#define KERN_SCALAR(result, name, args) result name##_scalar args;
KERN_SLOTS(KERN_SCALAR)
#undef KERN_SCALAR

#endif
