/* The runs of the slots in floating point. */
#include "tests/kern_trial.h"

#include <math.h>

static const double ulp = 1.0 / (1 << 23); /* of 1 */

/* Some units of a wider cell: what lies between the gates of these must stay. */
static int draw_stride(struct trial *t, int n)
{
    return n + (rng_below(&t->rng, 2) ? draw_upto(t, 8) : 0);
}

/* An array of `blocks` rows of n elements, stride apart, need not go on behind the last. */
static size_t extent(int blocks, int n, int stride)
{
    return n == 0 || blocks == 0 ? 0 : (size_t)(blocks - 1) * (size_t)stride + (size_t)n;
}

void run_cell_forward(struct trial *t)
{
    int n = draw_size(t), stride = draw_stride(t, n), alias = rng_below(&t->rng, 2) == 0;
    size_t m = (size_t)n, gates = extent(4, n, stride);
    float *z = inout(t, gates, -8, 8);
    const float *p = rng_below(&t->rng, 2) ? input(t, extent(3, n, stride), -1, 1) : NULL;
    float *c = inout(t, m, -2, 2);
    const float *c_prev = alias ? c : input(t, m, -2, 2);
    float *tanh_c = rng_below(&t->rng, 2) ? inout(t, m, 0, 1) : NULL, *h = inout(t, m, 0, 1);
    double wide = 3 * ulp * (t->fill == FILL_LARGE ? 100 : 2); /* an error of f is one of f*c */
    TRIAL_CALL(t)
    t->k->cell_forward(z, p, c_prev, c, tanh_c, h, n, stride);
    give_all(t, z, gates, p != NULL ? wide : 3 * ulp);
    give_all(t, c, m, wide);
    give_all(t, h, m, wide);
    if (tanh_c != NULL)
        give_all(t, tanh_c, m, wide);
}

/* The same operations in the same order at every level: no tolerance. */
void run_cell_backward(struct trial *t)
{
    int n = draw_size(t), stride = draw_stride(t, n);
    size_t m = (size_t)n, of_gates = extent(4, n, stride), of_p = extent(3, n, stride);
    float *gates = inout(t, of_gates, 0, 1);
    const float *p = rng_below(&t->rng, 2) ? input(t, of_p, -1, 1) : NULL;
    const float *c_prev = input(t, m, -2, 2), *c = input(t, m, -2, 2), *tanh_c = input(t, m, -1, 1);
    const float *dh = input(t, m, -1, 1);
    float *dc = inout(t, m, -1, 1), *dp = p != NULL ? inout(t, of_p, -1, 1) : NULL;
    TRIAL_CALL(t)
    t->k->cell_backward(gates, p, c_prev, c, tanh_c, dh, dc, dp, n, stride);
    give_all(t, gates, of_gates, 0);
    give_all(t, dc, m, 0);
    if (dp != NULL)
        give_all(t, dp, of_p, 0);
}

/* exp of less than -87 is no zero, but 1.6e-38, in scalar too. */
void run_exp_tile(struct trial *t)
{
    int rows = draw_upto(t, 149);
    size_t n = (size_t)rows * KERN_TILE_N;
    float *z = inout(t, n, -9, 9), *sum = inout(t, KERN_TILE_N, 0, 5);
    const float *bias = input(t, (size_t)rows, -1, 1), *shift = input(t, KERN_TILE_N, -1, 1);
    TRIAL_CALL(t)
    t->k->exp_tile(z, bias, shift, rows, sum);
    for (size_t i = 0; i < n; i++)
        give(t, z[i], 4 * ulp * fabsf(z[i]));
    for (int j = 0; j < KERN_TILE_N; j++)
        give(t, sum[j], 4 * ulp * fabsf(sum[j]));
}

/* Both ways that `a` may lie; rows of c stand apart, and what is between them must stay. */
void run_gemm_tile(struct trial *t)
{
    int m = draw_upto(t, 25), n = draw_upto(t, KERN_TILE_N), k = draw_upto(t, 199);
    size_t rows = (size_t)m, depth = (size_t)k;
    size_t gap = rng_below(&t->rng, 4), width = (size_t)n + rng_below(&t->rng, 4);
    int across = rng_below(&t->rng, 2) == 0, add = rng_below(&t->rng, 2) == 0;
    size_t a_row = across ? depth + gap : 1, a_col = across ? 1 : rows + gap;
    size_t of_a = m == 0 || k == 0 ? 0 : (rows - 1) * a_row + (depth - 1) * a_col + 1;
    const float *a = input(t, of_a, -1, 1), *b = input(t, depth * KERN_TILE_N, -1, 1);
    float *c = inout(t, extent(m, n, (int)width), -1, 1);
    static double size[26 * KERN_TILE_N];
    for (size_t i = 0; i < rows * (size_t)n; i++) {
        size_t r = i / (size_t)n, j = i % (size_t)n;
        size[i] = add ? fabsf(c[r * width + j]) : 0;
        for (size_t l = 0; l < depth; l++)
            size[i] += fabs((double)a[r * a_row + l * a_col] * b[l * KERN_TILE_N + j]);
    }
    TRIAL_CALL(t)
    t->k->gemm_tile(a, a_row, a_col, b, m, n, k, add, c, width);
    for (size_t i = 0; i < rows * (size_t)n; i++)
        give(t, c[i / (size_t)n * width + i % (size_t)n], (k + 4) * ulp * size[i] + 1e-44);
    for (size_t i = 0; n > 0 && i + 1 < rows; i++)
        give_all(t, c + i * width + (size_t)n, width - (size_t)n, 0);
}

void run_sum_squares(struct trial *t)
{
    size_t n = (size_t)draw_size(t) * (rng_below(&t->rng, 4) == 0 ? 30 : 1);
    const float *x = input(t, n, -3, 3);
    double got = 0;
    TRIAL_CALL(t)
    got = t->k->sum_squares(x, n);
    give(t, got, 8 * ulp * got + 1e-60);
}

/* Halving forgets old roundings: what is left is that of the last two. */
void run_fma_chains(struct trial *t)
{
    int n = draw_upto(t, 99);
    float *v = inout(t, KERN_CHAINS, -2, 2);
    TRIAL_CALL(t)
    t->k->fma_chains(v, n);
    for (int i = 0; i < KERN_CHAINS; i++)
        give(t, v[i], 2 * ulp * fmax(2, fabsf(v[i])));
}

void run_axpy(struct trial *t)
{
    size_t n = (size_t)draw_size(t);
    const float *a = input(t, 1, -2, 2), *x = input(t, n, -2, 2);
    float *y = inout(t, n, -2, 2);
    TRIAL_CALL(t)
    t->k->axpy(*a, x, y, n);
    give_all(t, y, n, 0);
}

void run_transpose16(struct trial *t)
{
    size_t x_stride = 16 + (size_t)draw_upto(t, 19), y_stride = 16 + (size_t)draw_upto(t, 19);
    const float *x = input(t, 15 * x_stride + 16, -1, 1);
    float *y = inout(t, 15 * y_stride + 16, -1, 1);
    TRIAL_CALL(t)
    t->k->transpose16(x, x_stride, y, y_stride);
    give_all(t, y, 15 * y_stride + 16, 0);
}

void run_load_words(struct trial *t)
{
    size_t n = (size_t)draw_size(t) * (rng_below(&t->rng, 4) == 0 ? 20 : 1);
    uint64_t *p = draw_place(t, n, sizeof *p);
    for (size_t i = 0; i < n; i++)
        p[i] = (uint64_t)rng_below(&t->rng, 1u << 31) << 33 | rng_below(&t->rng, 1u << 31);
    keep_input(t, p, n * sizeof *p);
    uint64_t got = 0;
    TRIAL_CALL(t)
    got = t->k->load_words(p, n);
    give(t, (double)(uint32_t)(got >> 32), 0);
    give(t, (double)(uint32_t)got, 0);
}

/* Both packed products: SPEC 4's bound, |y - ref| <= (k+4)*2^-24*sum|w x|, for each of two sides.
 */
static void run_packed(struct trial *t, kern_rbs_gemv_fn *product, size_t lanes)
{
    int rows = draw_upto(t, 39), k = draw_upto(t, 24) * 4, cols = draw_upto(t, 199) + 1;
    int exact = t->exact;
    size_t n = (size_t)rows * (size_t)k;
    const float *val = input(t, n, -1, 1);
    const uint16_t *idx = input_indices(t, n, (uint32_t)cols);
    const float *x = input(t, lanes * (size_t)cols, -1, 1);
    float *y = inout(t, lanes * (size_t)rows, -1, 1);
    static double size[16 * 40];
    for (size_t i = 0; i < lanes * (size_t)rows; i++) {
        size_t row = i / lanes * (size_t)k;
        size[i] = fabsf(y[i]);
        for (size_t j = row; j < row + (size_t)k; j++)
            size[i] += fabs((double)val[j] * x[lanes * idx[j] + i % lanes]);
    }
    TRIAL_CALL(t)
    product(val, idx, rows, k, x, y);
    t->exact = exact && lanes != 16; /* one variant contracts a*b+c */
    for (size_t i = 0; i < lanes * (size_t)rows; i++)
        give(t, y[i], (k + 4) * ulp * size[i] + 1e-44);
    t->exact = exact;
}

void run_rbs_gemv(struct trial *t)
{
    run_packed(t, t->k->rbs_gemv, 1);
}

void run_rbs_gemm8(struct trial *t)
{
    run_packed(t, t->k->rbs_gemm8, 8);
}

void run_rbs_gemm16(struct trial *t)
{
    run_packed(t, t->k->rbs_gemm16, 16);
}

/* The variants contract a*b+c, so levels differ by rounding: the packed bound again. */
static void run_block(struct trial *t, const struct pw_format *f, kern_pw_f32_fn *product)
{
    int exact = t->exact;
    size_t cols = (size_t)f->rule.window + (size_t)draw_size(t);
    const struct pw_span *span = draw_span(t, f, 49, cols);
    const float *x = input(t, cols, -1, 1);
    int steps = span->steps, rows = span->blocks * PW_ROWS;
    float *y = inout(t, (size_t)rows, -1, 1);
    double largest = t->fill == FILL_LARGE ? 50 : 1;
    TRIAL_CALL(t)
    product(span, x, y);
    t->exact = 0;
    give_all(t, y, (size_t)rows, (steps + 4) * ulp * largest * (steps + 1) + 1e-44);
    t->exact = exact;
}

void run_pw_f32(struct trial *t)
{
    run_block(t, &pw_format_f32, t->k->pw_f32);
}

void run_pw_f27(struct trial *t)
{
    run_block(t, &pw_format_f27, t->k->pw_f27);
}

void run_bank_f32(struct trial *t)
{
    run_block(t, &pw_format_bank_f32, t->k->bank_f32);
}

void run_gemv_f32(struct trial *t)
{
    int rows = draw_upto(t, 19), cols = draw_upto(t, 199), exact = t->exact;
    const float *w = input(t, (size_t)rows * (size_t)cols, -1, 1);
    const float *x = input(t, (size_t)cols, -1, 1);
    float *y = inout(t, (size_t)rows, -1, 1);
    static double size[20];
    for (int r = 0; r < rows; r++) {
        size[r] = fabsf(y[r]);
        for (int c = 0; c < cols; c++)
            size[r] += fabs((double)w[r * cols + c] * x[c]);
    }
    TRIAL_CALL(t)
    t->k->gemv_f32(w, rows, cols, x, y);
    t->exact = 0;
    for (int r = 0; r < rows; r++)
        give(t, y[r], (cols + 4) * ulp * size[r] + 1e-44);
    t->exact = exact;
}

/* n bf16 from 2^-20 to 2 in magnitude: variants may take denormals as 0. */
static const uint16_t *input_bf16(struct trial *t, size_t n)
{
    uint16_t *p = draw_place(t, n, sizeof *p);
    for (size_t i = 0; i < n; i++)
        p[i] = (uint16_t)(rng_below(&t->rng, 2) << 15 | (rng_below(&t->rng, 20) + 108) << 7 |
                          rng_below(&t->rng, 128));
    return keep_input(t, p, n * sizeof *p);
}

void run_gemv_bf16(struct trial *t)
{
    int rows = draw_upto(t, 19), cols = draw_upto(t, 4) * 32, exact = t->exact;
    const uint16_t *w = input_bf16(t, (size_t)rows * (size_t)cols);
    const uint16_t *x = input_bf16(t, (size_t)cols);
    float *y = draw_place(t, (size_t)rows, sizeof *y);
    rng_uniform(&t->rng, y, (size_t)rows, -1, 1);
    TRIAL_CALL(t)
    t->k->gemv_bf16(w, rows, cols, x, y);
    t->exact = 0;
    give_all(t, y, (size_t)rows, (cols + 4) * ulp * 4 * (cols + 1));
    t->exact = exact;
}
