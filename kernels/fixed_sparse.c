/* The sparse integer product: the paced-window format where the processor has VNNI and VBMI, else
 * row by row. */
#include "kernels/fixed_sparse.h"

#include "base/mem.h"
#include "kernels/kern.h"
#include "kernels/pw.h"
#include "kernels/rbi.h"

struct sparse {
    int has_pw;
    struct pw pw;
    struct rbi rbi;
};

/* 1 if there is a format with a fast kernel, on this machine at the level allowed. */
static int streams(enum precision precision)
{
    return *pw_formats_of(precision, kern_get()->flags) != NULL;
}

static enum status pack_paced(const int16_t *w, int rows, int cols, int k, enum precision precision,
                              struct pw *out)
{
    float *values;
    size_t n = (size_t)rows * (size_t)cols;
    TRY(mem_new(&values, n, sizeof *values));
    for (size_t i = 0; i < n; i++)
        values[i] = w[i]; /* exact: 16 bits */
    enum status s = pw_pack(values, rows, cols, k, precision, kern_get()->flags, out);
    mem_free(values);
    return s;
}

static enum status pack(const int16_t *w, int rows, int cols, int k, enum precision precision,
                        void **out)
{
    struct sparse *m;
    *out = NULL;
    TRY(mem_new(&m, 1, sizeof *m));
    m->has_pw = streams(precision);
    enum status s = m->has_pw ? pack_paced(w, rows, cols, k, precision, &m->pw)
                              : rbi_pack(w, rows, cols, k, precision, &m->rbi);
    if (s == OK)
        *out = m;
    else
        mem_free(m);
    return s;
}

static void mul(const void *packed, struct pool *pool, int n, const void *x, size_t stride,
                int32_t *sum)
{
    const struct sparse *m = packed;
    if (m->has_pw)
        pw_mul_fixed(&m->pw, pool, n, x, stride, sum);
    else
        rbi_mul(&m->rbi, pool, n, x, stride, sum);
}

static void facts(const void *packed, struct lstm_facts *add)
{
    const struct sparse *m = packed;
    double n = (double)m->rbi.rows * m->rbi.k_padded;
    if (m->has_pw) {
        pw_facts(&m->pw, add);
        return;
    }
    add->macs += n;
    add->weight_bytes += n * sizeof *m->rbi.val;
    add->index_bytes += n * sizeof *m->rbi.idx;
}

const char *fixed_sparse_format(const void *packed)
{
    const struct sparse *m = packed;
    return m->has_pw ? pw_format_name(&m->pw) : "row-balanced";
}

static void release(void *packed)
{
    struct sparse *m = packed;
    pw_release(&m->pw);
    rbi_release(&m->rbi);
    mem_free(m);
}

const struct fixed_product fixed_product_sparse = {pack, mul, facts, release};
