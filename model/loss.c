/* The logits are never normalised in place. exp(logits) are made tile by tile and at once
 * multiplied by W while they are in cache; the division by their sums comes after, on the small
 * matrices: dy = diag(s) * (E*W), dW = E^T * (diag(s)*y). */
#include "model/loss.h"

#include "base/mem.h"
#include "datasets/batch.h"
#include "model/loss_block.h"

#include <string.h>

enum { LOSS_ROWS = 704 }; /* 22 panels: 20 lanes of 35 steps in one block */

/* Sums within these come from logits that exp neither clamped nor lost. */
static const double least_sum = 1e-30, most_sum = 1e30;

static enum status init_gradient(struct loss *s)
{
    size_t panel = LOSS_PANEL * sizeof(float), panels = loss_panels(s->max_rows);
    size_t threads = (size_t)pool_threads(s->pool), n = (size_t)loss_classifier(s)->cols;
    TRY(mem_new(&s->e, panels, (size_t)loss_classifier(s)->rows * panel));
    TRY(mem_new(&s->dy, threads * panels, n * panel));
    TRY(mem_new(&s->w, threads * LOSS_WORDS, (n + LOSS_TILE) * sizeof(float)));
    TRY(mem_new(&s->scaled, tiles_panels((int)n + 1) * (size_t)s->max_rows, panel));
    TRY(mem_new(&s->tile, threads * LOSS_TILE, (size_t)s->max_rows * sizeof(float)));
    return mem_new(&s->last, threads * LOSS_TILE, panel);
}

static enum status init_all(struct loss *s)
{
    size_t rows = (size_t)s->max_rows, threads = (size_t)pool_threads(s->pool);
    TRY(mem_new(&s->y, loss_panels(s->max_rows),
                (size_t)loss_classifier(s)->cols * LOSS_PANEL * sizeof(float)));
    TRY(mem_new(&s->shift, rows, sizeof *s->shift));
    TRY(mem_new(&s->top, threads * rows, sizeof *s->top));
    TRY(mem_new(&s->sum, threads * rows, sizeof *s->sum));
    TRY(mem_new(&s->nll, rows, sizeof *s->nll));
    if (s->keeps)
        return init_gradient(s);
    return mem_new(&s->e, threads * LOSS_WORDS, LOSS_PANEL * sizeof(float));
}

enum status loss_init(struct loss *s, const struct net *net, struct pool *pool, int rows,
                      int gradient)
{
    rows = rows < LOSS_ROWS ? rows : LOSS_ROWS;
    *s = (struct loss){.net = net,
                       .pool = pool,
                       .max_rows = (int)loss_panels(rows) * LOSS_PANEL,
                       .keeps = gradient};
    if (net->shape.n_classes == 0)
        return fail(E_USAGE, "the net has no classifier");
    enum status st = init_all(s);
    if (st != OK)
        loss_release(s);
    return st;
}

void loss_release(struct loss *s)
{
    float *all[] = {s->y, s->e, s->shift, s->top, s->dy, s->w, s->scaled, s->tile, s->last};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        mem_free(all[i]);
    mem_free(s->sum);
    mem_free(s->nll);
    *s = (struct loss){0};
}

double loss_sum(const struct loss *s, int row)
{
    double sum = 0;
    for (int t = 0; t < pool_threads(s->pool); t++)
        sum += s->sum[(size_t)t * (size_t)s->max_rows + (size_t)row];
    return sum;
}

/* 1 unless a sum says that exp met its limits. */
static int sums_fit(const struct loss_block *k)
{
    for (int i = 0; i < k->rows; i++) {
        double sum = loss_sum(k->s, i);
        if (k->targets[i] != NO_TARGET && !(sum >= least_sum && sum <= most_sum))
            return 0;
    }
    return 1;
}

static void shift_by_top(const struct loss_block *k)
{
    const struct loss *s = k->s;
    for (int i = 0; i < k->rows; i++) {
        s->shift[i] = s->top[i];
        for (int t = 1; t < pool_threads(s->pool); t++) {
            float top = s->top[(size_t)t * (size_t)s->max_rows + (size_t)i];
            s->shift[i] = top > s->shift[i] ? top : s->shift[i];
        }
    }
}

static double run_block(struct loss_block *k)
{
    struct loss *s = k->s;
    double sum = 0;
    memset(s->shift, 0, (size_t)s->max_rows * sizeof *s->shift);
    pool_run(s->pool, loss_pack_part, k);
    pool_run(s->pool, loss_words_part, k);
    if (!sums_fit(k)) {
        k->only_top = 1;
        pool_run(s->pool, loss_words_part, k);
        shift_by_top(k);
        k->only_top = 0;
        pool_run(s->pool, loss_words_part, k);
    }
    pool_run(s->pool, loss_rows_part, k);
    if (k->scale != 0)
        pool_run(s->pool, loss_gradient_part, k);
    for (int i = 0; i < k->rows; i++)
        sum += s->nll[i];
    return sum;
}

static int rows_at(const struct loss *s, int rows, int at)
{
    return rows - at < s->max_rows ? rows - at : s->max_rows;
}

double loss_score(struct loss *s, int rows, const float *y, const int32_t *targets)
{
    double sum = 0;
    for (int at = 0; at < rows; at += s->max_rows) {
        struct loss_block k = {.s = s,
                               .rows = rows_at(s, rows, at),
                               .y = y + (size_t)at * (size_t)loss_classifier(s)->cols,
                               .targets = targets + at};
        sum += run_block(&k);
    }
    return sum;
}

double loss_gradient(struct loss *s, int rows, const float *y, const int32_t *targets, float scale,
                     float *dy, float *grad)
{
    double sum = 0;
    for (int at = 0; at < rows; at += s->max_rows) {
        size_t from = (size_t)at * (size_t)loss_classifier(s)->cols;
        struct loss_block k = {.s = s,
                               .rows = rows_at(s, rows, at),
                               .y = y + from,
                               .targets = targets + at,
                               .scale = scale,
                               .dy = dy + from,
                               .grad = grad,
                               .add = at != 0};
        sum += run_block(&k);
    }
    return sum;
}
