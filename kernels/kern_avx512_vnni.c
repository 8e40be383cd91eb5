/* Integer slots on AVX-512 with VNNI (vpdpwssd, vpdpbusd) and VBMI (vpermi2b). Sums wrap nowhere:
 * the caller has proved that they fit (quant.h). */
#include "kernels/kern_avx512_block.h"
#include "kernels/pw_format.h"

#include <immintrin.h>

/* 32 slots of one group of q16: two a row. */
static inline __m512i step_q16(__m512i sum, const __m512i x[4], __m512i i, __mmask32 upper,
                               const unsigned char *w)
{
    __m512i low = _mm512_permutex2var_epi16(x[0], i, x[1]);
    __m512i v = _mm512_mask_mov_epi16(low, upper, _mm512_permutex2var_epi16(x[2], i, x[3]));
    return _mm512_dpwssd_epi32(sum, v, _mm512_loadu_si512(w));
}

static void pw_q16_vnni(const struct pw_span *s, const int16_t *x, int32_t *sum)
{
    const unsigned char *stream = s->stream;
    const int32_t *off = s->off;
    for (int block = 0; block < s->blocks; block++, sum += PW_ROWS) {
        __m512i a[4];
        load_block(a, sum);
        for (int t = 0; t < s->steps; t++, stream += PW_Q16_BYTES) {
            const int16_t *at = x + *off++;
            const __m512i window[4] = {_mm512_loadu_si512(at), _mm512_loadu_si512(at + 32),
                                       _mm512_loadu_si512(at + 64), _mm512_loadu_si512(at + 96)};
            for (int b = 0; b < 2; b++) {
                __m512i i = _mm512_loadu_si512(stream + 64 * b);
                const unsigned char *w = stream + 128 + 128 * b;
                a[2 * b] = step_q16(a[2 * b], window, i,
                                    _mm512_test_epi16_mask(i, _mm512_set1_epi16(0x80)), w);
                a[2 * b + 1] = step_q16(a[2 * b + 1], window, _mm512_srli_epi16(i, 8),
                                        _mm512_movepi16_mask(i), w + 64);
            }
        }
        store_block(a, sum);
    }
}

/* The word is its own index: vpermi2w looks at the low six bits only. */
static void pw_q10_vnni(const struct pw_span *s, const int16_t *x, int32_t *sum)
{
    const unsigned char *stream = s->stream;
    const __m512i value = _mm512_set1_epi16(~63);
    const int32_t *off = s->off;
    for (int block = 0; block < s->blocks; block++, sum += PW_ROWS) {
        __m512i a[4];
        load_block(a, sum);
        for (int t = 0; t < s->steps; t++, stream += PW_Q10_BYTES) {
            const int16_t *at = x + *off++;
            const __m512i x0 = _mm512_loadu_si512(at), x1 = _mm512_loadu_si512(at + 32);
            for (int g = 0; g < 4; g++) {
                __m512i w = _mm512_loadu_si512(stream + 64 * g);
                __m512i v = _mm512_permutex2var_epi16(x0, w, x1);
                a[g] = _mm512_dpwssd_epi32(a[g], v, _mm512_and_si512(w, value));
            }
        }
        store_block(a, sum);
    }
}

static void pw_q8_vnni(const struct pw_span *s, const uint8_t *x, int32_t *sum)
{
    const unsigned char *stream = s->stream;
    const int32_t *off = s->off;
    for (int block = 0; block < s->blocks; block++, sum += PW_ROWS) {
        __m512i a[4];
        load_block(a, sum);
        for (int t = 0; t < s->steps; t++, stream += PW_Q8_BYTES) {
            const uint8_t *at = x + *off++;
            const __m512i x0 = _mm512_loadu_si512(at), x1 = _mm512_loadu_si512(at + 64);
            for (int g = 0; g < 4; g++) {
                __m512i i = _mm512_loadu_si512(stream + 128 * g);
                a[g] = _mm512_dpbusd_epi32(a[g], _mm512_permutex2var_epi8(x0, i, x1),
                                           _mm512_loadu_si512(stream + 128 * g + 64));
            }
        }
        store_block(a, sum);
    }
}

static void pw_q8_wide_vnni(const struct pw_span *s, const uint8_t *x, int32_t *sum)
{
    const unsigned char *stream = s->stream;
    const int32_t *off = s->off;
    for (int block = 0; block < s->blocks; block++, sum += PW_ROWS) {
        __m512i a[4];
        load_block(a, sum);
        for (int t = 0; t < s->steps; t++, stream += PW_Q8_BYTES) {
            const uint8_t *at = x + *off++;
            const __m512i x0 = _mm512_loadu_si512(at), x1 = _mm512_loadu_si512(at + 64);
            const __m512i x2 = _mm512_loadu_si512(at + 128), x3 = _mm512_loadu_si512(at + 192);
            for (int g = 0; g < 4; g++) {
                __m512i i = _mm512_loadu_si512(stream + 128 * g);
                __m512i low = _mm512_permutex2var_epi8(x0, i, x1);
                __m512i v = _mm512_mask_mov_epi8(low, _mm512_movepi8_mask(i),
                                                 _mm512_permutex2var_epi8(x2, i, x3));
                a[g] = _mm512_dpbusd_epi32(a[g], v, _mm512_loadu_si512(stream + 128 * g + 64));
            }
        }
        store_block(a, sum);
    }
}

/* Four rows at a time share the loads of x. */
static void gemv_q16_vnni(const int16_t *w, int rows, int cols, const int16_t *x, int32_t *sum)
{
    for (int r = 0; r < rows; r += 4) {
        int n = rows - r < 4 ? rows - r : 4;
        __m512i a[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(),
                        _mm512_setzero_si512()};
        const int16_t *row[4];
        for (int i = 0; i < 4; i++)
            row[i] = w + (size_t)(i < n ? r + i : r) * (size_t)cols;
        for (int c = 0; c < cols; c += 32) {
            __m512i v = _mm512_loadu_si512(x + c);
            for (int i = 0; i < 4; i++)
                a[i] = _mm512_dpwssd_epi32(a[i], v, _mm512_loadu_si512(row[i] + c));
        }
        for (int i = 0; i < n; i++)
            sum[r + i] += _mm512_reduce_add_epi32(a[i]);
    }
}

static void gemv_q8_vnni(const int8_t *w, int rows, int cols, const uint8_t *x, int32_t *sum)
{
    for (int r = 0; r < rows; r += 4) {
        int n = rows - r < 4 ? rows - r : 4;
        __m512i a[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(),
                        _mm512_setzero_si512()};
        const int8_t *row[4];
        for (int i = 0; i < 4; i++)
            row[i] = w + (size_t)(i < n ? r + i : r) * (size_t)cols;
        for (int c = 0; c < cols; c += 64) {
            __m512i v = _mm512_loadu_si512(x + c);
            for (int i = 0; i < 4; i++)
                a[i] = _mm512_dpbusd_epi32(a[i], v, _mm512_loadu_si512(row[i] + c));
        }
        for (int i = 0; i < n; i++)
            sum[r + i] += _mm512_reduce_add_epi32(a[i]);
    }
}

static void pw_q8_x4_vnni(const struct pw_span *s, const uint8_t *x, size_t stride, int32_t *sum,
                          size_t rows)
{
    const unsigned char *stream = s->stream;
    const int32_t *off = s->off;
    for (int block = 0; block < s->blocks; block++, sum += PW_ROWS) {
        __m512i a[4][4], low[4], high[4];
        load_sums(a, sum, rows);
        for (int t = 0; t < s->steps; t++, off++, stream += PW_Q8_BYTES) {
            for (int i = 0; i < 4; i++) {
                low[i] = _mm512_loadu_si512(x + *off + (size_t)i * stride);
                high[i] = _mm512_loadu_si512(x + *off + (size_t)i * stride + 64);
            }
            for (int g = 0; g < 4; g++) {
                __m512i idx = _mm512_loadu_si512(stream + 128 * g);
                __m512i w = _mm512_loadu_si512(stream + 128 * g + 64);
                for (int i = 0; i < 4; i++)
                    a[i][g] = _mm512_dpbusd_epi32(
                        a[i][g], _mm512_permutex2var_epi8(low[i], idx, high[i]), w);
            }
        }
        store_sums(a, sum, rows);
    }
}

static void pw_q10_x4_vnni(const struct pw_span *s, const int16_t *x, size_t stride, int32_t *sum,
                           size_t rows)
{
    const unsigned char *stream = s->stream;
    const __m512i value = _mm512_set1_epi16(~63);
    const int32_t *off = s->off;
    for (int block = 0; block < s->blocks; block++, sum += PW_ROWS) {
        __m512i a[4][4], low[4], high[4];
        load_sums(a, sum, rows);
        for (int t = 0; t < s->steps; t++, off++, stream += PW_Q10_BYTES) {
            for (int i = 0; i < 4; i++) {
                low[i] = _mm512_loadu_si512(x + *off + (size_t)i * stride);
                high[i] = _mm512_loadu_si512(x + *off + (size_t)i * stride + 32);
            }
            for (int g = 0; g < 4; g++) {
                __m512i idx = _mm512_loadu_si512(stream + 64 * g);
                __m512i w = _mm512_and_si512(idx, value);
                for (int i = 0; i < 4; i++)
                    a[i][g] = _mm512_dpwssd_epi32(
                        a[i][g], _mm512_permutex2var_epi16(low[i], idx, high[i]), w);
            }
        }
        store_sums(a, sum, rows);
    }
}

/* The windows of four samples do not fit the registers beside the sums: two and two. */
static void pw_q16_x2(const struct pw_span *s, const int16_t *x, size_t stride, int32_t *sum,
                      size_t rows)
{
    const unsigned char *stream = s->stream;
    const int32_t *off = s->off;
    __m512i a[2][4];
    for (int i = 0; i < 2; i++)
        load_block(a[i], sum + rows * (size_t)i);
    for (int t = 0; t < s->steps; t++, off++, stream += PW_Q16_BYTES) {
        __m512i window[2][4];
        for (int i = 0; i < 2; i++)
            for (int j = 0; j < 4; j++)
                window[i][j] = _mm512_loadu_si512(x + *off + (size_t)i * stride + 32 * j);
        for (int b = 0; b < 2; b++) {
            __m512i idx = _mm512_loadu_si512(stream + 64 * b), odd = _mm512_srli_epi16(idx, 8);
            __mmask32 up = _mm512_test_epi16_mask(idx, _mm512_set1_epi16(0x80));
            __mmask32 up_odd = _mm512_movepi16_mask(idx);
            const unsigned char *w = stream + 128 + 128 * b;
            for (int i = 0; i < 2; i++) {
                a[i][2 * b] = step_q16(a[i][2 * b], window[i], idx, up, w);
                a[i][2 * b + 1] = step_q16(a[i][2 * b + 1], window[i], odd, up_odd, w + 64);
            }
        }
    }
    for (int i = 0; i < 2; i++)
        store_block(a[i], sum + rows * (size_t)i);
}

static void pw_q16_x4_vnni(const struct pw_span *s, const int16_t *x, size_t stride, int32_t *sum,
                           size_t rows)
{
    for (int b = 0; b < s->blocks; b++, sum += PW_ROWS) {
        struct pw_span one = pw_span_block(&pw_format_q16, s, b);
        pw_q16_x2(&one, x, stride, sum, rows);
        pw_q16_x2(&one, x + 2 * stride, stride, sum + 2 * rows, rows);
    }
}

static void pw_q8_wide_x4_vnni(const struct pw_span *s, const uint8_t *x, size_t stride,
                               int32_t *sum, size_t rows)
{
    for (int b = 0; b < s->blocks; b++, sum += PW_ROWS) {
        struct pw_span one = pw_span_block(&pw_format_q8_wide, s, b);
        for (size_t i = 0; i < 4; i++)
            pw_q8_wide_vnni(&one, x + i * stride, sum + i * rows);
    }
}

void kern_init_avx512_vnni(struct kern *k)
{
    k->gemv_q16 = gemv_q16_vnni;
    k->gemv_q8 = gemv_q8_vnni;
    k->pw_q16 = pw_q16_vnni;
    k->pw_q16_x4 = pw_q16_x4_vnni;
    k->pw_q10_x4 = pw_q10_x4_vnni;
    k->pw_q8_x4 = pw_q8_x4_vnni;
    k->pw_q8_wide_x4 = pw_q8_wide_x4_vnni;
    k->pw_q10 = pw_q10_vnni;
    k->pw_q8 = pw_q8_vnni;
    k->pw_q8_wide = pw_q8_wide_vnni;
}
