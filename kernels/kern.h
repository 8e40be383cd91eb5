/* kern.h - numeric slots: a function type, its scalar C meaning (kern_scalar.c), and faster
 * variants that overwrite it by the processor's flags. tests/test_kern.c runs every slot at every
 * level against scalar. */
#ifndef KERNELS_KERN_H
#define KERNELS_KERN_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

struct pw_span; /* pw_format.h */

enum { KERN_TILE_M = 12, KERN_TILE_N = 32, KERN_CHAINS = 192 };

/* KERN_SLOTS(X): X(result, name, arguments). Arrays may be misaligned; n may be anything >= 0.
 *
 * cell_forward: n units of an LSTM cell of `stride` units, for one sample. z [4][stride] holds
 *   pre-activations (I F G O, bias added, peepholes not) and gets the activated gates. p
 *   [3][stride] is the peephole (i f o) or NULL. c_prev [n] -> c [n] (may be the same array), h [n]
 *   gets o*tanh(c'). tanh_c [n] gets tanh(c') for the backward pass, or is NULL. NaN gives NaN in
 *   its own unit only. With 1 ulp = 2^-23, against exact: gates within 1.75 ulp (measured 1.50), c
 *   within 3.5 and h within 3 ulp of max(1, |c_prev|) (measured 2.84 and 2.28, |c_prev| <= 10).
 * cell_backward: its gradient. gates [4][stride] as cell_forward left them become dz; dh [n] is the
 *   gradient of h; dc [n] that of c' coming from the step after and becomes that of c_prev. dp
 *   [3][stride] gets the peephole gradient added, or is NULL with p. The same bits at every level.
 * exp_tile: a tile of softmax: z [rows][KERN_TILE_N] becomes exp(z + bias[row] - shift[column]),
 *   the argument clamped to [-87, 88]; NaN stays. sum [KERN_TILE_N] gets the columns' sums added.
 * sum_squares: of x[0..n). Variants sum blocks of 1024 in float, and these in double: relative
 *   error 2^-20, infinite where a block exceeds the range of a float.
 * axpy: y += a*x. The same bits at every level.
 * rbs_gemv: row-balanced sparse product for one sample: y[r] += sum over j < k of
 *   val[r*k+j]*x[idx[r*k+j]] for r < rows; k is a multiple of 4. Error as in SPEC 4.
 * rbs_gemm8, rbs_gemm16: the same for 8 or 16 samples side by side: x [columns][8], y [rows][8].
 * transpose16: y[j*y_stride+i] = x[i*x_stride+j] for i, j < 16.
 * load_words: the XOR of p[0..n): the plain load loop whose bandwidth others are compared with.
 * gemv_f32: dense product: y[rows] += w[rows][cols] * x[cols]. Error as in SPEC 4.
 * gemv_bf16: the same of bf16, the upper half of a float, cols a multiple of 32, summed in f32.
 *   Variants may take denormals as 0.
 * gemv_q16, gemv_q8: dense products in integers, exact: sum[rows] += w[rows][cols] * x[cols], x as
 *   it stands; cols is a multiple of 64.
 * rbi_q16, rbi_q8: row-balanced sparse products in integers, exact: sum[r] = the sum over j < k of
 *   val[r*k+j]*x[idx[r*k+j]] (q8: x - 128) for r < rows; k is a multiple of 8.
 * fixed_z_q16: z = sat16(fixed_round(sum_x + sum_h + bias, shift)), whose sum and rounding fit
 *   int32; fixed_z_q8: z = sat16(fixed_round(m_x*sum_x + m_h*sum_h + bias, shift)); shift >= 1.
 *   They return how many values were saturated.
 * fixed_quantize: out = floor(x*times + 1/2) in double, within lo..hi; NaN gives 0 and is counted
 *   in *nans. Returns how many values were saturated.
 * fixed_u8: out = quant_u8(r) (quant.h).
 * fixed_floats: out = x*unit.
 * fixed_gates: the cell of fixed.h without peepholes: z [4][n] (I F G O) and c [n] give c' in place
 *   and h [n]; f_c is 10 to 12. Returns how many of c' were saturated.
 * pw_f32: a span of blocks of 64 rows in the paced-window format (pw_format.h) for one sample:
 *   y[64*blocks] += the blocks times x; x is read at off[t] to off[t]+63. pw_f27: the same with the
 *   index in the weight, over 32 columns.
 * pw_q16, pw_q10, pw_q8: the same in integers, exact: sum[64*blocks] += the blocks times x (int16,
 *   read over a window of 128, 32 when narrow, 64 in q10; uint8 as it stands, over 128, 64 when
 *   narrow, 256 when wide).
 * bank_f32, bank_q16, bank_q8: the same with 4-bit indices into banks of 16 columns; x is read at
 *   off[t] over 16, 64 or 128 columns.
 * pw_*_x4, bank_*_x4: for four samples in one pass, x `stride` elements apart, sum [4][rows], of
 *   which 64*blocks are touched.
 * fma_chains: n times v[j] = v[j]*0.5 + 1 for j < KERN_CHAINS, in registers: what the arithmetic of
 *   the level can do at most.
 * gemm_tile: a tile of a dense product: c[i*c_row + j] = (add ? c : 0) + sum over t < k of
 *   a[i*a_row + t*a_col] * b[t*KERN_TILE_N + j], for i < m, j < n <= KERN_TILE_N; all KERN_TILE_N
 *   columns of b may be read. Each sum is taken in the order of t; levels above scalar fuse and
 *   agree in every bit. Best with m = KERN_TILE_M. Error: (k+4) * 2^-24 * the sum of magnitudes.
 */
#define KERN_SLOTS(X)                                                                              \
    X(void, cell_forward,                                                                          \
      (float *z, const float *p, const float *c_prev, float *c, float *tanh_c, float *h, int n,    \
       int stride))                                                                                \
    X(void, cell_backward,                                                                         \
      (float *gates, const float *p, const float *c_prev, const float *c, const float *tanh_c,     \
       const float *dh, float *dc, float *dp, int n, int stride))                                  \
    X(void, exp_tile, (float *z, const float *bias, const float *shift, int rows, float *sum))     \
    X(double, sum_squares, (const float *x, size_t n))                                             \
    X(void, axpy, (float a, const float *x, float *y, size_t n))                                   \
    X(void, rbs_gemv,                                                                              \
      (const float *val, const uint16_t *idx, int rows, int k, const float *x, float *y))          \
    X(void, rbs_gemm16,                                                                            \
      (const float *val, const uint16_t *idx, int rows, int k, const float *x, float *y))          \
    X(void, rbs_gemm8,                                                                             \
      (const float *val, const uint16_t *idx, int rows, int k, const float *x, float *y))          \
    X(void, transpose16, (const float *x, size_t x_stride, float *y, size_t y_stride))             \
    X(uint64_t, load_words, (const uint64_t *p, size_t n))                                         \
    X(void, fma_chains, (float *v, int n))                                                         \
    X(void, gemv_f32, (const float *w, int rows, int cols, const float *x, float *y))              \
    X(void, gemv_bf16, (const uint16_t *w, int rows, int cols, const uint16_t *x, float *y))       \
    X(void, gemv_q16, (const int16_t *w, int rows, int cols, const int16_t *x, int32_t *sum))      \
    X(void, gemv_q8, (const int8_t *w, int rows, int cols, const uint8_t *x, int32_t *sum))        \
    X(void, rbi_q16,                                                                               \
      (const int16_t *val, const uint16_t *idx, int rows, int k, const int16_t *x, int32_t *sum))  \
    X(void, rbi_q8,                                                                                \
      (const int16_t *val, const uint16_t *idx, int rows, int k, const uint8_t *x, int32_t *sum))  \
    X(size_t, fixed_z_q16,                                                                         \
      (const int32_t *sum_x, const int32_t *sum_h, const int32_t *bias, int n, int shift,          \
       int16_t *z))                                                                                \
    X(size_t, fixed_z_q8,                                                                          \
      (const int32_t *sum_x, const int32_t *sum_h, const int32_t *m_x, const int32_t *m_h,         \
       const int64_t *bias, int n, int shift, int16_t *z))                                         \
    X(size_t, fixed_quantize,                                                                      \
      (const float *x, int n, double times, int lo, int hi, int16_t *out, size_t *nans))           \
    X(void, fixed_u8, (const int16_t *r, int n, uint8_t *out))                                     \
    X(void, fixed_floats, (const int16_t *x, int n, float unit, float *out))                       \
    X(size_t, fixed_gates, (const int16_t *z, int n, int f_c, int16_t *c, int16_t *h))             \
    X(void, pw_f32, (const struct pw_span *s, const float *x, float *y))                           \
    X(void, bank_f32, (const struct pw_span *s, const float *x, float *y))                         \
    X(void, pw_f27, (const struct pw_span *s, const float *x, float *y))                           \
    X(void, pw_q16, (const struct pw_span *s, const int16_t *x, int32_t *sum))                     \
    X(void, pw_q16_narrow, (const struct pw_span *s, const int16_t *x, int32_t *sum))              \
    X(void, pw_q10, (const struct pw_span *s, const int16_t *x, int32_t *sum))                     \
    X(void, bank_q16, (const struct pw_span *s, const int16_t *x, int32_t *sum))                   \
    X(void, pw_q8, (const struct pw_span *s, const uint8_t *x, int32_t *sum))                      \
    X(void, pw_q8_narrow, (const struct pw_span *s, const uint8_t *x, int32_t *sum))               \
    X(void, pw_q8_wide, (const struct pw_span *s, const uint8_t *x, int32_t *sum))                 \
    X(void, bank_q8, (const struct pw_span *s, const uint8_t *x, int32_t *sum))                    \
    X(void, pw_q16_x4,                                                                             \
      (const struct pw_span *s, const int16_t *x, size_t stride, int32_t *sum, size_t rows))       \
    X(void, pw_q16_narrow_x4,                                                                      \
      (const struct pw_span *s, const int16_t *x, size_t stride, int32_t *sum, size_t rows))       \
    X(void, pw_q10_x4,                                                                             \
      (const struct pw_span *s, const int16_t *x, size_t stride, int32_t *sum, size_t rows))       \
    X(void, bank_q16_x4,                                                                           \
      (const struct pw_span *s, const int16_t *x, size_t stride, int32_t *sum, size_t rows))       \
    X(void, pw_q8_x4,                                                                              \
      (const struct pw_span *s, const uint8_t *x, size_t stride, int32_t *sum, size_t rows))       \
    X(void, pw_q8_narrow_x4,                                                                       \
      (const struct pw_span *s, const uint8_t *x, size_t stride, int32_t *sum, size_t rows))       \
    X(void, pw_q8_wide_x4,                                                                         \
      (const struct pw_span *s, const uint8_t *x, size_t stride, int32_t *sum, size_t rows))       \
    X(void, bank_q8_x4,                                                                            \
      (const struct pw_span *s, const uint8_t *x, size_t stride, int32_t *sum, size_t rows))       \
    X(void, gemm_tile,                                                                             \
      (const float *a, size_t a_row, size_t a_col, const float *b, int m, int n, int k, int add,   \
       float *c, size_t c_row))

#define KERN_TYPE(result, name, args) typedef result kern_##name##_fn args;
KERN_SLOTS(KERN_TYPE)
#undef KERN_TYPE

struct kern {
    unsigned flags; /* the cpu flags that these variants were chosen by */
#define KERN_MEMBER(result, name, args) kern_##name##_fn *name;
    KERN_SLOTS(KERN_MEMBER)
#undef KERN_MEMBER
};

/* Fills every slot with the best variant that the flags (base/cpu.h) allow. */
void kern_init(struct kern *k, unsigned flags);

/* The slots for this process: flags found and allowed by BRDS_CPU (a bad value there: scalar; the
 * command has refused it before). Safe from any thread. */
const struct kern *kern_get(void);

/* Each level's own variants, stored over what is there (called by kern_init only). */
void kern_init_scalar(struct kern *k);
void kern_init_avx2(struct kern *k);
void kern_init_avx2_own(struct kern *k);
void kern_init_avx512(struct kern *k);
void kern_init_avx512_own(struct kern *k);
void kern_init_avx512_fixed(struct kern *k);
void kern_init_avx512_bf16(struct kern *k);
void kern_init_avx512_vnni(struct kern *k);
void kern_init_avx512_bank(struct kern *k);
void kern_init_gemm_avx2(struct kern *k);
void kern_init_gemm_avx512(struct kern *k);

#endif
