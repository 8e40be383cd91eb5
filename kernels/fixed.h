/* fixed.h - the integer arithmetic of q16 and q8 (SPEC 4), defined once: the CPU kernels, the C
 * model and the RTL agree with these functions bit for bit.
 *
 * All scales of q16 are powers of two; "Qm.n" has n fraction bits. A value is rounded once, half
 * up, and saturated where it is narrowed. Pre-activations z are Q4.11, gates and tanh(c) Q0.15. */
#ifndef KERNELS_FIXED_H
#define KERNELS_FIXED_H

#include <math.h>
#include <stdint.h>

enum {
    FIXED_Z_BITS = 11, /* fraction of z */
    FIXED_G_BITS = 15, /* fraction of gates, of tanh(c) and of h */
    FIXED_SEGMENTS = 32,
    FIXED_SIGMOID_SHIFT = 9, /* a segment of the sigmoid is 2^9 of z: 0.25 */
    FIXED_TANH_SHIFT = 8,    /* of tanh 2^8: 0.125 */
};

/* Knots of sigmoid(|z|) and tanh(|z|) in Q0.15. Each is lifted by h^2/16*|f''|, half of what a
 * chord loses in the middle of a segment of width h. Entry 32 ends the last segment and stands for
 * all beyond: half way from the function there to 1. Largest error over all 2^16 inputs 4.0e-4
 * and 7.6e-4, under 2^-10; monotone; exactly symmetric. tests/test_fixed.c makes the tables again
 * from libm. */
#define FIXED_SIGMOID_TABLE                                                                        \
    {                                                                                              \
        16384, 18425, 20404, 22265, 23967, 25483, 26802, 27928, 28872, 29653, 30290, 30805, 31219, \
            31549, 31811, 32018, 32181, 32309, 32409, 32488, 32550, 32598, 32635, 32664, 32687,    \
            32705, 32719, 32730, 32738, 32745, 32750, 32754, 32763                                 \
    }
#define FIXED_TANH_TABLE                                                                           \
    {                                                                                              \
        0, 4083, 8040, 11763, 15166, 18198, 20837, 23088, 24976, 26537, 27812, 28843, 29670,       \
            30330, 30854, 31268, 31594, 31850, 32051, 32208, 32331, 32427, 32502, 32561, 32607,    \
            32642, 32670, 32692, 32709, 32722, 32732, 32740, 32757                                 \
    }
extern const int16_t fixed_sigmoid_table[FIXED_SEGMENTS + 1];
extern const int16_t fixed_tanh_table[FIXED_SEGMENTS + 1];

/* floor(v / 2^s + 1/2), s >= 0. */
static inline int64_t fixed_round(int64_t v, int s)
{
    return s == 0 ? v : (v + ((int64_t)1 << (s - 1))) >> s;
}

static inline int16_t fixed_sat16(int64_t v)
{
    return (int16_t)(v > 32767 ? 32767 : v < -32768 ? -32768 : v);
}

/* A float as an integer of `bits` fraction bits in lo..hi: half up, saturated, NaN is 0. */
static inline int32_t fixed_from(float x, int bits, int32_t lo, int32_t hi)
{
    double v = floor(ldexp((double)x, bits) + 0.5);
    if (!(v == v))
        return 0;
    return v < lo ? lo : v > hi ? hi : (int32_t)v;
}

/* The piecewise-linear function of a magnitude 0..32768. */
static inline int32_t fixed_pwl(const int16_t *knot, int shift, int32_t magnitude)
{
    int32_t i = magnitude >> shift, part = magnitude & ((1 << shift) - 1);
    if (i >= FIXED_SEGMENTS)
        return knot[FIXED_SEGMENTS];
    return knot[i] + (int32_t)fixed_round((knot[i + 1] - knot[i]) * part, shift);
}

/* Sigmoid of z in Q4.11, in 5..32763 of Q0.15; s(-z) = 32768 - s(z). */
static inline int16_t fixed_sigmoid(int16_t z)
{
    int32_t y = fixed_pwl(fixed_sigmoid_table, FIXED_SIGMOID_SHIFT, z < 0 ? -(int32_t)z : z);
    return (int16_t)(z < 0 ? 32768 - y : y);
}

/* Tanh of z in Q4.11, in -32757..32757 of Q0.15. */
static inline int16_t fixed_tanh(int16_t z)
{
    int32_t y = fixed_pwl(fixed_tanh_table, FIXED_TANH_SHIFT, z < 0 ? -(int32_t)z : z);
    return (int16_t)(z < 0 ? -y : y);
}

/* c of f_c fraction bits (10..12) as Q4.11, for the table. */
static inline int16_t fixed_c_to_z(int16_t c, int f_c)
{
    return f_c > FIXED_Z_BITS ? fixed_sat16(fixed_round(c, f_c - FIXED_Z_BITS))
                              : fixed_sat16((int64_t)c * (1 << (FIXED_Z_BITS - f_c)));
}

/* c' = f*c + i*g, rounded once, in f_c fraction bits, before saturation. */
static inline int64_t fixed_c(int16_t i, int16_t f, int16_t g, int16_t c, int f_c)
{
    int d = FIXED_G_BITS - f_c;
    return fixed_round((int64_t)f * c * (1 << d) + (int64_t)i * g, 2 * FIXED_G_BITS - f_c);
}

/* h' = o*tanh(c'), Q0.15. */
static inline int16_t fixed_h(int16_t o, int16_t c, int f_c)
{
    return fixed_sat16(fixed_round((int32_t)o * fixed_tanh(fixed_c_to_z(c, f_c)), FIXED_G_BITS));
}

#endif
