#include "kernels/dense_rows.h"

#include "base/mem.h"
#include "kernels/kern.h"
#include "kernels/precision.h"

#include <string.h>

enum { GRAIN = 16 };

/* One sample's product: f32 or bf16 by which of w and w16 is there. */
struct product {
    int rows, cols;
    const float *w, *x;
    const uint16_t *w16, *x16;
    float *y;
};

static void rows_part(void *ctx, int part, int parts)
{
    const struct product *p = ctx;
    size_t lo, hi, cols = (size_t)p->cols;
    pool_share((size_t)p->rows, GRAIN, part, parts, &lo, &hi);
    int rows = (int)(hi - lo);
    if (p->w != NULL)
        kern_get()->gemv_f32(p->w + lo * cols, rows, p->cols, p->x, p->y + lo);
    else
        kern_get()->gemv_bf16(p->w16 + lo * cols, rows, p->cols, p->x16, p->y + lo);
}

void dense_f32_mul(struct pool *pool, int n, int rows, int cols, const float *x, const float *w,
                   float *y)
{
    for (int i = 0; i < n; i++, x += cols, y += rows) {
        struct product p = {.rows = rows, .cols = cols, .w = w, .x = x, .y = y};
        pool_run(pool, rows_part, &p);
    }
}

static void to_bf16(const float *x, int n, int n_padded, uint16_t *out)
{
    for (int i = 0; i < n_padded; i++) {
        float v = i < n ? precision_bf16(x[i]) : 0;
        uint32_t bits;
        memcpy(&bits, &v, sizeof bits);
        out[i] = (uint16_t)(bits >> 16);
    }
}

enum status dense_bf16_pack(const float *w, int rows, int cols, struct dense_bf16 *out)
{
    *out = (struct dense_bf16){.rows = rows, .cols = cols, .cols_padded = (cols + 31) / 32 * 32};
    TRY(mem_new(&out->w, (size_t)rows, (size_t)out->cols_padded * sizeof *out->w));
    for (int r = 0; r < rows; r++)
        to_bf16(w + (size_t)r * (size_t)cols, cols, out->cols_padded,
                out->w + (size_t)r * (size_t)out->cols_padded);
    return OK;
}

void dense_bf16_release(struct dense_bf16 *m)
{
    mem_free(m->w);
    *m = (struct dense_bf16){0};
}

void dense_bf16_mul(const struct dense_bf16 *m, struct pool *pool, int n, const float *x, float *y,
                    float *scratch)
{
    uint16_t *x16 = (uint16_t *)(void *)scratch;
    for (int i = 0; i < n; i++, x += m->cols, y += m->rows) {
        to_bf16(x, m->cols, m->cols_padded, x16);
        struct product p = {
            .rows = m->rows, .cols = m->cols_padded, .w16 = m->w, .x16 = x16, .y = y};
        pool_run(pool, rows_part, &p);
    }
}
