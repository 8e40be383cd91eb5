#include "model/loss_block.h"

#include <math.h>
#include <string.h>

void loss_pack_part(void *ctx, int part, int parts)
{
    const struct loss_block *k = ctx;
    size_t n = (size_t)loss_classifier(k->s)->cols, lo, hi;
    pool_share(loss_panels(k->rows), 1, part, parts, &lo, &hi);
    for (size_t p = lo; p < hi; p++)
        tiles_pack((struct view){k->y + p * LOSS_PANEL * n, 1, n}, (int)n, loss_rows(k, p),
                   k->s->y + p * LOSS_PANEL * n);
}

/* Where one thread stands in the vocabulary: `words` rows of the classifier from `at` on. */
struct turn {
    const struct loss_block *k;
    int part, words;
    size_t at, first; /* first: the thread's first word */
};

/* Columns of W in tiles, [tiles][words][LOSS_TILE], for the product with exp(logits). */
static float *pack_words(const struct turn *t)
{
    const struct loss *s = t->k->s;
    size_t n = (size_t)loss_classifier(s)->cols;
    const float *w = s->net->data + loss_classifier(s)->at + t->at * n;
    float *out = s->w + (size_t)t->part * LOSS_WORDS * (n + LOSS_TILE), *to = out;
    for (size_t h = 0; h < n; h += LOSS_TILE)
        for (int v = 0; v < t->words; v++, to += LOSS_TILE)
            memcpy(to, w + (size_t)v * n + h, (n - h < LOSS_TILE ? n - h : LOSS_TILE) * sizeof *to);
    return out;
}

static void find_top(const struct turn *t, const float *z, const float *bias, float *top)
{
    for (int v = 0; v < t->words; v++)
        for (int j = 0; j < LOSS_PANEL; j++, z++)
            top[j] = *z + bias[v] > top[j] ? *z + bias[v] : top[j];
}

/* exp of one panel's logits for the words of a turn, to e [words][LOSS_PANEL], and their sums. */
static void exp_panel(const struct turn *t, size_t p, float *e)
{
    const struct loss *s = t->k->s;
    const struct param *c = loss_classifier(s);
    size_t n = (size_t)c->cols, row = p * LOSS_PANEL,
           own = (size_t)t->part * (size_t)s->max_rows + row;
    const float *w = s->net->data + c->at + t->at * n;
    const float *bias = s->net->data + net_param(s->net, PARAM_CLASSIFIER_BIAS, 0)->at + t->at;
    float sum[LOSS_PANEL] = {0};
    kern_get()->gemm_tile(w, n, 1, s->y + row * n, t->words, loss_rows(t->k, p), c->cols, 0, e,
                          LOSS_PANEL);
    if (t->k->only_top) {
        find_top(t, e, bias, s->top + own);
        return;
    }
    kern_get()->exp_tile(e, bias, s->shift + row, t->words, sum);
    for (int j = 0; j < LOSS_PANEL; j++)
        s->sum[own + (size_t)j] += sum[j];
}

/* dy [n_rec][LOSS_PANEL] of one panel += W^T * e, over the words of a turn. */
static void back_panel(const struct turn *t, size_t p, const float *w, const float *e)
{
    const struct loss *s = t->k->s;
    int n = loss_classifier(s)->cols;
    size_t panels = loss_panels(s->max_rows);
    float *dy = s->dy + ((size_t)t->part * panels + p) * (size_t)n * LOSS_PANEL;
    for (int h = 0; h < n; h += LOSS_TILE, w += LOSS_TILE * t->words)
        kern_get()->gemm_tile(w, 1, LOSS_TILE, e, n - h < LOSS_TILE ? n - h : LOSS_TILE,
                              loss_rows(t->k, p), t->words, t->at != t->first,
                              dy + (size_t)h * LOSS_PANEL, LOSS_PANEL);
}

static void clear_sums(const struct loss_block *k, int part)
{
    size_t n = (size_t)k->s->max_rows, at = (size_t)part * n;
    for (size_t i = at; i < at + n; i++) {
        k->s->sum[i] = 0;
        k->s->top[i] = -INFINITY;
    }
}

void loss_words_part(void *ctx, int part, int parts)
{
    const struct loss_block *k = ctx;
    struct loss *s = k->s;
    size_t lo, hi, words = (size_t)loss_classifier(s)->rows, panels = loss_panels(k->rows);
    int back = k->scale != 0 && !k->only_top;
    pool_share(words, LOSS_TILE, part, parts, &lo, &hi);
    clear_sums(k, part);
    for (size_t at = lo; at < hi; at += LOSS_WORDS) {
        struct turn t = {k, part, hi - at < LOSS_WORDS ? (int)(hi - at) : LOSS_WORDS, at, lo};
        const float *w = back ? pack_words(&t) : NULL;
        for (size_t p = 0; p < panels; p++) {
            float *e = s->e + (s->keeps ? p * words + at : (size_t)part * LOSS_WORDS) * LOSS_PANEL;
            exp_panel(&t, p, e);
            if (back)
                back_panel(&t, p, w, e);
        }
    }
}
