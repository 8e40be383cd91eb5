#include "model/distill.h"

#include "base/mem.h"
#include "datasets/batch.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 128 };

enum status distill_init(struct distill *d, const struct net *student, const struct net *teacher,
                         double weight, double temperature, struct pool *pool)
{
    *d = (struct distill){.student = student,
                          .teacher = teacher,
                          .pool = pool,
                          .weight = weight,
                          .temperature = temperature > 0 ? temperature : 1};
    size_t n = (size_t)student->shape.n_classes * sizeof(float);
    if (n == 0 || student->shape.n_classes != teacher->shape.n_classes)
        return fail(E_USAGE, "a teacher of %d words for a net of %d", teacher->shape.n_classes,
                    student->shape.n_classes);
    TRY(logits_init(&d->own, student, pool));
    TRY(logits_init(&d->taught, teacher, pool));
    TRY(mem_new(&d->z, BLOCK, n));
    TRY(mem_new(&d->teacher_z, BLOCK, n));
    TRY(mem_new(&d->work, (size_t)pool_threads(pool) * 3, n));
    TRY(mem_new(&d->nll, BLOCK, sizeof *d->nll));
    return mem_new(&d->total, BLOCK, sizeof *d->total);
}

void distill_release(struct distill *d)
{
    logits_release(&d->own);
    logits_release(&d->taught);
    mem_free(d->z);
    mem_free(d->teacher_z);
    mem_free(d->work);
    mem_free(d->nll);
    mem_free(d->total);
    *d = (struct distill){0};
}

/* e = softmax(z/t). Returns log of the sum of exp(z/t). */
static double softmax(double t, int n, const float *z, float *e)
{
    float top = -INFINITY;
    double sum = 0;
    for (int i = 0; i < n; i++)
        top = z[i] > top ? z[i] : top;
    for (int i = 0; i < n; i++) {
        e[i] = expf((z[i] - top) * (float)(1 / t));
        sum += e[i];
    }
    for (int i = 0; i < n; i++)
        e[i] = (float)(e[i] / sum);
    return log(sum) + top / t;
}

/* A block of rows at hand. */
struct block {
    struct distill *d;
    int rows;
    const int32_t *targets;
    float scale;
};

/* The loss of one row, and the gradient of its logits in their place: with p the student's words,
 * p_T and q those of student and teacher at T, scale*((1-a)*(p - target) + a*T*(p_T - q)). */
static void row_gradient(const struct block *k, size_t row, float *work)
{
    struct distill *d = k->d;
    int n = d->student->shape.n_classes;
    float *z = d->z + row * (size_t)n, *z_t = d->teacher_z + row * (size_t)n;
    float *p = work, *p_t = work + n, *q = work + 2 * (size_t)n;
    double a = d->weight, t = d->temperature, kl = 0;
    double one = softmax(1, n, z, p), at_t = softmax(t, n, z, p_t);
    double teacher = softmax(t, n, z_t, q);
    d->nll[row] = one - z[k->targets[row]];
    for (int i = 0; i < n; i++)
        kl += q[i] * ((z_t[i] - z[i]) / t - teacher + at_t);
    d->total[row] = (1 - a) * d->nll[row] + a * t * t * kl;
    float own = k->scale * (float)(1 - a), taught = k->scale * (float)(a * t);
    for (int i = 0; i < n; i++)
        z[i] = own * p[i] + taught * (p_t[i] - q[i]);
    z[k->targets[row]] -= own;
}

static void rows_part(void *ctx, int part, int parts)
{
    const struct block *k = ctx;
    struct distill *d = k->d;
    size_t lo, hi, n = (size_t)d->student->shape.n_classes;
    pool_share((size_t)k->rows, 1, part, parts, &lo, &hi);
    for (size_t row = lo; row < hi; row++) {
        d->nll[row] = d->total[row] = 0;
        if (k->targets[row] == NO_TARGET)
            memset(d->z + row * n, 0, n * sizeof *d->z);
        else
            row_gradient(k, row, d->work + (size_t)part * 3 * n);
    }
}

double distill_gradient(struct distill *d, int rows, const float *y, const float *y_teacher,
                        const int32_t *targets, float scale, float *dy, float *grad, double *nll)
{
    size_t n = (size_t)net_n_out(d->student), n_teacher = (size_t)net_n_out(d->teacher);
    double total = *nll = 0;
    for (int at = 0; at < rows; at += BLOCK) {
        struct block k = {.d = d,
                          .rows = rows - at < BLOCK ? rows - at : BLOCK,
                          .targets = targets + at,
                          .scale = scale};
        const float *own = y + (size_t)at * n;
        logits_make(&d->own, k.rows, own, d->z);
        logits_make(&d->taught, k.rows, y_teacher + (size_t)at * n_teacher, d->teacher_z);
        pool_run(d->pool, rows_part, &k);
        logits_back(&d->own, k.rows, d->z, own, at != 0, dy + (size_t)at * n, grad);
        for (int i = 0; i < k.rows; i++) {
            *nll += d->nll[i];
            total += d->total[i];
        }
    }
    return total;
}
