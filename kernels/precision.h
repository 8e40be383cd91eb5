/* precision.h - the number formats of SPEC 4 by name. */
#ifndef KERNELS_PRECISION_H
#define KERNELS_PRECISION_H

#include "base/status.h"

enum precision {
    PREC_F32,  /* 32-bit float, weights unaltered */
    PREC_BF16, /* 8 exponent and 8 significant bits */
    PREC_Q16,  /* 16-bit fixed point, power-of-two scales */
    PREC_Q8,   /* u8 activations x s8 weights */
    PREC_Q10,  /* 10-bit weight and 6-bit index in 16 bits */
    PREC_F27,  /* f32 whose low 5 mantissa bits are the index */
    N_PRECISIONS
};

/* "f32", "bf16", "q16", "q8", "q10", "f27". */
const char *precision_name(enum precision p);

/* Finds a precision by name; E_USAGE, with the known names, if there is none. */
enum status precision_parse(const char *word, enum precision *out);

#endif
