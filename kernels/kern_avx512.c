/* Slots in AVX-512 intrinsics, where a vector extension cannot say what is meant. */
#include "kernels/kern.h"
#include "kernels/pw_format.h"

#include <immintrin.h>
#include <string.h>

/* 16 weights of one group of rows: `i` holds their index bytes in the low byte of each lane,
 * `upper` those that look at the upper half of the window. */
static inline __m512 look_up(const __m512 x[4], __m512i i, __mmask16 upper)
{
    __m512 low = _mm512_permutex2var_ps(x[0], i, x[1]);
    return _mm512_mask_mov_ps(low, upper, _mm512_permutex2var_ps(x[2], i, x[3]));
}

/* The 64 sums of a block. */
static inline void load_block(__m512 a[4], const float *y)
{
    for (int g = 0; g < 4; g++)
        a[g] = _mm512_loadu_ps(y + 16 * g);
}

static inline void store_block(const __m512 a[4], float *y)
{
    for (int g = 0; g < 4; g++)
        _mm512_storeu_ps(y + 16 * g, a[g]);
}

static void pw_f32_avx512(const struct pw_span *s, const float *x, float *y)
{
    const unsigned char *stream = s->stream;
    const int32_t *off = s->off;
    for (int b = 0; b < s->blocks; b++, y += PW_ROWS) {
        __m512 a[4];
        load_block(a, y);
        for (int t = 0; t < s->steps; t++, stream += PW_F32_BYTES) {
            const float *at = x + *off++, *w = (const float *)(const void *)(stream + 64);
            const __m512 window[4] = {_mm512_loadu_ps(at), _mm512_loadu_ps(at + 16),
                                      _mm512_loadu_ps(at + 32), _mm512_loadu_ps(at + 48)};
            __m512i i = _mm512_loadu_si512(stream);
            for (int g = 0; g < 4; g++) {
                __mmask16 upper =
                    _mm512_test_epi32_mask(i, _mm512_set1_epi32((int)(0x80u << 8 * g)));
                __m512 v = look_up(window, _mm512_srli_epi32(i, (unsigned)(8 * g)), upper);
                a[g] = _mm512_fmadd_ps(_mm512_loadu_ps(w + 16 * g), v, a[g]);
            }
        }
        store_block(a, y);
    }
}

/* vpermi2ps looks at the low five bits of a weight only. */
static void pw_f27_avx512(const struct pw_span *s, const float *x, float *y)
{
    const __m512i value = _mm512_set1_epi32(~31);
    const unsigned char *stream = s->stream;
    const int32_t *off = s->off;
    for (int b = 0; b < s->blocks; b++, y += PW_ROWS) {
        __m512 a[4];
        load_block(a, y);
        for (int t = 0; t < s->steps; t++, stream += PW_F27_BYTES) {
            const float *at = x + *off++;
            const __m512 low = _mm512_loadu_ps(at), high = _mm512_loadu_ps(at + 16);
            for (int g = 0; g < 4; g++) {
                __m512i w = _mm512_loadu_si512(stream + 64 * g);
                __m512 v = _mm512_permutex2var_ps(low, w, high);
                a[g] = _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_and_si512(w, value)), v, a[g]);
            }
        }
        store_block(a, y);
    }
}

/* Four nibbles a lane, one for each group; vpermps looks at the low four bits only. */
static void bank_f32_avx512(const struct pw_span *s, const float *x, float *y)
{
    const unsigned char *stream = s->stream;
    const int32_t *off = s->off;
    for (int b = 0; b < s->blocks; b++, y += PW_ROWS) {
        __m512 a[4];
        load_block(a, y);
        for (int t = 0; t < s->steps; t++, stream += PW_BANK_F32_BYTES) {
            const float *w = (const float *)(const void *)(stream + 32);
            const __m512 bank = _mm512_loadu_ps(x + *off++);
            __m512i i = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)stream));
            for (int g = 0; g < 4; g++) {
                __m512 v = _mm512_permutexvar_ps(_mm512_srli_epi32(i, (unsigned)(4 * g)), bank);
                a[g] = _mm512_fmadd_ps(_mm512_loadu_ps(w + 16 * g), v, a[g]);
            }
        }
        store_block(a, y);
    }
}

/* Four columns from one load of indices; four sums hide the latency of the addition. */
static void rbs_gemm16_avx512(const float *val, const uint16_t *idx, int rows, int k,
                              const float *x, float *y)
{
    for (int r = 0; r < rows; r++, val += k, idx += k, y += 16) {
        __m512 a[4] = {_mm512_loadu_ps(y), _mm512_setzero_ps(), _mm512_setzero_ps(),
                       _mm512_setzero_ps()};
        for (int j = 0; j < k; j += 4) {
            uint64_t four;
            memcpy(&four, idx + j, sizeof four);
            for (int u = 0; u < 4; u++)
                a[u] = _mm512_fmadd_ps(_mm512_set1_ps(val[j + u]),
                                       _mm512_loadu_ps(x + 16 * (four >> 16 * u & 0xffff)), a[u]);
        }
        _mm512_storeu_ps(y, _mm512_add_ps(_mm512_add_ps(a[0], a[1]), _mm512_add_ps(a[2], a[3])));
    }
}

void kern_init_avx512_own(struct kern *k)
{
    k->rbs_gemm16 = rbs_gemm16_avx512;
    k->pw_f32 = pw_f32_avx512;
    k->pw_f27 = pw_f27_avx512;
    k->bank_f32 = bank_f32_avx512;
}
