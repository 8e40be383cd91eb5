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
    const float *x = p->x;
    size_t lo, hi;
    pool_share((size_t)m->n_blocks, 1, part, parts, &lo, &hi);
    for (size_t b = lo; b < hi; b++) {
        float rest[PW_ROWS] = {0}, *y = p->y + b * PW_ROWS;
        int n = pw_block_rows(m, b), whole = n == PW_ROWS;
        struct pw_span span = pw_block_span(m, b);
        kernel(&span, x, whole ? y : rest);
        for (int r = 0; !whole && r < n; r++)
            y[r] += rest[r];
        for (size_t i = m->spill_start[b]; i < m->spill_start[b + 1]; i++)
            p->y[m->spill[i].row] += m->spill[i].val * x[m->spill[i].col];
    }
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

static void spill_q16(const struct pw *m, size_t b, const int16_t *x, int32_t *sum)
{
    for (size_t i = m->spill_start[b]; i < m->spill_start[b + 1]; i++)
        sum[m->spill[i].row] += (int32_t)m->spill[i].val * x[m->spill[i].col];
}

static void spill_q8(const struct pw *m, size_t b, const uint8_t *x, int32_t *sum)
{
    for (size_t i = m->spill_start[b]; i < m->spill_start[b + 1]; i++)
        sum[m->spill[i].row] += (int32_t)m->spill[i].val * (x[m->spill[i].col] - 128);
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
    if (f == &pw_format_q10)
        return (struct word_kernels){k->pw_q10, k->pw_q10_x4};
    return (struct word_kernels){k->bank_q16, k->bank_q16_x4};
}

static struct byte_kernels byte_kernels(const struct pw_format *f)
{
    const struct kern *k = kern_get();
    if (f == &pw_format_q8)
        return (struct byte_kernels){k->pw_q8, k->pw_q8_x4};
    if (f == &pw_format_q8_wide)
        return (struct byte_kernels){k->pw_q8_wide, k->pw_q8_wide_x4};
    return (struct byte_kernels){k->bank_q8, k->bank_q8_x4};
}

/* What the sums of a block's samples begin with. */
static void begin_sums(const struct pw *m, size_t b, int samples, int32_t *sum)
{
    for (int i = 0; i < samples; i++) {
        if (m->zero != NULL)
            memcpy(sum + i * PW_ROWS, m->zero + b * PW_ROWS, PW_ROWS * sizeof *sum);
        else
            memset(sum + i * PW_ROWS, 0, PW_ROWS * sizeof *sum);
    }
}

/* Up to PW_LANES samples of one block: sum [samples][PW_ROWS]. */
static void block_words(const struct pw *m, size_t b, int samples, const int16_t *x, size_t stride,
                        int32_t *sum)
{
    struct word_kernels kernel = word_kernels(m->format);
    struct pw_span span = pw_block_span(m, b);
    if (samples == PW_LANES)
        kernel.four(&span, x, stride, sum);
    else
        for (int i = 0; i < samples; i++)
            kernel.one(&span, x + (size_t)i * stride, sum + i * PW_ROWS);
}

static void block_bytes(const struct pw *m, size_t b, int samples, const uint8_t *x, size_t stride,
                        int32_t *sum)
{
    struct byte_kernels kernel = byte_kernels(m->format);
    struct pw_span span = pw_block_span(m, b);
    if (samples == PW_LANES)
        kernel.four(&span, x, stride, sum);
    else
        for (int i = 0; i < samples; i++)
            kernel.one(&span, x + (size_t)i * stride, sum + i * PW_ROWS);
}

/* One sample's share of a block: spill added, written where it belongs. */
static void finish_block(const struct product *p, size_t b, int sample, const int32_t *sum)
{
    const struct pw *m = p->m;
    size_t at = (size_t)sample * p->stride;
    int32_t *y = p->sum + (size_t)sample * (size_t)m->rows;
    memcpy(y + b * PW_ROWS, sum, (size_t)pw_block_rows(m, b) * sizeof *y);
    if (m->precision != PREC_Q8)
        spill_q16(m, b, (const int16_t *)p->x + at, y);
    else
        spill_q8(m, b, (const uint8_t *)p->x + at, y);
}

static void blocks_fixed(void *ctx, int part, int parts)
{
    const struct product *p = ctx;
    const struct pw *m = p->m;
    size_t lo, hi;
    pool_share((size_t)m->n_blocks, 1, part, parts, &lo, &hi);
    for (size_t b = lo; b < hi; b++)
        for (int i = 0; i < p->n; i += PW_LANES) {
            int32_t sum[PW_LANES * PW_ROWS];
            int samples = p->n - i < PW_LANES ? p->n - i : PW_LANES;
            size_t at = (size_t)i * p->stride;
            begin_sums(m, b, samples, sum);
            if (m->precision == PREC_Q8)
                block_bytes(m, b, samples, (const uint8_t *)p->x + at, p->stride, sum);
            else
                block_words(m, b, samples, (const int16_t *)p->x + at, p->stride, sum);
            for (int j = 0; j < samples; j++)
                finish_block(p, b, i + j, sum + j * PW_ROWS);
        }
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
