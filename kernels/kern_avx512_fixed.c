/* The cell of q16 and q8 on AVX-512 BW: 32 units a vector, the bits of fixed.h. */
#include "kernels/fixed.h"
#include "kernels/kern.h"

#include <immintrin.h>

static inline __mmask16 lanes16(int n)
{
    return n >= 16 ? (__mmask16)0xffff : (__mmask16)((1u << n) - 1);
}

static inline __mmask32 lanes32(int n)
{
    return n >= 32 ? 0xffffffffu : (1u << n) - 1;
}

static size_t count_outside(__m512i v, __mmask16 lanes)
{
    __mmask16 high = _mm512_cmpgt_epi32_mask(v, _mm512_set1_epi32(32767));
    __mmask16 low = _mm512_cmplt_epi32_mask(v, _mm512_set1_epi32(-32768));
    return (size_t)__builtin_popcount((unsigned)((high | low) & lanes));
}

static size_t fixed_z_q16_avx512(const int32_t *sum_x, const int32_t *sum_h, const int32_t *bias,
                                 int n, int shift, int16_t *z)
{
    const __m512i half = _mm512_set1_epi32((int32_t)(1u << (shift - 1)));
    const __m128i by = _mm_cvtsi32_si128(shift);
    size_t saturations = 0;
    for (int j = 0; j < n; j += 16) {
        __mmask16 m = lanes16(n - j);
        __m512i s = _mm512_add_epi32(_mm512_maskz_loadu_epi32(m, sum_x + j),
                                     _mm512_maskz_loadu_epi32(m, sum_h + j));
        s = _mm512_add_epi32(s, _mm512_maskz_loadu_epi32(m, bias + j));
        s = _mm512_sra_epi32(_mm512_add_epi32(s, half), by);
        saturations += count_outside(s, m);
        _mm256_mask_storeu_epi16(z + j, m, _mm512_cvtsepi32_epi16(s));
    }
    return saturations;
}

/* 8 rows of z in q8, in 64 bits. */
static inline __m512i wide_z(const int32_t *sum, const int32_t *multiplier, __mmask8 m)
{
    __m512i s = _mm512_cvtepi32_epi64(_mm256_maskz_loadu_epi32(m, sum));
    return _mm512_mul_epi32(s, _mm512_cvtepi32_epi64(_mm256_maskz_loadu_epi32(m, multiplier)));
}

static inline unsigned outside_16_bits(__m512i s)
{
    return (unsigned)(_mm512_cmpgt_epi64_mask(s, _mm512_set1_epi64(32767)) |
                      _mm512_cmplt_epi64_mask(s, _mm512_set1_epi64(-32768)));
}

/* What all rows share: half of the last place that is kept, and the shift. */
struct rounding {
    __m512i half;
    __m128i by;
};

/* At most 8 rows from the first on. */
static size_t z_rest(const int32_t *sum_x, const int32_t *sum_h, const int32_t *m_x,
                     const int32_t *m_h, const int64_t *bias, int n, const struct rounding *r,
                     int16_t *z)
{
    __mmask8 m = (__mmask8)lanes16(n < 8 ? n : 8);
    __m512i s = _mm512_add_epi64(wide_z(sum_x, m_x, m), wide_z(sum_h, m_h, m));
    s = _mm512_add_epi64(s, _mm512_maskz_loadu_epi64(m, bias));
    s = _mm512_sra_epi64(_mm512_add_epi64(s, r->half), r->by);
    _mm_mask_storeu_epi16(z, m, _mm512_cvtsepi64_epi16(s));
    return (size_t)__builtin_popcount(outside_16_bits(s) & m);
}

/* 16 rows: those of even and those of odd number, since vpmuldq takes every second. */
static inline size_t z_16(const int32_t *sum_x, const int32_t *sum_h, const int32_t *m_x,
                          const int32_t *m_h, const int64_t *bias, const struct rounding *r,
                          int16_t *z)
{
    const __m512i even_rows = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
    const __m512i odd_rows = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
    __m512i x = _mm512_loadu_si512(sum_x), h = _mm512_loadu_si512(sum_h);
    __m512i mx = _mm512_loadu_si512(m_x), mh = _mm512_loadu_si512(m_h);
    __m512i b0 = _mm512_loadu_si512(bias), b1 = _mm512_loadu_si512(bias + 8);
    __m512i even = _mm512_permutex2var_epi64(b0, even_rows, b1);
    __m512i odd = _mm512_permutex2var_epi64(b0, odd_rows, b1);
    even = _mm512_add_epi64(_mm512_add_epi64(even, r->half), _mm512_mul_epi32(x, mx));
    even = _mm512_sra_epi64(_mm512_add_epi64(even, _mm512_mul_epi32(h, mh)), r->by);
    x = _mm512_mul_epi32(_mm512_srli_epi64(x, 32), _mm512_srli_epi64(mx, 32));
    h = _mm512_mul_epi32(_mm512_srli_epi64(h, 32), _mm512_srli_epi64(mh, 32));
    odd = _mm512_add_epi64(_mm512_add_epi64(odd, r->half), x);
    odd = _mm512_sra_epi64(_mm512_add_epi64(odd, h), r->by);
    __m128i low = _mm512_cvtsepi64_epi16(even), high = _mm512_cvtsepi64_epi16(odd);
    _mm_storeu_si128((__m128i *)z, _mm_unpacklo_epi16(low, high));
    _mm_storeu_si128((__m128i *)(z + 8), _mm_unpackhi_epi16(low, high));
    return (size_t)__builtin_popcount(outside_16_bits(even) << 8 | outside_16_bits(odd));
}

static size_t fixed_z_q8_avx512(const int32_t *sum_x, const int32_t *sum_h, const int32_t *m_x,
                                const int32_t *m_h, const int64_t *bias, int n, int shift,
                                int16_t *z)
{
    const struct rounding r = {_mm512_set1_epi64((int64_t)1 << (shift - 1)),
                               _mm_cvtsi32_si128(shift)};
    size_t saturations = 0;
    int j = 0;
    for (; j + 16 <= n; j += 16)
        saturations += z_16(sum_x + j, sum_h + j, m_x + j, m_h + j, bias + j, &r, z + j);
    for (; j < n; j += 8)
        saturations += z_rest(sum_x + j, sum_h + j, m_x + j, m_h + j, bias + j, n - j, &r, z + j);
    return saturations;
}

/* floor(v + 1/2) of 16 values from 2v, which is exact in float where v is: (floor(2v) + 1) / 2,
 * rounded down. */
static inline __m512i round_half_up(__m512 twice)
{
    __m512i floored = _mm512_cvt_roundps_epi32(twice, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
    return _mm512_srai_epi32(_mm512_add_epi32(floored, _mm512_set1_epi32(1)), 1);
}

struct limits {
    __m512 twice_times;
    __m512i low, high;
    size_t nans, saturations;
};

/* 16 values, of which those of the mask count. */
static inline __m256i quantize_16(__m512 x, __mmask16 m, struct limits *l)
{
    const __m512 far = _mm512_set1_ps(0x1p21f);
    __m512 v = _mm512_mul_ps(x, l->twice_times);
    __mmask16 nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
    v = _mm512_maskz_mov_ps((__mmask16)~nan, v);
    v = _mm512_min_ps(_mm512_max_ps(v, _mm512_sub_ps(_mm512_setzero_ps(), far)), far);
    __m512i w = round_half_up(v), fit = _mm512_min_epi32(_mm512_max_epi32(w, l->low), l->high);
    __mmask16 outside = _mm512_cmpneq_epi32_mask(w, fit);
    if ((nan | outside) & m) {
        l->nans += (size_t)__builtin_popcount((unsigned)(nan & m));
        l->saturations += (size_t)__builtin_popcount((unsigned)(outside & m));
    }
    return _mm512_cvtepi32_epi16(fit);
}

static size_t quantize_power_of_two(const float *x, int n, float times, int lo, int hi,
                                    int16_t *out, size_t *nans)
{
    struct limits l = {_mm512_set1_ps(2 * times), _mm512_set1_epi32(lo), _mm512_set1_epi32(hi), 0,
                       0};
    int i = 0;
    for (; i + 16 <= n; i += 16)
        _mm256_storeu_si256((__m256i *)(out + i), quantize_16(_mm512_loadu_ps(x + i), 0xffff, &l));
    if (i < n) {
        __mmask16 m = lanes16(n - i);
        _mm256_mask_storeu_epi16(out + i, m, quantize_16(_mm512_maskz_loadu_ps(m, x + i), m, &l));
    }
    *nans += l.nans;
    return l.saturations;
}

static void fixed_u8_avx512(const int16_t *r, int n, uint8_t *out)
{
    for (int i = 0; i < n; i += 32) {
        __mmask32 m = lanes32(n - i);
        __m512i v = _mm512_adds_epi16(_mm512_maskz_loadu_epi16(m, r + i), _mm512_set1_epi16(128));
        v = _mm512_add_epi16(_mm512_srai_epi16(v, 8), _mm512_set1_epi16(128));
        _mm256_mask_storeu_epi8(out + i, m, _mm512_cvtepi16_epi8(v));
    }
}

static size_t fixed_quantize_avx512(const float *x, int n, double times, int lo, int hi,
                                    int16_t *out, size_t *nans)
{
    const __m512d by = _mm512_set1_pd(times), half = _mm512_set1_pd(0.5);
    const __m512d low = _mm512_set1_pd(lo), high = _mm512_set1_pd(hi);
    size_t saturations = 0;
    int exponent;
    if (frexp(times, &exponent) == 0.5 && exponent > -60 && exponent < 60)
        return quantize_power_of_two(x, n, (float)times, lo, hi, out, nans);
    for (int i = 0; i < n; i += 8) {
        __mmask8 m = (__mmask8)lanes16(n - i < 8 ? n - i : 8);
        __m512d v = _mm512_cvtps_pd(_mm256_maskz_loadu_ps(m, x + i));
        v = _mm512_roundscale_pd(_mm512_add_pd(_mm512_mul_pd(v, by), half),
                                 _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
        __mmask8 nan = _mm512_cmp_pd_mask(v, v, _CMP_UNORD_Q);
        __mmask8 outside =
            _mm512_cmp_pd_mask(v, low, _CMP_LT_OQ) | _mm512_cmp_pd_mask(v, high, _CMP_GT_OQ);
        *nans += (size_t)__builtin_popcount((unsigned)(nan & m));
        saturations += (size_t)__builtin_popcount((unsigned)(outside & m));
        v = _mm512_min_pd(_mm512_max_pd(_mm512_maskz_mov_pd((__mmask8)~nan, v), low), high);
        __m128i w = _mm256_cvtepi32_epi16(_mm512_cvtpd_epi32(v));
        _mm_mask_storeu_epi16(out + i, m, w);
    }
    return saturations;
}

static void fixed_floats_avx512(const int16_t *x, int n, float unit, float *out)
{
    const __m512 by = _mm512_set1_ps(unit);
    for (int i = 0; i < n; i += 16) {
        __mmask16 m = lanes16(n - i);
        __m512i w = _mm512_cvtepi16_epi32(_mm256_maskz_loadu_epi16(m, x + i));
        _mm512_mask_storeu_ps(out + i, m, _mm512_mul_ps(_mm512_cvtepi32_ps(w), by));
    }
}

/* A table of fixed.h in registers. */
struct table {
    __m512i knot, rise, beyond;
    int shift;
};

static inline struct table load_table(const int16_t *knot, int shift)
{
    struct table t = {_mm512_loadu_si512(knot), _mm512_loadu_si512(knot + 1),
                      _mm512_set1_epi16(knot[FIXED_SEGMENTS]), shift};
    t.rise = _mm512_sub_epi16(t.rise, t.knot);
    return t;
}

/* fixed_pwl of |z|. vpmulhrsw rounds as fixed_round does, once the part fills 15 bits. */
static inline __m512i pwl(const struct table *t, __m512i z)
{
    __m512i size = _mm512_abs_epi16(z); /* 32768 is right as an unsigned number */
    __m512i i = _mm512_srl_epi16(size, _mm_cvtsi32_si128(t->shift));
    __m512i part = _mm512_sll_epi16(size, _mm_cvtsi32_si128(16 - t->shift));
    __m512i y =
        _mm512_mulhrs_epi16(_mm512_permutexvar_epi16(i, t->rise), _mm512_srli_epi16(part, 1));
    y = _mm512_add_epi16(y, _mm512_permutexvar_epi16(i, t->knot));
    __mmask32 past = _mm512_cmpge_epu16_mask(i, _mm512_set1_epi16(FIXED_SEGMENTS));
    return _mm512_mask_mov_epi16(y, past, t->beyond);
}

static inline __m512i sigmoid(const struct table *t, __m512i z)
{
    __m512i y = pwl(t, z);
    return _mm512_mask_sub_epi16(y, _mm512_movepi16_mask(z), _mm512_set1_epi16(INT16_MIN), y);
}

static inline __m512i tanh_of(const struct table *t, __m512i z)
{
    __m512i y = pwl(t, z);
    return _mm512_mask_sub_epi16(y, _mm512_movepi16_mask(z), _mm512_setzero_si512(), y);
}

/* fixed_c in 32 bits: floor((f*c*2^d + ig + half) / 2^(15+d)) is floor((f*c + floor((ig +
 * half)/2^d)) / 2^15), since f*c is whole. */
static inline __m512i next_c(__m512i fc, __m512i ig, int d)
{
    __m512i half = _mm512_set1_epi32((int32_t)(1u << (FIXED_G_BITS - 1 + d)));
    __m512i t = _mm512_sra_epi32(_mm512_add_epi32(ig, half), _mm_cvtsi32_si128(d));
    return _mm512_srai_epi32(_mm512_add_epi32(fc, t), FIXED_G_BITS);
}

static inline __m512i c_to_z(__m512i c, int f_c)
{
    if (f_c == 12)
        return _mm512_add_epi16(_mm512_srai_epi16(c, 1), _mm512_and_si512(c, _mm512_set1_epi16(1)));
    return f_c == 11 ? c : _mm512_adds_epi16(c, c);
}

static size_t fixed_gates_avx512(const int16_t *z, int n, int f_c, int16_t *c, int16_t *h)
{
    const struct table s = load_table(fixed_sigmoid_table, FIXED_SIGMOID_SHIFT);
    const struct table t = load_table(fixed_tanh_table, FIXED_TANH_SHIFT);
    size_t saturations = 0;
    for (int j = 0; j < n; j += 32) {
        __mmask32 m = lanes32(n - j);
        const int16_t *at = z + j;
        __m512i i = sigmoid(&s, _mm512_maskz_loadu_epi16(m, at));
        __m512i f = sigmoid(&s, _mm512_maskz_loadu_epi16(m, at + n));
        __m512i g = tanh_of(&t, _mm512_maskz_loadu_epi16(m, at + 2 * n));
        __m512i o = sigmoid(&s, _mm512_maskz_loadu_epi16(m, at + 3 * n));
        __m512i old = _mm512_maskz_loadu_epi16(m, c + j);
        __m512i fc_lo = _mm512_mullo_epi16(f, old), fc_hi = _mm512_mulhi_epi16(f, old);
        __m512i ig_lo = _mm512_mullo_epi16(i, g), ig_hi = _mm512_mulhi_epi16(i, g);
        __m512i low = next_c(_mm512_unpacklo_epi16(fc_lo, fc_hi),
                             _mm512_unpacklo_epi16(ig_lo, ig_hi), FIXED_G_BITS - f_c);
        __m512i high = next_c(_mm512_unpackhi_epi16(fc_lo, fc_hi),
                              _mm512_unpackhi_epi16(ig_lo, ig_hi), FIXED_G_BITS - f_c);
        saturations += count_outside(low, 0xffff) + count_outside(high, 0xffff);
        __m512i now = _mm512_packs_epi32(low, high);
        _mm512_mask_storeu_epi16(c + j, m, now);
        _mm512_mask_storeu_epi16(h + j, m, _mm512_mulhrs_epi16(o, tanh_of(&t, c_to_z(now, f_c))));
    }
    return saturations;
}

void kern_init_avx512_fixed(struct kern *k)
{
    k->fixed_z_q16 = fixed_z_q16_avx512;
    k->fixed_z_q8 = fixed_z_q8_avx512;
    k->fixed_quantize = fixed_quantize_avx512;
    k->fixed_u8 = fixed_u8_avx512;
    k->fixed_floats = fixed_floats_avx512;
    k->fixed_gates = fixed_gates_avx512;
}
