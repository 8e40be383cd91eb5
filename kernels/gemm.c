#include "kernels/gemm.h"

#include <cblas.h>
#include <pthread.h>
#include <stdio.h>

enum { GRAIN = 16 }; /* rows or columns a part: a vector register, and OpenBLAS's unrolling */

struct product {
    int m, n, k;
    const float *x, *w;
    float beta, *y;
};

static void hold_to_one_thread(void)
{
    openblas_set_num_threads(1);
}

static void prepare_blas(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, hold_to_one_thread);
}

/* y[m][n] for the columns [lo, hi) of y. */
static void columns_part(const struct product *p, size_t lo, size_t hi)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, p->m, (int)(hi - lo), p->k, 1, p->x, p->k,
                p->w + lo * (size_t)p->k, p->k, p->beta, p->y + lo, p->n);
}

static void rows_part(const struct product *p, size_t lo, size_t hi)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)(hi - lo), p->n, p->k, 1,
                p->x + lo * (size_t)p->k, p->k, p->w, p->k, p->beta, p->y + lo * (size_t)p->n,
                p->n);
}

static void run_part(void *ctx, int part, int parts)
{
    const struct product *p = ctx;
    size_t lo, hi;
    pool_share((size_t)(p->m > p->n ? p->m : p->n), GRAIN, part, parts, &lo, &hi);
    if (lo == hi)
        return;
    if (p->m > p->n)
        rows_part(p, lo, hi);
    else
        columns_part(p, lo, hi);
}

static void scale_only(const struct product *p)
{
    for (size_t i = 0; i < (size_t)p->m * (size_t)p->n; i++)
        p->y[i] = p->beta == 0 ? 0 : p->beta * p->y[i];
}

static void run(struct pool *pool, struct product *p)
{
    prepare_blas();
    if (p->m == 0 || p->n == 0)
        return;
    if (p->k == 0)
        scale_only(p);
    else
        pool_run(pool, run_part, p);
}

/* One sample: the matrix-vector product, rows of w split over the pool. */
static void gemv_part(void *ctx, int part, int parts)
{
    const struct product *p = ctx;
    size_t lo, hi;
    pool_share((size_t)p->n, GRAIN, part, parts, &lo, &hi);
    if (lo != hi)
        cblas_sgemv(CblasRowMajor, CblasNoTrans, (int)(hi - lo), p->k, 1, p->w + lo * (size_t)p->k,
                    p->k, p->x, 1, p->beta, p->y + lo, 1);
}

void gemm_nt(struct pool *pool, int m, int n, int k, const float *x, const float *w, float beta,
             float *y)
{
    struct product p = {m, n, k, x, w, beta, y};
    prepare_blas();
    if (m == 1 && n > 0 && k > 0)
        pool_run(pool, gemv_part, &p);
    else
        run(pool, &p);
}

static char blas_name[96];

static void read_blas_name(void)
{
    int major = 0, minor = 0, patch = 0;
    sscanf(openblas_get_config(), "OpenBLAS %d.%d.%d", &major, &minor, &patch);
    snprintf(blas_name, sizeof blas_name, "openblas %d.%d.%d %s", major, minor, patch,
             openblas_get_corename());
}

const char *gemm_blas_name(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, read_blas_name);
    return blas_name;
}
