/* The meaning of every integer product: plain loops over dense storage. */
#include "base/mem.h"
#include "kernels/cpu_fixed.h"

struct plain {
    const int16_t *w; /* [rows][cols] */
    int rows, cols;
    enum precision precision;
};

static enum status pack(const int16_t *w, int rows, int cols, int k, enum precision precision,
                        void **out)
{
    struct plain *m;
    TRY(mem_new(&m, 1, sizeof *m));
    *m = (struct plain){w, rows, cols, precision};
    *out = m;
    return OK;
}

static int32_t dot16(const int16_t *w, const int16_t *x, int n)
{
    int32_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += w[i] * x[i];
    return sum;
}

static int32_t dot8(const int16_t *w, const uint8_t *x, int n)
{
    int32_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += w[i] * (x[i] - 128);
    return sum;
}

static void mul(const void *packed, struct pool *pool, int n, const void *x, size_t stride,
                int32_t *sum)
{
    const struct plain *m = packed;
    for (int i = 0; i < n; i++)
        for (int r = 0; r < m->rows; r++) {
            const int16_t *row = m->w + (size_t)r * (size_t)m->cols;
            *sum++ = m->precision != PREC_Q8
                         ? dot16(row, (const int16_t *)x + (size_t)i * stride, m->cols)
                         : dot8(row, (const uint8_t *)x + (size_t)i * stride, m->cols);
        }
}

static void facts(const void *packed, struct lstm_facts *add)
{
    const struct plain *m = packed;
    double n = (double)m->rows * m->cols;
    add->macs += n;
    add->weight_bytes += n * sizeof *m->w;
}

static void release(void *m)
{
    mem_free(m);
}

const struct fixed_product fixed_product_plain = {pack, mul, facts, release};
