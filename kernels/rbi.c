#include "kernels/rbi.h"

#include "base/mem.h"
#include "kernels/kern.h"
#include "kernels/rbs.h"

enum { GRAIN = 16 };

static enum status pack_row(struct rbi *m, const int16_t *w, int row, int k)
{
    size_t at = (size_t)row * (size_t)m->k_padded;
    int n = 0;
    for (int c = 0; c < m->cols; c++) {
        if (w[c] == 0)
            continue;
        if (n == k)
            return fail(E_FORMAT, "row %d holds over %d weights", row, k);
        m->val[at + (size_t)n] = w[c];
        m->idx[at + (size_t)n++] = (uint16_t)c;
    }
    return OK;
}

enum status rbi_pack(const int16_t *w, int rows, int cols, int k, enum precision precision,
                     struct rbi *out)
{
    *out = (struct rbi){
        .rows = rows, .cols = cols, .k_padded = (k + 7) / 8 * 8, .precision = precision};
    if (cols > RBS_MAX_COLUMNS)
        return fail(E_UNSUPPORTED, "%d columns (16-bit indices reach %d)", cols, RBS_MAX_COLUMNS);
    size_t n = (size_t)rows * (size_t)out->k_padded;
    enum status s = mem_new(&out->val, n, sizeof *out->val);
    if (s == OK)
        s = mem_new(&out->idx, n, sizeof *out->idx);
    for (int r = 0; s == OK && r < rows; r++)
        s = pack_row(out, w + (size_t)r * (size_t)cols, r, k);
    if (s != OK)
        rbi_release(out);
    return s;
}

void rbi_release(struct rbi *m)
{
    mem_free(m->val);
    mem_free(m->idx);
    *m = (struct rbi){0};
}

struct product {
    const struct rbi *m;
    int n;
    const void *x;
    size_t stride;
    int32_t *sum;
};

static void rows_part(void *ctx, int part, int parts)
{
    const struct product *p = ctx;
    const struct rbi *m = p->m;
    const struct kern *k = kern_get();
    size_t lo, hi;
    pool_share((size_t)m->rows, GRAIN, part, parts, &lo, &hi);
    const int16_t *val = m->val + lo * (size_t)m->k_padded;
    const uint16_t *idx = m->idx + lo * (size_t)m->k_padded;
    for (size_t i = 0; i < (size_t)p->n; i++) {
        int32_t *sum = p->sum + i * (size_t)m->rows + lo;
        if (m->precision != PREC_Q8)
            k->rbi_q16(val, idx, (int)(hi - lo), m->k_padded, (const int16_t *)p->x + i * p->stride,
                       sum);
        else
            k->rbi_q8(val, idx, (int)(hi - lo), m->k_padded, (const uint8_t *)p->x + i * p->stride,
                      sum);
    }
}

void rbi_mul(const struct rbi *m, struct pool *pool, int n, const void *x, size_t stride,
             int32_t *sum)
{
    struct product p = {m, n, x, stride, sum};
    pool_run(pool, rows_part, &p);
}
