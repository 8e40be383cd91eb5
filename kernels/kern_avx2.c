/* Slots in AVX2 intrinsics. In the integer paced windows vpshufb looks up 16 bytes, so a window is
 * a few tables and blends. Products are exact: bytes are widened for vpmaddwd, since vpmaddubsw
 * saturates. */
#include "kernels/kern.h"
#include "kernels/pw_format.h"

#include <immintrin.h>

/* 16 bytes in both halves. */
static inline __m256i table_at(const uint8_t *p)
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)p));
}

static inline __m256i load(const void *p)
{
    return _mm256_loadu_si256(p);
}

static inline void add_to(int32_t *sum, __m256i v)
{
    _mm256_storeu_si256((__m256i *)(void *)sum, _mm256_add_epi32(load(sum), v));
}

/* Bytes of two tables; bit 4 of an index says which. */
static inline __m256i look_up(__m256i low, __m256i high, __m256i i)
{
    return _mm256_blendv_epi8(_mm256_shuffle_epi8(low, i), _mm256_shuffle_epi8(high, i),
                              _mm256_slli_epi16(i, 3));
}

/* 8 rows of 4 slots each. */
static inline __m256i slots_q8(const __m256i x[4], __m256i i, __m256i w)
{
    __m256i v =
        _mm256_blendv_epi8(look_up(x[0], x[1], i), look_up(x[2], x[3], i), _mm256_slli_epi16(i, 2));
    __m256i even = _mm256_madd_epi16(_mm256_and_si256(v, _mm256_set1_epi16(255)),
                                     _mm256_srai_epi16(_mm256_slli_epi16(w, 8), 8));
    __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(v, 8), _mm256_srai_epi16(w, 8));
    return _mm256_add_epi32(even, odd);
}

static void block_q8(const unsigned char *stream, const int32_t *off, int steps, const uint8_t *x,
                     int32_t *sum)
{
    __m256i a[8];
    for (int i = 0; i < 8; i++)
        a[i] = _mm256_setzero_si256();
    for (int t = 0; t < steps; t++, stream += PW_Q8_BYTES) {
        const uint8_t *at = x + off[t];
        const __m256i table[4] = {table_at(at), table_at(at + 16), table_at(at + 32),
                                  table_at(at + 48)};
        for (int i = 0; i < 8; i++) {
            const unsigned char *p = stream + 128 * (i / 2) + 32 * (i % 2);
            a[i] = _mm256_add_epi32(a[i], slots_q8(table, load(p), load(p + 64)));
        }
    }
    for (int i = 0; i < 8; i++)
        add_to(sum + 8 * i, a[i]);
}

static void pw_q8_narrow_avx2(const struct pw_span *s, const uint8_t *x, int32_t *sum)
{
    for (int b = 0; b < s->blocks; b++) {
        struct pw_span one = pw_span_block(&pw_format_q8_narrow, s, b);
        block_q8(one.stream, one.off, one.steps, x, sum + PW_ROWS * b);
    }
}

/* 32 int16 as two tables of low and two of high bytes. */
static inline void split_window(const int16_t *x, __m256i low[2], __m256i high[2])
{
    const __m256i byte = _mm256_set1_epi16(255);
    __m256i a = load(x), b = load(x + 16);
    __m256i l = _mm256_packus_epi16(_mm256_and_si256(a, byte), _mm256_and_si256(b, byte));
    __m256i h = _mm256_packus_epi16(_mm256_srli_epi16(a, 8), _mm256_srli_epi16(b, 8));
    l = _mm256_permute4x64_epi64(l, 0xd8);
    h = _mm256_permute4x64_epi64(h, 0xd8);
    low[0] = _mm256_permute4x64_epi64(l, 0x44);
    low[1] = _mm256_permute4x64_epi64(l, 0xee);
    high[0] = _mm256_permute4x64_epi64(h, 0x44);
    high[1] = _mm256_permute4x64_epi64(h, 0xee);
}

static void block_q16(const unsigned char *stream, const int32_t *off, int steps, const int16_t *x,
                      int32_t *sum)
{
    __m256i a[4][2];
    for (int g = 0; g < 4; g++)
        a[g][0] = a[g][1] = _mm256_setzero_si256();
    for (int t = 0; t < steps; t++, stream += PW_Q16_BYTES) {
        __m256i low[2], high[2];
        split_window(x + off[t], low, high);
        for (int g = 0; g < 4; g++) {
            const unsigned char *p = stream + 96 * g;
            __m256i i = load(p);
            __m256i l = look_up(low[0], low[1], i), h = look_up(high[0], high[1], i);
            __m256i first = _mm256_madd_epi16(_mm256_unpacklo_epi8(l, h), load(p + 32));
            __m256i second = _mm256_madd_epi16(_mm256_unpackhi_epi8(l, h), load(p + 64));
            a[g][0] = _mm256_add_epi32(a[g][0], first);
            a[g][1] = _mm256_add_epi32(a[g][1], second);
        }
    }
    for (int g = 0; g < 4; g++) {
        add_to(sum + 16 * g, _mm256_permute2x128_si256(a[g][0], a[g][1], 0x20));
        add_to(sum + 16 * g + 8, _mm256_permute2x128_si256(a[g][0], a[g][1], 0x31));
    }
}

static void pw_q16_narrow_avx2(const struct pw_span *s, const int16_t *x, int32_t *sum)
{
    for (int b = 0; b < s->blocks; b++) {
        struct pw_span one = pw_span_block(&pw_format_q16_narrow, s, b);
        block_q16(one.stream, one.off, one.steps, x, sum + PW_ROWS * b);
    }
}

/* Too few registers for four samples: one after the other, while the block is in the near cache. */
static void pw_q8_narrow_x4_avx2(const struct pw_span *s, const uint8_t *x, size_t stride,
                                 int32_t *sum, size_t rows)
{
    for (int b = 0; b < s->blocks; b++, sum += PW_ROWS) {
        struct pw_span one = pw_span_block(&pw_format_q8_narrow, s, b);
        for (size_t i = 0; i < PW_LANES; i++)
            block_q8(one.stream, one.off, one.steps, x + i * stride, sum + i * rows);
    }
}

static void pw_q16_narrow_x4_avx2(const struct pw_span *s, const int16_t *x, size_t stride,
                                  int32_t *sum, size_t rows)
{
    for (int b = 0; b < s->blocks; b++, sum += PW_ROWS) {
        struct pw_span one = pw_span_block(&pw_format_q16_narrow, s, b);
        for (size_t i = 0; i < PW_LANES; i++)
            block_q16(one.stream, one.off, one.steps, x + i * stride, sum + i * rows);
    }
}

static float sum_of(__m256 v)
{
    __m128 a = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    a = _mm_add_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_add_ss(a, _mm_movehdup_ps(a)));
}

/* Four rows at a time share the loads of x. */
static void gemv_f32_avx2(const float *w, int rows, int cols, const float *x, float *y)
{
    for (int r = 0; r < rows; r += 4) {
        int n = rows - r < 4 ? rows - r : 4, c = 0;
        __m256 a[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(),
                       _mm256_setzero_ps()};
        const float *row[4];
        for (int i = 0; i < 4; i++)
            row[i] = w + (size_t)(i < n ? r + i : r) * (size_t)cols;
        for (; c + 8 <= cols; c += 8) {
            __m256 v = _mm256_loadu_ps(x + c);
            for (int i = 0; i < 4; i++)
                a[i] = _mm256_fmadd_ps(v, _mm256_loadu_ps(row[i] + c), a[i]);
        }
        for (int i = 0; i < n; i++) {
            float sum = sum_of(a[i]);
            for (int j = c; j < cols; j++)
                sum += row[i][j] * x[j];
            y[r + i] += sum;
        }
    }
}

/* 8 bf16 as floats. */
static inline __m256 load_bf16(const uint16_t *p)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(v), 16));
}

static void gemv_bf16_avx2(const uint16_t *w, int rows, int cols, const uint16_t *x, float *y)
{
    for (int r = 0; r < rows; r += 4) {
        int n = rows - r < 4 ? rows - r : 4;
        __m256 a[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(),
                       _mm256_setzero_ps()};
        const uint16_t *row[4];
        for (int i = 0; i < 4; i++)
            row[i] = w + (size_t)(i < n ? r + i : r) * (size_t)cols;
        for (int c = 0; c < cols; c += 8) {
            __m256 v = load_bf16(x + c);
            for (int i = 0; i < 4; i++)
                a[i] = _mm256_fmadd_ps(v, load_bf16(row[i] + c), a[i]);
        }
        for (int i = 0; i < n; i++)
            y[r + i] += sum_of(a[i]);
    }
}

void kern_init_avx2_own(struct kern *k)
{
    k->gemv_f32 = gemv_f32_avx2;
    k->gemv_bf16 = gemv_bf16_avx2;
    k->pw_q8_narrow = pw_q8_narrow_avx2;
    k->pw_q8_narrow_x4 = pw_q8_narrow_x4_avx2;
    k->pw_q16_narrow = pw_q16_narrow_avx2;
    k->pw_q16_narrow_x4 = pw_q16_narrow_x4_avx2;
}
