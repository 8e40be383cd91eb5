/* precision.h - the number formats of SPEC 4 by name. */
#ifndef KERNELS_PRECISION_H
#define KERNELS_PRECISION_H

#include "base/status.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

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

/* x rounded to nearest even at the bit above the low `n_bits` of a float, which become 0. What
 * would overflow is cut instead; NaN and infinity stay. */
static inline float precision_round(float x, int n_bits)
{
    uint32_t bits, low = (1u << n_bits) - 1;
    memcpy(&bits, &x, sizeof bits);
    uint32_t up = (bits + (low >> 1) + (bits >> n_bits & 1)) & ~low;
    if (!isfinite(x))
        return x;
    if ((up & 0x7f800000u) == 0x7f800000u)
        up = bits & ~low;
    memcpy(&x, &up, sizeof x);
    return x;
}

/* The values that the formats keep of a float. */
static inline float precision_f27(float x)
{
    return precision_round(x, 5);
}

static inline float precision_bf16(float x)
{
    return precision_round(x, 16);
}

#endif
