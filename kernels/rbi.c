#include "kernels/rbi.h"

#include "base/mem.h"
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
        .rows = rows, .cols = cols, .k_padded = (k + 3) / 4 * 4, .precision = precision};
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

/* Four sums hide the latency of the addition; one 64-bit load brings four indices. */
static int32_t dot16(const int16_t *val, const uint16_t *idx, int k, const int16_t *x)
{
    int32_t a0 = 0, a1 = 0, a2 = 0, a3 = 0;
    for (int j = 0; j < k; j += 4) {
        uint64_t at = rbs_four(idx + j);
        a0 += val[j] * x[at & 0xffff];
        a1 += val[j + 1] * x[at >> 16 & 0xffff];
        a2 += val[j + 2] * x[at >> 32 & 0xffff];
        a3 += val[j + 3] * x[at >> 48];
    }
    return (a0 + a1) + (a2 + a3);
}

static int32_t dot8(const int16_t *val, const uint16_t *idx, int k, const uint8_t *x)
{
    int32_t a0 = 0, a1 = 0, a2 = 0, a3 = 0;
    for (int j = 0; j < k; j += 4) {
        uint64_t at = rbs_four(idx + j);
        a0 += val[j] * (x[at & 0xffff] - 128);
        a1 += val[j + 1] * (x[at >> 16 & 0xffff] - 128);
        a2 += val[j + 2] * (x[at >> 32 & 0xffff] - 128);
        a3 += val[j + 3] * (x[at >> 48] - 128);
    }
    return (a0 + a1) + (a2 + a3);
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
    size_t lo, hi;
    pool_share((size_t)m->rows, GRAIN, part, parts, &lo, &hi);
    for (size_t r = lo; r < hi; r++) {
        const int16_t *val = m->val + r * (size_t)m->k_padded;
        const uint16_t *idx = m->idx + r * (size_t)m->k_padded;
        for (size_t i = 0; i < (size_t)p->n; i++)
            p->sum[i * (size_t)m->rows + r] =
                m->precision != PREC_Q8
                    ? dot16(val, idx, m->k_padded, (const int16_t *)p->x + i * p->stride)
                    : dot8(val, idx, m->k_padded, (const uint8_t *)p->x + i * p->stride);
    }
}

void rbi_mul(const struct rbi *m, struct pool *pool, int n, const void *x, size_t stride,
             int32_t *sum)
{
    struct product p = {m, n, x, stride, sum};
    pool_run(pool, rows_part, &p);
}
