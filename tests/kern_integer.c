/* The runs of the slots in integers: no tolerance anywhere. */
#include "tests/kern_trial.h"

#include <math.h>
#include <string.h>

/* Random integers of `size` bytes in an input. */
static const void *input_ints(struct trial *t, size_t n, size_t size, uint32_t below)
{
    unsigned char *p = draw_place(t, n, size);
    for (size_t i = 0; i < n; i++) {
        uint16_t v = (uint16_t)(rng_below(&t->rng, below) - (below > 256 ? below / 2 : 0));
        memcpy(p + i * size, &v, size);
    }
    return keep_input(t, p, n * size);
}

static void give_ints(struct trial *t, const int32_t *sum, int n)
{
    for (int i = 0; i < n; i++)
        give(t, sum[i], 0);
}

static int32_t *draw_ints(struct trial *t, int n)
{
    int32_t *sum = draw_place(t, (size_t)n, sizeof *sum);
    for (int i = 0; i < n; i++)
        sum[i] = (int32_t)rng_below(&t->rng, 2001) - 1000;
    return sum;
}

/* Weights at both ends of their range, so that nothing may saturate on the way. */
void run_gemv_q16(struct trial *t)
{
    int rows = draw_upto(t, 19), cols = draw_upto(t, 4) * 64;
    size_t n = (size_t)rows * (size_t)cols;
    const int16_t *w = input_ints(t, n, 2, t->fill == FILL_LARGE ? 200 : 400);
    const int16_t *x = input_ints(t, (size_t)cols, 2, 65536);
    int32_t *sum = draw_ints(t, rows);
    TRIAL_CALL(t)
    t->k->gemv_q16(w, rows, cols, x, sum);
    give_ints(t, sum, rows);
}

void run_gemv_q8(struct trial *t)
{
    int rows = draw_upto(t, 19), cols = draw_upto(t, 4) * 64;
    const int8_t *w = input_ints(t, (size_t)rows * (size_t)cols, 1, 256);
    const uint8_t *x = input_ints(t, (size_t)cols, 1, 256);
    int32_t *sum = draw_ints(t, rows);
    TRIAL_CALL(t)
    t->k->gemv_q8(w, rows, cols, x, sum);
    give_ints(t, sum, rows);
}

static void run_words(struct trial *t, const struct pw_format *f, kern_pw_q16_fn *product)
{
    size_t cols = (size_t)f->rule.window + (size_t)draw_size(t);
    const struct pw_span *span = draw_span(t, f, 29, cols);
    const int16_t *x = input_ints(t, cols, sizeof *x, 65536);
    int32_t *sum = draw_ints(t, span->blocks * PW_ROWS);
    TRIAL_CALL(t)
    product(span, x, sum);
    give_ints(t, sum, span->blocks * PW_ROWS);
}

static void run_bytes(struct trial *t, const struct pw_format *f, kern_pw_q8_fn *product)
{
    size_t cols = (size_t)f->rule.window + (size_t)draw_size(t);
    const struct pw_span *span = draw_span(t, f, 29, cols);
    const uint8_t *x = input_ints(t, cols, 1, 256);
    int32_t *sum = draw_ints(t, span->blocks * PW_ROWS);
    TRIAL_CALL(t)
    product(span, x, sum);
    give_ints(t, sum, span->blocks * PW_ROWS);
}

static void run_words_x4(struct trial *t, const struct pw_format *f, kern_pw_q16_x4_fn *product)
{
    size_t stride = (size_t)f->rule.window + (size_t)draw_size(t);
    const struct pw_span *span = draw_span(t, f, 14, stride);
    const int16_t *x = input_ints(t, PW_LANES * stride, sizeof *x, 65536);
    int rows = span->blocks * PW_ROWS + draw_upto(t, 8);
    int32_t *sum = draw_ints(t, PW_LANES * rows);
    TRIAL_CALL(t)
    product(span, x, stride, sum, (size_t)rows);
    give_ints(t, sum, PW_LANES * rows);
}

static void run_bytes_x4(struct trial *t, const struct pw_format *f, kern_pw_q8_x4_fn *product)
{
    size_t stride = (size_t)f->rule.window + (size_t)draw_size(t);
    const struct pw_span *span = draw_span(t, f, 14, stride);
    const uint8_t *x = input_ints(t, PW_LANES * stride, 1, 256);
    int rows = span->blocks * PW_ROWS + draw_upto(t, 8);
    int32_t *sum = draw_ints(t, PW_LANES * rows);
    TRIAL_CALL(t)
    product(span, x, stride, sum, (size_t)rows);
    give_ints(t, sum, PW_LANES * rows);
}

/* A format's kernels, for one sample and for PW_LANES. */
#define RUN_FORMAT(name, format, run)                                                              \
    void run_##name(struct trial *t)                                                               \
    {                                                                                              \
        run(t, &format, t->k->name);                                                               \
    }                                                                                              \
    void run_##name##_x4(struct trial *t)                                                          \
    {                                                                                              \
        run##_x4(t, &format, t->k->name##_x4);                                                     \
    }

RUN_FORMAT(pw_q16, pw_format_q16, run_words)
RUN_FORMAT(pw_q16_narrow, pw_format_q16_narrow, run_words)
RUN_FORMAT(pw_q10, pw_format_q10, run_words)
RUN_FORMAT(bank_q16, pw_format_bank_q16, run_words)
RUN_FORMAT(pw_q8, pw_format_q8, run_bytes)
RUN_FORMAT(pw_q8_narrow, pw_format_q8_narrow, run_bytes)
RUN_FORMAT(pw_q8_wide, pw_format_q8_wide, run_bytes)
RUN_FORMAT(bank_q8, pw_format_bank_q8, run_bytes)

/* Weights that keep every sum within int32, whatever x is. */
void run_rbi_q16(struct trial *t)
{
    int rows = draw_upto(t, 19), k = draw_upto(t, 11) * 8, cols = draw_size(t) + 1;
    size_t n = (size_t)rows * (size_t)k;
    const int16_t *val = input_ints(t, n, sizeof *val, 600);
    const uint16_t *idx = input_indices(t, n, (uint32_t)cols);
    const int16_t *x = input_ints(t, (size_t)cols, sizeof *x, 65536);
    int32_t *sum = draw_ints(t, rows);
    TRIAL_CALL(t)
    t->k->rbi_q16(val, idx, rows, k, x, sum);
    give_ints(t, sum, rows);
}

void run_rbi_q8(struct trial *t)
{
    int rows = draw_upto(t, 19), k = draw_upto(t, 11) * 8, cols = draw_size(t) + 1;
    size_t n = (size_t)rows * (size_t)k;
    const int16_t *val = input_ints(t, n, sizeof *val, 300);
    const uint16_t *idx = input_indices(t, n, (uint32_t)cols);
    const uint8_t *x = input_ints(t, (size_t)cols, 1, 256);
    int32_t *sum = draw_ints(t, rows);
    TRIAL_CALL(t)
    t->k->rbi_q8(val, idx, rows, k, x, sum);
    give_ints(t, sum, rows);
}

/* n int32 in [-2^bits, 2^bits). */
static const int32_t *input_words(struct trial *t, size_t n, int bits)
{
    int32_t *p = draw_place(t, n, sizeof *p);
    for (size_t i = 0; i < n; i++)
        p[i] = (int32_t)(rng_below(&t->rng, 2u << bits)) - (int32_t)(1u << bits);
    return keep_input(t, p, n * sizeof *p);
}

static void give_shorts(struct trial *t, const int16_t *z, int n)
{
    for (int i = 0; i < n; i++)
        give(t, z[i], 0);
}

/* Sums up to 2^28 that often leave int16 after the shift. */
void run_fixed_z_q16(struct trial *t)
{
    int n = draw_size(t), shift = 1 + (int)rng_below(&t->rng, 18);
    const int32_t *x = input_words(t, (size_t)n, 28), *h = input_words(t, (size_t)n, 28);
    const int32_t *bias = input_words(t, (size_t)n, 28);
    int16_t *z = draw_place(t, (size_t)n, sizeof *z);
    size_t saturated = 0;
    TRIAL_CALL(t)
    saturated = t->k->fixed_z_q16(x, h, bias, n, shift, z);
    give(t, (double)saturated, 0);
    give_shorts(t, z, n);
}

void run_fixed_z_q8(struct trial *t)
{
    int n = draw_size(t), shift = 1 + (int)rng_below(&t->rng, 46);
    size_t m = (size_t)n;
    const int32_t *x = input_words(t, m, 25), *h = input_words(t, m, 25);
    const int32_t *m_x = input_words(t, m, 29), *m_h = input_words(t, m, 29);
    int64_t *bias = draw_place(t, m, sizeof *bias);
    for (size_t i = 0; i < m; i++)
        bias[i] = ((int64_t)rng_below(&t->rng, 1u << 31) - (1 << 30)) * (1 << 20);
    keep_input(t, bias, m * sizeof *bias);
    int16_t *z = draw_place(t, m, sizeof *z);
    size_t saturated = 0;
    TRIAL_CALL(t)
    saturated = t->k->fixed_z_q8(x, h, m_x, m_h, bias, n, shift, z);
    give(t, (double)saturated, 0);
    give_shorts(t, z, n);
}

void run_fixed_quantize(struct trial *t)
{
    int n = draw_size(t), hi = rng_below(&t->rng, 2) ? 127 : 32767;
    double times = (rng_below(&t->rng, 2) ? 0.3 : 1) * (1 << rng_below(&t->rng, 18));
    const float *x = input(t, (size_t)n, -2, 2);
    int16_t *out = draw_place(t, (size_t)n, sizeof *out);
    size_t nans = 0;
    size_t saturated = 0;
    TRIAL_CALL(t)
    saturated = t->k->fixed_quantize(x, n, times, -hi - 1, hi, out, &nans);
    give(t, (double)saturated, 0);
    give(t, (double)nans, 0);
    give_shorts(t, out, n);
}

void run_fixed_u8(struct trial *t)
{
    int n = draw_size(t);
    const int16_t *r = input_ints(t, (size_t)n, sizeof *r, 65536);
    uint8_t *out = draw_place(t, (size_t)n, 1);
    TRIAL_CALL(t)
    t->k->fixed_u8(r, n, out);
    for (int i = 0; i < n; i++)
        give(t, out[i], 0);
}

void run_fixed_floats(struct trial *t)
{
    int n = draw_size(t);
    const int16_t *x = input_ints(t, (size_t)n, sizeof *x, 65536);
    float *out = inout(t, (size_t)n, 0, 1);
    TRIAL_CALL(t)
    t->k->fixed_floats(x, n, 0x1p-12f, out);
    give_all(t, out, (size_t)n, 0);
}

/* Every z and c, their extremes often. */
void run_fixed_gates(struct trial *t)
{
    static const int16_t edge[] = {INT16_MIN, INT16_MIN + 1, -1, 0, 1, INT16_MAX};
    int n = draw_size(t), f_c = 10 + (int)rng_below(&t->rng, 3);
    const int16_t *z = input_ints(t, 4 * (size_t)n, sizeof *z, 65536);
    int16_t *c = draw_place(t, (size_t)n, sizeof *c), *h = draw_place(t, (size_t)n, sizeof *h);
    for (int i = 0; i < n; i++) {
        uint32_t pick = rng_below(&t->rng, 12);
        c[i] = pick < 6 ? edge[pick] : (int16_t)(rng_below(&t->rng, 65536) - 32768);
    }
    size_t saturated = 0;
    TRIAL_CALL(t)
    saturated = t->k->fixed_gates(z, n, f_c, c, h);
    give(t, (double)saturated, 0);
    give_shorts(t, c, n);
    give_shorts(t, h, n);
}
