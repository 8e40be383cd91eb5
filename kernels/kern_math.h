/* kern_math.h - exp, sigmoid and tanh on 16 floats, in GCC's vector extension: compiled once for
 * each ISA level, with the same bits at each, since nothing is contracted. */
#ifndef KERNELS_KERN_MATH_H
#define KERNELS_KERN_MATH_H

#include <stdint.h>
#include <string.h>

enum { VEC = 16 }; /* floats a vector */

typedef float vec_f __attribute__((vector_size(64)));
typedef int32_t vec_i __attribute__((vector_size(64)));

/* The first n of 16 floats at p (0 < n); missing ones are zero, and nothing beyond is touched. */
static inline vec_f vec_load(const float *p, int n)
{
    vec_f v = {0};
    memcpy(&v, p, n >= VEC ? sizeof v : (size_t)n * sizeof *p);
    return v;
}

static inline void vec_store(float *p, vec_f v, int n)
{
    memcpy(p, &v, n >= VEC ? sizeof v : (size_t)n * sizeof *p);
}

static inline vec_f vec_set(float x)
{
    return x - (vec_f){0};
}

/* yes where the mask is -1, no where it is 0. */
static inline vec_f vec_pick(vec_i mask, vec_f yes, vec_f no)
{
    return (vec_f)((mask & (vec_i)yes) | (~mask & (vec_i)no));
}

/* e^x for x clamped to [-87, 88], within 1 ulp (measured .94); NaN stays NaN. Range reduction and
 * polynomial after Cephes' expf (S. Moshier). */
static inline vec_f vec_exp(vec_f x)
{
    const float to_int = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */
    x = vec_pick(x < -87.0f, vec_set(-87.0f), x);
    x = vec_pick(x > 88.0f, vec_set(88.0f), x);
    vec_f n = (x * 1.44269504088896341f + to_int) - to_int;
    vec_f r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    vec_f p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    vec_i e = (__builtin_convertvector(n, vec_i) + 127) << 23;
    return p * (vec_f)e;
}

static inline vec_f vec_sigmoid(vec_f x)
{
    return 1.0f / (1.0f + vec_exp(-x));
}

/* tanh x: an odd polynomial (Cephes' tanhf) near 0, where 1 - 2/(e^2x + 1) would lose digits. */
static inline vec_f vec_tanh(vec_f x)
{
    vec_f far = 1.0f - 2.0f / (vec_exp(x + x) + 1.0f);
    vec_f s = x * x;
    vec_f p = s * -5.70498872745e-3f + 2.06390887954e-2f;
    p = p * s - 5.37397155531e-2f;
    p = p * s + 1.33314422036e-1f;
    p = p * s - 3.33332819422e-1f;
    return vec_pick(s < 0.390625f, p * s * x + x, far);
}

static inline float vec_sum(vec_f v)
{
    float t[VEC];
    memcpy(t, &v, sizeof t);
    for (int w = VEC / 2; w > 0; w /= 2)
        for (int i = 0; i < w; i++)
            t[i] += t[i + w];
    return t[0];
}

#endif
