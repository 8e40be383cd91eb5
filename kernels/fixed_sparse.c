/* The sparse integer product: the paced-window format in q16 and q8. */
#include "kernels/fixed_sparse.h"

#include "base/mem.h"
#include "kernels/pw.h"

static enum status pack(const int16_t *w, int rows, int cols, int k, enum precision precision,
                        void **out)
{
    struct pw *m;
    float *values;
    size_t n = (size_t)rows * (size_t)cols;
    *out = NULL;
    TRY(mem_new(&values, n, sizeof *values));
    for (size_t i = 0; i < n; i++)
        values[i] = w[i]; /* exact: 16 bits */
    enum status s = mem_new(&m, 1, sizeof *m);
    if (s == OK)
        s = pw_pack(values, rows, cols, k, precision, m);
    mem_free(values);
    if (s == OK)
        *out = m;
    else
        mem_free(m);
    return s;
}

static void mul(const void *m, struct pool *pool, int n, const void *x, size_t stride, int32_t *sum)
{
    pw_mul_fixed(m, pool, n, x, stride, sum);
}

static void facts(const void *m, struct lstm_facts *add)
{
    add->macs += (double)(pw_slots(m) + pw_spilled(m));
    add->weight_bytes += (double)pw_weight_bytes(m);
    add->index_bytes += (double)pw_index_bytes(m);
}

static void release(void *m)
{
    pw_release(m);
    mem_free(m);
}

const struct fixed_product fixed_product_sparse = {pack, mul, facts, release};
