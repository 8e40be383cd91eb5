/* pattern_row.c - patterns in which every row keeps the same count: dense, row, bank, nm. */
#include "model/pattern_type.h"

#include <string.h>

/* Weights that columns [s, e) of a row of n keep, of k in all (SPEC 3). */
static int bank_quota(int s, int e, int n, int k)
{
    return (int)((int64_t)e * k / n - (int64_t)s * k / n);
}

/* Columns [s, e) with s a multiple of M keep N; a short last group of t floor(t*N/M + 1/2), and one
 * where a row would keep none. */
static int nm_quota(int s, int e, const struct pattern *p)
{
    if (e - s == p->b)
        return p->a;
    int n = (int)((2 * (int64_t)(e - s) * p->a + p->b) / (2 * (int64_t)p->b));
    return n == 0 && s == 0 ? 1 : n;
}

static int quota_of(const struct pattern_job *j, int s, int e, int k)
{
    return j->p->kind == PATTERN_NM ? nm_quota(s, e, j->p) : bank_quota(s, e, j->cols, k);
}

/* Columns of a group; one group is the whole row in `row` and `dense`. */
static int width_of(const struct pattern_job *j)
{
    int width = j->p->kind == PATTERN_NM ? j->p->b : j->p->kind == PATTERN_BANK ? j->p->a : j->cols;
    return width < j->cols ? width : j->cols;
}

static int group_end(const struct pattern_job *j, int s)
{
    int width = width_of(j);
    return j->cols - s < width ? j->cols : s + width;
}

static enum status mask(const struct pattern_job *j, const float *w, size_t n, uint8_t *keep)
{
    int k = (int)(n / (size_t)j->rows);
    for (int r = 0; r < j->rows; r++)
        for (int s = 0, e; s < j->cols; s = e) {
            size_t at = (size_t)r * (size_t)j->cols + (size_t)s;
            e = group_end(j, s);
            pattern_largest(w + at, (size_t)(e - s), 1, (size_t)quota_of(j, s, e, k), j->room,
                            keep + at);
        }
    return OK;
}

static enum status mask_dense(const struct pattern_job *j, const float *w, size_t n, uint8_t *keep)
{
    memset(keep, 1, (size_t)j->rows * (size_t)j->cols);
    return OK;
}

static size_t fit(const struct pattern_job *j, const float *w, int k)
{
    return (size_t)j->rows * (size_t)k;
}

static enum status check(const struct pattern_job *j, const uint8_t *keep, int k)
{
    for (int r = 0; r < j->rows; r++)
        for (int s = 0, e; s < j->cols; s = e) {
            const uint8_t *at = keep + (size_t)r * (size_t)j->cols;
            int n = 0, quota;
            e = group_end(j, s);
            quota = quota_of(j, s, e, k);
            for (int c = s; c < e; c++)
                n += at[c] != 0;
            if (n != quota)
                return fail(E_CHECK, "row %d: columns %d to %d keep %d (expected %d)", r, s, e - 1,
                            n, quota);
        }
    return OK;
}

const struct pattern_type pattern_dense = {
    .word = "dense",
    .form = "dense",
    .about = "nothing is pruned",
    .is_balanced = 1,
    .mask = mask_dense,
    .fit = fit,
};

const struct pattern_type pattern_row = {
    .word = "row",
    .form = "row",
    .about = "as many weights in every row",
    .is_balanced = 1,
    .mask = mask,
    .fit = fit,
};

const struct pattern_type pattern_bank = {
    .word = "bank",
    .form = "bank:B",
    .about = "row, and evenly over banks of B columns",
    .n_params = 1,
    .is_balanced = 1,
    .mask = mask,
    .fit = fit,
    .check = check,
};

const struct pattern_type pattern_nm = {
    .word = "nm",
    .form = "nm:N:M",
    .about = "exactly N of every M columns",
    .n_params = 2,
    .between = ':',
    .is_balanced = 1,
    .mask = mask,
    .fit = fit,
    .check = check,
};
