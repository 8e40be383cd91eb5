/* Slots in AVX-512 intrinsics, where a vector extension cannot say what is meant. */
#include "kernels/kern.h"
#include "kernels/pw_format.h"

#include <immintrin.h>

/* 16 weights of one group of rows: `i` holds their index bytes in the low byte of each lane,
 * `upper` those that look at the upper half of the window. */
static inline __m512 look_up(const __m512 x[4], __m512i i, __mmask16 upper)
{
    __m512 low = _mm512_permutex2var_ps(x[0], i, x[1]);
    return _mm512_mask_mov_ps(low, upper, _mm512_permutex2var_ps(x[2], i, x[3]));
}

static void pw_f32_avx512(const unsigned char *stream, const int32_t *off, int steps,
                          const float *x, float *y)
{
    __m512 a[4];
    for (int g = 0; g < 4; g++)
        a[g] = _mm512_loadu_ps(y + 16 * g);
    for (int t = 0; t < steps; t++, stream += PW_F32_BYTES) {
        const float *at = x + off[t], *w = (const float *)(const void *)(stream + 64);
        const __m512 window[4] = {_mm512_loadu_ps(at), _mm512_loadu_ps(at + 16),
                                  _mm512_loadu_ps(at + 32), _mm512_loadu_ps(at + 48)};
        __m512i i = _mm512_loadu_si512(stream);
        for (int g = 0; g < 4; g++) {
            __mmask16 upper = _mm512_test_epi32_mask(i, _mm512_set1_epi32((int)(0x80u << 8 * g)));
            __m512 v = look_up(window, _mm512_srli_epi32(i, (unsigned)(8 * g)), upper);
            a[g] = _mm512_fmadd_ps(_mm512_loadu_ps(w + 16 * g), v, a[g]);
        }
    }
    for (int g = 0; g < 4; g++)
        _mm512_storeu_ps(y + 16 * g, a[g]);
}

void kern_init_avx512_own(struct kern *k)
{
    k->pw_f32 = pw_f32_avx512;
}
