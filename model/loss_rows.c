#include "model/loss_block.h"

#include "base/mem.h"
#include "datasets/batch.h"

#include <math.h>
#include <string.h>

/* -log p of a row's target. */
static double nll_of(const struct loss_block *k, int row)
{
    const struct loss *s = k->s;
    size_t n = (size_t)loss_classifier(s)->cols, target = (size_t)k->targets[row];
    const float *w = s->net->data + loss_classifier(s)->at + target * n,
                *y = k->y + (size_t)row * n;
    double z = s->net->data[net_param(s->net, PARAM_CLASSIFIER_BIAS, 0)->at + target];
    for (size_t h = 0; h < n; h++)
        z += (double)w[h] * y[h];
    return log(loss_sum(s, row)) + s->shift[row] - z;
}

/* The panel of dy, summed over the threads, to rows. */
static void unpack_dy(const struct loss_block *k, size_t p, const float *times)
{
    const struct loss *s = k->s;
    size_t n = (size_t)loss_classifier(s)->cols, stride = loss_panels(s->max_rows) * n * LOSS_PANEL;
    for (size_t h = 0; h < n; h++) {
        const float *from = s->dy + (p * n + h) * LOSS_PANEL;
        float sum[LOSS_PANEL] = {0};
        for (int t = 0; t < pool_threads(s->pool); t++, from += stride)
            for (int j = 0; j < LOSS_PANEL; j++)
                sum[j] += from[j];
        for (int j = 0; j < loss_rows(k, p); j++)
            k->dy[(p * LOSS_PANEL + (size_t)j) * n + h] = times[j] * sum[j];
    }
}

/* Takes the target off a row: off dy, and off exp(logits) for the product to come. Then the row of
 * the outputs, scaled, and its own factor as one more column. */
static void finish_row(const struct loss_block *k, size_t row, float times)
{
    const struct loss *s = k->s;
    const struct param *c = loss_classifier(s);
    size_t n = (size_t)c->cols, rows = (size_t)k->rows;
    if (k->targets[row] != NO_TARGET) {
        size_t target = (size_t)k->targets[row];
        kern_get()->axpy(-k->scale, s->net->data + c->at + target * n, k->dy + row * n, n);
        s->e[(row / LOSS_PANEL * (size_t)c->rows + target) * LOSS_PANEL + row % LOSS_PANEL] -=
            (float)loss_sum(s, (int)row);
    }
    for (size_t h = 0; h <= n; h++)
        s->scaled[(h / LOSS_PANEL * rows + row) * LOSS_PANEL + h % LOSS_PANEL] =
            h < n ? times * k->y[row * n + h] : times;
}

void loss_rows_part(void *ctx, int part, int parts)
{
    const struct loss_block *k = ctx;
    size_t lo, hi;
    pool_share(loss_panels(k->rows), 1, part, parts, &lo, &hi);
    for (size_t p = lo; p < hi; p++) {
        float times[LOSS_PANEL];
        for (int j = 0; j < loss_rows(k, p); j++) {
            int row = (int)p * LOSS_PANEL + j, scored = k->targets[row] != NO_TARGET;
            k->s->nll[row] = scored ? nll_of(k, row) : 0;
            times[j] = scored ? (float)(k->scale / loss_sum(k->s, row)) : 0;
        }
        if (k->scale == 0)
            continue;
        unpack_dy(k, p, times);
        for (int j = 0; j < loss_rows(k, p); j++)
            finish_row(k, p * LOSS_PANEL + (size_t)j, times[j]);
    }
}

/* exp(logits) of m words, all rows of a word in a line; the next words are called into cache. */
static void load_tile(const struct loss_block *k, size_t word, int m, float *out)
{
    const struct loss *s = k->s;
    size_t words = (size_t)loss_classifier(s)->rows;
    for (size_t p = 0; p < loss_panels(k->rows); p++) {
        const float *from = s->e + (p * words + word) * LOSS_PANEL;
        for (int i = 0; i < m; i++)
            memcpy(out + (size_t)i * (size_t)s->max_rows + p * LOSS_PANEL, from + i * LOSS_PANEL,
                   LOSS_PANEL * sizeof *out);
    }
}

static void call_panel(const struct loss_block *k, size_t word, size_t p)
{
    size_t words = (size_t)loss_classifier(k->s)->rows;
    const float *from = k->s->e + (p * words + word) * LOSS_PANEL;
    for (int i = 0; i < LOSS_TILE * LOSS_PANEL && word + LOSS_TILE <= words;
         i += MEM_ALIGN / (int)sizeof *from)
        __builtin_prefetch(from + i, 0, 2);
}

/* The last panel of the gradient of m words: what is left of W's columns, then the bias. */
static void store_last(const struct loss_block *k, size_t word, int m, int left, const float *last)
{
    const struct loss *s = k->s;
    const struct param *c = loss_classifier(s);
    float *db = k->grad + net_param(s->net, PARAM_CLASSIFIER_BIAS, 0)->at + word;
    float *dw = k->grad + c->at + (word + 1) * (size_t)c->cols - (size_t)left;
    for (int i = 0; i < m; i++, last += LOSS_PANEL, dw += c->cols) {
        for (int j = 0; j < left; j++)
            dw[j] = (k->add ? dw[j] : 0) + last[j];
        db[i] = (k->add ? db[i] : 0) + last[left];
    }
}

static void tile_gradient(const struct loss_block *k, int part, size_t word, int m)
{
    struct loss *s = k->s;
    int n = loss_classifier(s)->cols, left = n % LOSS_PANEL;
    size_t rows = (size_t)s->max_rows, panels = loss_panels(k->rows);
    float *tile = s->tile + (size_t)part * LOSS_TILE * rows,
          *last = s->last + part * LOSS_TILE * LOSS_PANEL;
    const float *y = s->scaled;
    size_t ahead = 0, a_turn = panels / tiles_panels(n + 1) + 1;
    load_tile(k, word, m, tile);
    for (int h = 0; h <= n; h += LOSS_PANEL, y += (size_t)k->rows * LOSS_PANEL) {
        int whole = h + LOSS_PANEL <= n;
        for (size_t i = 0; i < a_turn && ahead < panels; i++)
            call_panel(k, word + LOSS_TILE, ahead++);
        kern_get()->gemm_tile(
            tile, rows, 1, y, m, whole ? LOSS_PANEL : left + 1, k->rows, whole && k->add,
            whole ? k->grad + loss_classifier(s)->at + word * (size_t)n + h : last,
            whole ? (size_t)n : LOSS_PANEL);
    }
    store_last(k, word, m, left, last);
}

void loss_gradient_part(void *ctx, int part, int parts)
{
    const struct loss_block *k = ctx;
    size_t lo, hi;
    pool_share((size_t)loss_classifier(k->s)->rows, LOSS_TILE, part, parts, &lo, &hi);
    for (size_t word = lo; word < hi; word += LOSS_TILE)
        tile_gradient(k, part, word, hi - word < LOSS_TILE ? (int)(hi - word) : LOSS_TILE);
}
