#include "kernels/rbs.h"

#include "base/mem.h"
#include "kernels/kern.h"

#include <string.h>

enum {
    MOST_LANES = 16,
    MOST_ROWS = 128,
    GRAIN = 16
}; /* samples, rows of a group; rows of a part */

static int count_nonzero(const float *row, int cols)
{
    int n = 0;
    for (int c = 0; c < cols; c++)
        n += row[c] != 0;
    return n;
}

/* One row: nonzeros, and the lowest free columns until there are k; ascending. */
static void pack_row(const float *row, int cols, int k, int free_kept, float *val, uint16_t *idx)
{
    int n = 0;
    for (int c = 0; c < cols && n < k; c++) {
        if (row[c] == 0 && free_kept == 0)
            continue;
        free_kept -= row[c] == 0;
        val[n] = row[c];
        idx[n++] = (uint16_t)c;
    }
}

enum status rbs_pack(const float *w, int rows, int cols, int k, struct rbs *out)
{
    *out = (struct rbs){.rows = rows, .cols = cols, .k = k, .k_padded = (k + 3) / 4 * 4};
    if (cols > RBS_MAX_COLUMNS)
        return fail(E_UNSUPPORTED, "%d columns (16-bit indices reach %d)", cols, RBS_MAX_COLUMNS);
    size_t n = (size_t)rows * (size_t)out->k_padded;
    enum status s = mem_new(&out->val, n, sizeof *out->val);
    if (s == OK)
        s = mem_new(&out->idx, n, sizeof *out->idx);
    for (int r = 0; s == OK && r < rows; r++) {
        const float *row = w + (size_t)r * (size_t)cols;
        size_t at = (size_t)r * (size_t)out->k_padded;
        int nonzero = count_nonzero(row, cols);
        if (nonzero > k) {
            s = fail(E_FORMAT, "row %d holds %d weights (expected at most k = %d)", r, nonzero, k);
            break;
        }
        pack_row(row, cols, k, k - nonzero, out->val + at, out->idx + at);
        for (int j = k; k > 0 && j < out->k_padded; j++)
            out->idx[at + (size_t)j] = out->idx[at + (size_t)k - 1];
    }
    if (s != OK)
        rbs_release(out);
    return s;
}

void rbs_unpack(const struct rbs *m, float *w)
{
    memset(w, 0, (size_t)m->rows * (size_t)m->cols * sizeof *w);
    for (int r = 0; r < m->rows; r++)
        for (int j = 0; j < m->k; j++) {
            size_t at = (size_t)r * (size_t)m->k_padded + (size_t)j;
            w[(size_t)r * (size_t)m->cols + m->idx[at]] = m->val[at];
        }
}

void rbs_release(struct rbs *m)
{
    mem_free(m->val);
    mem_free(m->idx);
    *m = (struct rbs){0};
}

size_t rbs_weight_bytes(const struct rbs *m)
{
    return (size_t)m->rows * (size_t)m->k_padded * sizeof *m->val;
}

size_t rbs_index_bytes(const struct rbs *m)
{
    return (size_t)m->rows * (size_t)m->k_padded * sizeof *m->idx;
}

size_t rbs_scratch(const struct rbs *m)
{
    return MOST_LANES * (size_t)m->cols;
}

struct product {
    const struct rbs *m;
    const float *x;
    float *y;
    int n, lanes;    /* samples of the group in use, and side by side: 8 or 16 */
    const float *xs; /* [cols][lanes] */
};

static void one_part(void *ctx, int part, int parts)
{
    const struct product *p = ctx;
    const struct rbs *m = p->m;
    size_t lo, hi;
    pool_share((size_t)m->rows, GRAIN, part, parts, &lo, &hi);
    size_t at = lo * (size_t)m->k_padded;
    kern_get()->rbs_gemv(m->val + at, m->idx + at, (int)(hi - lo), m->k_padded, p->x, p->y + lo);
}

static void add(const float *x, size_t n, float *restrict y)
{
    for (size_t i = 0; i < n; i++)
        y[i] += x[i];
}

/* Rows r to r+n <= MOST_ROWS of a group: sums side by side in a near cache, then to where they
 * belong, several lines of a sample at a time, since samples lie far apart. */
static void group_tile(const struct product *p, size_t r, size_t n)
{
    const struct kern *kern = kern_get();
    const struct rbs *m = p->m;
    size_t lanes = (size_t)p->lanes, at = r * (size_t)m->k_padded;
    float ys[MOST_ROWS * MOST_LANES] = {0}, tile[MOST_LANES * MOST_ROWS];
    (lanes == 8 ? kern->rbs_gemm8 : kern->rbs_gemm16)(m->val + at, m->idx + at, (int)n, m->k_padded,
                                                      p->xs, ys);
    for (size_t i = 0; lanes == MOST_LANES && i < n; i += 16)
        kern->transpose16(ys + lanes * i, lanes, tile + i, MOST_ROWS);
    for (size_t b = 0; lanes != MOST_LANES && b < (size_t)p->n; b++)
        for (size_t i = 0; i < n; i++)
            tile[MOST_ROWS * b + i] = ys[lanes * i + b];
    for (size_t b = 0; b < (size_t)p->n; b++)
        add(tile + MOST_ROWS * b, n, p->y + b * (size_t)m->rows + r);
}

static void group_part(void *ctx, int part, int parts)
{
    const struct product *p = ctx;
    size_t lo, hi;
    pool_share((size_t)p->m->rows, GRAIN, part, parts, &lo, &hi);
    for (size_t r = lo; r < hi; r += MOST_ROWS)
        group_tile(p, r, hi - r < MOST_ROWS ? hi - r : MOST_ROWS);
}

/* x[n][cols] -> xs[cols][lanes]; lanes beyond n are zero. In tiles too. */
static void interleave(const float *x, int n, int cols, size_t lanes, float *xs)
{
    size_t all = (size_t)cols;
    for (size_t c = 0; c < all; c += MOST_LANES) {
        if (c + MOST_LANES <= all && n == MOST_LANES) {
            kern_get()->transpose16(x + c, all, xs + lanes * c, lanes);
            continue;
        }
        size_t end = c + MOST_LANES < all ? c + MOST_LANES : all;
        for (size_t b = 0; b < lanes; b++)
            for (size_t i = c; i < end; i++)
                xs[lanes * i + b] = b < (size_t)n ? x[b * all + i] : 0;
    }
}

void rbs_mul(const struct rbs *m, struct pool *pool, int n, const float *x, float *y,
             float *scratch)
{
    enum { WORTH_A_GROUP = 3 }; /* fewer samples go faster one by one */
    if (m->k == 0)
        return;
    while (n > 0) {
        int lanes = n > 8 ? 16 : 8, take = n < WORTH_A_GROUP ? 1 : n < lanes ? n : lanes;
        struct product p = {m, x, y, take, lanes, scratch};
        if (take > 1)
            interleave(x, take, m->cols, (size_t)lanes, scratch);
        pool_run(pool, take > 1 ? group_part : one_part, &p);
        n -= take;
        x += (size_t)take * (size_t)m->cols;
        y += (size_t)take * (size_t)m->rows;
    }
}
