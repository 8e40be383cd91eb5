/* rng.h - the one source of random numbers: PCG-XSH-RR 64/32 (O'Neill 2014) from libpcg-cpp.
 *
 * A generator is 16 plain bytes: copy it to save a position, store it to resume. Fill functions
 * draw many numbers at once, one 32-bit output of the generator a number. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rng {
    uint64_t opaque[2];
};

/* Starts the generator; equal (seed, stream) give equal numbers, streams are independent. */
void rng_seed(struct rng *r, uint64_t seed, uint64_t stream);

/* n raw 32-bit outputs. */
void rng_u32(struct rng *r, uint32_t *out, size_t n);

/* One unbiased integer in [0, bound), bound >= 1. */
uint32_t rng_below(struct rng *r, uint32_t bound);

/* n floats, uniform in [lo, hi), on a grid of 2^24 values. */
void rng_uniform(struct rng *r, float *out, size_t n, float lo, float hi);

/* Inverted-dropout mask: n floats, each 1/keep with probability `keep`, else 0. 0 < keep <= 1. */
void rng_dropout(struct rng *r, float *out, size_t n, float keep);

/* Random permutation of 0..n-1. */
void rng_permute(struct rng *r, uint32_t *out, size_t n);

#ifdef __cplusplus
}
#endif

#endif
