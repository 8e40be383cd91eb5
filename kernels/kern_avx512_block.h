/* kern_avx512_block.h - the sums of a block of 64 rows in four registers, for one sample and for
 * four. */
#ifndef KERNELS_KERN_AVX512_BLOCK_H
#define KERNELS_KERN_AVX512_BLOCK_H

#include "kernels/kern.h"
#include "kernels/pw_format.h"

#include <immintrin.h>

/* The sums of a block's 64 rows. */
static inline void load_block(__m512i a[4], const int32_t *sum)
{
    for (int g = 0; g < 4; g++)
        a[g] = _mm512_loadu_si512(sum + 16 * g);
}

static inline void store_block(const __m512i a[4], int32_t *sum)
{
    for (int g = 0; g < 4; g++)
        _mm512_storeu_si512(sum + 16 * g, a[g]);
}

/* Four samples in one pass: what is loaded of the stream serves 4 x 16 sums. */
static inline void load_sums(__m512i a[4][4], const int32_t *sum, size_t rows)
{
    for (int i = 0; i < 4; i++)
        load_block(a[i], sum + rows * (size_t)i);
}

static inline void store_sums(__m512i a[4][4], int32_t *sum, size_t rows)
{
    for (int i = 0; i < 4; i++)
        store_block(a[i], sum + rows * (size_t)i);
}

#endif
