/* The dense integer product: our own q16 and q8 matrix-vector products, the honest baseline of the
 * sparse ones. Rows are padded with zeros to whole 64-byte vectors. */
#include "kernels/fixed_dense.h"

#include "base/mem.h"
#include "kernels/kern.h"

struct dense {
    int rows, cols_padded;
    enum precision precision;
    int16_t *w16;  /* [rows][cols_padded], q16 */
    int8_t *w8;    /* [rows][cols_padded], q8 */
    int32_t *zero; /* [rows] -128 times the sum of the row, q8 */
};

static void release(void *packed)
{
    struct dense *m = packed;
    mem_free(m->w16);
    mem_free(m->w8);
    mem_free(m->zero);
    mem_free(m);
}

static enum status copy16(struct dense *m, const int16_t *w, int cols)
{
    TRY(mem_new(&m->w16, (size_t)m->rows, (size_t)m->cols_padded * sizeof *m->w16));
    for (int r = 0; r < m->rows; r++)
        for (int c = 0; c < cols; c++)
            m->w16[(size_t)r * (size_t)m->cols_padded + (size_t)c] =
                w[(size_t)r * (size_t)cols + (size_t)c];
    return OK;
}

static enum status copy8(struct dense *m, const int16_t *w, int cols)
{
    TRY(mem_new(&m->w8, (size_t)m->rows, (size_t)m->cols_padded));
    TRY(mem_new(&m->zero, (size_t)m->rows, sizeof *m->zero));
    for (int r = 0; r < m->rows; r++)
        for (int c = 0; c < cols; c++) {
            int8_t v = (int8_t)w[(size_t)r * (size_t)cols + (size_t)c];
            m->w8[(size_t)r * (size_t)m->cols_padded + (size_t)c] = v;
            m->zero[r] -= 128 * v;
        }
    return OK;
}

static enum status pack(const int16_t *w, int rows, int cols, int k, enum precision precision,
                        void **out)
{
    struct dense *m;
    *out = NULL;
    TRY(mem_new(&m, 1, sizeof *m));
    *m = (struct dense){.rows = rows, .cols_padded = (cols + 63) / 64 * 64, .precision = precision};
    enum status s = precision != PREC_Q8 ? copy16(m, w, cols) : copy8(m, w, cols);
    if (s != OK)
        release(m);
    else
        *out = m;
    return s;
}

struct product {
    const struct dense *m;
    int n;
    const void *x;
    size_t stride;
    int32_t *sum;
};

/* A share of the rows for all samples, so that the rows stay in a near cache. */
static void rows_part(void *ctx, int part, int parts)
{
    const struct product *p = ctx;
    const struct dense *m = p->m;
    const struct kern *k = kern_get();
    size_t lo, hi;
    pool_share((size_t)m->rows, 16, part, parts, &lo, &hi);
    size_t at = lo * (size_t)m->cols_padded;
    int rows = (int)(hi - lo);
    for (size_t i = 0; i < (size_t)p->n; i++) {
        int32_t *sum = p->sum + i * (size_t)m->rows;
        for (size_t r = lo; r < hi; r++)
            sum[r] = m->zero != NULL ? m->zero[r] : 0;
        if (m->precision != PREC_Q8)
            k->gemv_q16(m->w16 + at, rows, m->cols_padded, (const int16_t *)p->x + i * p->stride,
                        sum + lo);
        else
            k->gemv_q8(m->w8 + at, rows, m->cols_padded, (const uint8_t *)p->x + i * p->stride,
                       sum + lo);
    }
}

static void mul(const void *m, struct pool *pool, int n, const void *x, size_t stride, int32_t *sum)
{
    struct product p = {m, n, x, stride, sum};
    pool_run(pool, rows_part, &p);
}

static void facts(const void *packed, struct lstm_facts *add)
{
    const struct dense *m = packed;
    double n = (double)m->rows * m->cols_padded;
    add->macs += n;
    add->weight_bytes += n * (m->precision != PREC_Q8 ? 2 : 1);
}

const struct fixed_product fixed_product_dense = {pack, mul, facts, release};
