/* pw_mul.c - the products of pw.h: blocks split over the pool, spill added. */
#include "kernels/kern.h"
#include "kernels/pw.h"

#include <string.h>

size_t pw_scratch(const struct pw *m)
{
    return m->cols < PW_F32_WINDOW ? PW_F32_WINDOW : 0;
}

struct product {
    const struct pw *m;
    const void *x;
    float *y;     /* f32 */
    int32_t *sum; /* the integer formats: [n][rows] */
    int n;
    size_t stride;
};

/* Blocks of 64 rows, which kernels may write in place; the last one may be shorter. */
static size_t whole_blocks(const struct pw *m, size_t hi)
{
    return hi * PW_ROWS > (size_t)m->rows ? hi - 1 : hi;
}

static kern_pw_f32_fn *float_kernel(const struct pw_format *f)
{
    const struct kern *k = kern_get();
    return f == &pw_format_f32 ? k->pw_f32 : f == &pw_format_f27 ? k->pw_f27 : k->bank_f32;
}

static void blocks_f32(void *ctx, int part, int parts)
{
    const struct product *p = ctx;
    const struct pw *m = p->m;
    kern_pw_f32_fn *kernel = float_kernel(m->format);
    size_t lo, hi, b, whole;
    pool_share((size_t)m->n_blocks, 1, part, parts, &lo, &hi);
    whole = whole_blocks(m, hi);
    for (b = lo; b < whole;) {
        struct pw_span span = pw_span_of(m, b, whole);
        kernel(&span, p->x, p->y + b * PW_ROWS);
        b += (size_t)span.blocks;
    }
    if (b < hi) {
        float rest[PW_ROWS] = {0}, *y = p->y + b * PW_ROWS;
        struct pw_span span = pw_span_of(m, b, hi);
        kernel(&span, p->x, rest);
        for (int r = 0; r < pw_block_rows(m, b); r++)
            y[r] += rest[r];
    }
    for (size_t i = m->spill_start[lo]; i < m->spill_start[hi]; i++)
        p->y[m->spill[i].row] += m->spill[i].val * ((const float *)p->x)[m->spill[i].col];
}

void pw_mul(const struct pw *m, struct pool *pool, const float *x, float *y, float *scratch)
{
    struct product p = {.m = m, .x = x, .y = y};
    if (m->k == 0)
        return;
    if (m->cols < PW_F32_WINDOW) { /* the window would read past the end of x */
        memset(scratch, 0, PW_F32_WINDOW * sizeof *scratch);
        memcpy(scratch, x, (size_t)m->cols * sizeof *x);
        p.x = scratch;
    }
    pool_run(pool, blocks_f32, &p);
}

/* The kernels of an integer format, for one sample and for PW_LANES. */
struct word_kernels {
    kern_pw_q16_fn *one;
    kern_pw_q16_x4_fn *four;
};
struct byte_kernels {
    kern_pw_q8_fn *one;
    kern_pw_q8_x4_fn *four;
};

static struct word_kernels word_kernels(const struct pw_format *f)
{
    const struct kern *k = kern_get();
    if (f == &pw_format_q16)
        return (struct word_kernels){k->pw_q16, k->pw_q16_x4};
    if (f == &pw_format_q16_narrow)
        return (struct word_kernels){k->pw_q16_narrow, k->pw_q16_narrow_x4};
    if (f == &pw_format_q10)
        return (struct word_kernels){k->pw_q10, k->pw_q10_x4};
    return (struct word_kernels){k->bank_q16, k->bank_q16_x4};
}

static struct byte_kernels byte_kernels(const struct pw_format *f)
{
    const struct kern *k = kern_get();
    if (f == &pw_format_q8)
        return (struct byte_kernels){k->pw_q8, k->pw_q8_x4};
    if (f == &pw_format_q8_narrow)
        return (struct byte_kernels){k->pw_q8_narrow, k->pw_q8_narrow_x4};
    if (f == &pw_format_q8_wide)
        return (struct byte_kernels){k->pw_q8_wide, k->pw_q8_wide_x4};
    return (struct byte_kernels){k->bank_q8, k->bank_q8_x4};
}

static void run_words(const struct pw *m, const struct pw_span *s, int samples, const int16_t *x,
                      size_t stride, int32_t *sum, size_t rows)
{
    struct word_kernels kernel = word_kernels(m->format);
    if (samples == PW_LANES)
        kernel.four(s, x, stride, sum, rows);
    else
        for (size_t i = 0; i < (size_t)samples; i++)
            kernel.one(s, x + i * stride, sum + i * rows);
}

static void run_bytes(const struct pw *m, const struct pw_span *s, int samples, const uint8_t *x,
                      size_t stride, int32_t *sum, size_t rows)
{
    struct byte_kernels kernel = byte_kernels(m->format);
    if (samples == PW_LANES)
        kernel.four(s, x, stride, sum, rows);
    else
        for (size_t i = 0; i < (size_t)samples; i++)
            kernel.one(s, x + i * stride, sum + i * rows);
}

/* Up to PW_LANES samples from the first one on, of a span: sum [samples][rows] gets it added. */
static void run_span(const struct product *p, const struct pw_span *s, int first, int samples,
                     int32_t *sum, size_t rows)
{
    size_t at = (size_t)first * p->stride;
    if (p->m->precision == PREC_Q8)
        run_bytes(p->m, s, samples, (const uint8_t *)p->x + at, p->stride, sum, rows);
    else
        run_words(p->m, s, samples, (const int16_t *)p->x + at, p->stride, sum, rows);
}

/* The last block, where it has fewer than 64 rows. */
static void run_rest(const struct product *p, size_t b, int first, int samples)
{
    int32_t rest[PW_LANES * PW_ROWS] = {0};
    size_t rows = (size_t)p->m->rows;
    struct pw_span span = pw_span_of(p->m, b, b + 1);
    run_span(p, &span, first, samples, rest, PW_ROWS);
    for (int i = 0; i < samples; i++) {
        int32_t *sum = p->sum + (size_t)(first + i) * rows + b * PW_ROWS;
        for (int r = 0; r < pw_block_rows(p->m, b); r++)
            sum[r] += rest[i * PW_ROWS + r];
    }
}

/* What the rows of blocks lo to hi begin with. */
static void begin_sums(const struct pw *m, size_t lo, size_t hi, int32_t *sum)
{
    size_t from = lo * PW_ROWS, end = hi * PW_ROWS;
    size_t n = ((size_t)m->rows < end ? (size_t)m->rows : end) - from;
    if (m->zero != NULL)
        memcpy(sum + from, m->zero + from, n * sizeof *sum);
    else
        memset(sum + from, 0, n * sizeof *sum);
}

static void add_spill(const struct product *p, size_t lo, size_t hi, int sample)
{
    const struct pw *m = p->m;
    const int16_t *words = (const int16_t *)p->x + (size_t)sample * p->stride;
    const uint8_t *bytes = (const uint8_t *)p->x + (size_t)sample * p->stride;
    int32_t *sum = p->sum + (size_t)sample * (size_t)m->rows;
    for (size_t i = m->spill_start[lo]; i < m->spill_start[hi]; i++) {
        const struct pw_spill *s = &m->spill[i];
        int32_t x = m->precision == PREC_Q8 ? bytes[s->col] - 128 : words[s->col];
        sum[s->row] += (int32_t)s->val * x;
    }
}

/* Runs of blocks outermost for few samples; with many, a run stays in the near cache for all. */
static void blocks_fixed(void *ctx, int part, int parts)
{
    const struct product *p = ctx;
    const struct pw *m = p->m;
    size_t lo, hi, whole, step;
    pool_share((size_t)m->n_blocks, 1, part, parts, &lo, &hi);
    whole = whole_blocks(m, hi);
    for (int i = 0; i < p->n; i++)
        begin_sums(m, lo, hi, p->sum + (size_t)i * (size_t)m->rows);
    for (size_t b = lo; b < hi; b += step) {
        struct pw_span span = pw_span_of(m, b, p->n > PW_LANES ? b + 1 : whole);
        step = b < whole ? (size_t)span.blocks : 1;
        for (int i = 0; i < p->n; i += PW_LANES) {
            int samples = p->n - i < PW_LANES ? p->n - i : PW_LANES;
            int32_t *sum = p->sum + (size_t)i * (size_t)m->rows + b * PW_ROWS;
            if (b < whole)
                run_span(p, &span, i, samples, sum, (size_t)m->rows);
            else
                run_rest(p, b, i, samples);
        }
    }
    for (int i = 0; i < p->n; i++)
        add_spill(p, lo, hi, i);
}

void pw_mul_fixed(const struct pw *m, struct pool *pool, int n, const void *x, size_t stride,
                  int32_t *sum)
{
    struct product p = {.m = m, .x = x, .sum = sum, .n = n, .stride = stride};
    if (m->k == 0)
        memset(sum, 0, (size_t)n * (size_t)m->rows * sizeof *sum);
    else
        pool_run(pool, blocks_fixed, &p);
}
