/* The bank formats in integers on AVX-512 with VNNI and VBMI: nibbles are made whole indices by one
 * vpternlog, then as in the paced windows. */
#include "kernels/kern_avx512_block.h"

/* 4-bit indices made whole: the group's nibble of each word, and where the slot's bank begins. */
static inline __m512i bank_index(__m512i nibbles, __m512i keep, __m512i base)
{
    return _mm512_ternarylogic_epi64(nibbles, keep, base, 0xea); /* (nibbles & keep) | base */
}

static void bank_q16_vnni(const struct pw_span *s, const int16_t *x, int32_t *sum)
{
    const __m512i keep = _mm512_set1_epi16(15);
    const unsigned char *stream = s->stream;
    const uint32_t *base_at = s->base;
    const int32_t *off = s->off;
    for (int block = 0; block < s->blocks; block++, sum += PW_ROWS) {
        __m512i a[4];
        load_block(a, sum);
        for (int t = 0; t < s->steps; t++, stream += PW_BANK_Q16_BYTES) {
            const int16_t *at = x + *off++;
            const __m512i low = _mm512_loadu_si512(at), high = _mm512_loadu_si512(at + 32);
            const __m512i base = _mm512_set1_epi32((int)*base_at++);
            __m512i i = _mm512_loadu_si512(stream);
            for (int g = 0; g < 4; g++) {
                __m512i at_g = bank_index(_mm512_srli_epi16(i, (unsigned)(4 * g)), keep, base);
                a[g] = _mm512_dpwssd_epi32(a[g], _mm512_permutex2var_epi16(low, at_g, high),
                                           _mm512_loadu_si512(stream + 64 + 64 * g));
            }
        }
        store_block(a, sum);
    }
}

static void bank_q8_vnni(const struct pw_span *s, const uint8_t *x, int32_t *sum)
{
    const __m512i keep = _mm512_set1_epi8(15);
    const unsigned char *stream = s->stream;
    const uint32_t *base_at = s->base;
    const int32_t *off = s->off;
    for (int block = 0; block < s->blocks; block++, sum += PW_ROWS) {
        __m512i a[4];
        load_block(a, sum);
        for (int t = 0; t < s->steps; t++, stream += PW_BANK_Q8_BYTES) {
            const uint8_t *at = x + *off++;
            const __m512i low = _mm512_loadu_si512(at), high = _mm512_loadu_si512(at + 64);
            const __m512i base = _mm512_set1_epi32((int)*base_at++);
            for (int b = 0; b < 2; b++) {
                __m512i i = _mm512_loadu_si512(stream + 64 * b);
                const unsigned char *w = stream + 128 + 128 * b;
                __m512i even = bank_index(i, keep, base);
                __m512i odd = bank_index(_mm512_srli_epi16(i, 4), keep, base);
                a[2 * b] = _mm512_dpbusd_epi32(a[2 * b], _mm512_permutex2var_epi8(low, even, high),
                                               _mm512_loadu_si512(w));
                a[2 * b + 1] =
                    _mm512_dpbusd_epi32(a[2 * b + 1], _mm512_permutex2var_epi8(low, odd, high),
                                        _mm512_loadu_si512(w + 64));
            }
        }
        store_block(a, sum);
    }
}

static void bank_q16_x4_vnni(const struct pw_span *s, const int16_t *x, size_t stride, int32_t *sum,
                             size_t rows)
{
    const __m512i keep = _mm512_set1_epi16(15);
    const unsigned char *stream = s->stream;
    const uint32_t *base_at = s->base;
    const int32_t *off = s->off;
    for (int block = 0; block < s->blocks; block++, sum += PW_ROWS) {
        __m512i a[4][4], low[4], high[4];
        load_sums(a, sum, rows);
        for (int t = 0; t < s->steps; t++, off++, stream += PW_BANK_Q16_BYTES) {
            const __m512i base = _mm512_set1_epi32((int)*base_at++);
            __m512i nibbles = _mm512_loadu_si512(stream);
            for (int i = 0; i < 4; i++) {
                low[i] = _mm512_loadu_si512(x + *off + (size_t)i * stride);
                high[i] = _mm512_loadu_si512(x + *off + (size_t)i * stride + 32);
            }
            for (int g = 0; g < 4; g++) {
                __m512i at = bank_index(_mm512_srli_epi16(nibbles, (unsigned)(4 * g)), keep, base);
                __m512i w = _mm512_loadu_si512(stream + 64 + 64 * g);
                for (int i = 0; i < 4; i++)
                    a[i][g] = _mm512_dpwssd_epi32(
                        a[i][g], _mm512_permutex2var_epi16(low[i], at, high[i]), w);
            }
        }
        store_sums(a, sum, rows);
    }
}

static void bank_q8_x4_vnni(const struct pw_span *s, const uint8_t *x, size_t stride, int32_t *sum,
                            size_t rows)
{
    const __m512i keep = _mm512_set1_epi8(15);
    const unsigned char *stream = s->stream;
    const uint32_t *base_at = s->base;
    const int32_t *off = s->off;
    for (int block = 0; block < s->blocks; block++, sum += PW_ROWS) {
        __m512i a[4][4], low[4], high[4];
        load_sums(a, sum, rows);
        for (int t = 0; t < s->steps; t++, off++, stream += PW_BANK_Q8_BYTES) {
            const __m512i base = _mm512_set1_epi32((int)*base_at++);
            for (int i = 0; i < 4; i++) {
                low[i] = _mm512_loadu_si512(x + *off + (size_t)i * stride);
                high[i] = _mm512_loadu_si512(x + *off + (size_t)i * stride + 64);
            }
            for (int g = 0; g < 4; g++) {
                __m512i nibbles = _mm512_loadu_si512(stream + 64 * (g / 2));
                __m512i at =
                    bank_index(_mm512_srli_epi16(nibbles, (unsigned)(4 * (g % 2))), keep, base);
                __m512i w = _mm512_loadu_si512(stream + 128 + 64 * g);
                for (int i = 0; i < 4; i++)
                    a[i][g] = _mm512_dpbusd_epi32(a[i][g],
                                                  _mm512_permutex2var_epi8(low[i], at, high[i]), w);
            }
        }
        store_sums(a, sum, rows);
    }
}

void kern_init_avx512_bank(struct kern *k)
{
    k->bank_q16 = bank_q16_vnni;
    k->bank_q16_x4 = bank_q16_x4_vnni;
    k->bank_q8 = bank_q8_vnni;
    k->bank_q8_x4 = bank_q8_x4_vnni;
}
