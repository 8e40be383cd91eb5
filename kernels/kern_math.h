/* kern_math.h - exp, sigmoid and tanh on a register of floats, in GCC's vector extension: compiled
 * once for each ISA level, with the same bits at each, since nothing is contracted. */
#ifndef KERNELS_KERN_MATH_H
#define KERNELS_KERN_MATH_H

#include <stdint.h>
#include <string.h>
#ifdef __AVX__
#include <immintrin.h>
#endif

/* Floats a vector: what a register of the level holds, since the compiler sends wider ones through
 * memory. */
#ifdef __AVX512F__
enum { VEC = 16 };
#else
enum { VEC = 8 };
#endif

typedef float vec_f __attribute__((vector_size(4 * VEC)));
typedef int32_t vec_i __attribute__((vector_size(4 * VEC)));

/* The first n of VEC floats at p (0 < n); missing ones are zero, and nothing beyond is touched.
 * Callers keep n a constant where it can be, for a plain load. */
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

/* x within lo..hi; NaN stays NaN. */
static inline vec_f vec_clamp(vec_f x, float lo, float hi)
{
#ifdef __AVX512F__
    return (vec_f)_mm512_min_ps(_mm512_set1_ps(hi), _mm512_max_ps(_mm512_set1_ps(lo), (__m512)x));
#elif defined(__AVX__)
    return (vec_f)_mm256_min_ps(_mm256_set1_ps(hi), _mm256_max_ps(_mm256_set1_ps(lo), (__m256)x));
#else
    x = vec_pick(x < lo, vec_set(lo), x);
    return vec_pick(x > hi, vec_set(hi), x);
#endif
}

/* e^x for x clamped to [-87, 88], within 1 ulp (measured .94); NaN stays NaN. Range reduction and
 * polynomial after Cephes' expf (S. Moshier). */
static inline vec_f vec_exp(vec_f x)
{
    const float to_int = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */
    x = vec_clamp(x, -87, 88);
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

#endif
