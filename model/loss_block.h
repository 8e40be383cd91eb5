/* loss_block.h - the passes of the loss (loss.h) over one block of rows; shared by its files
 * only. */
#ifndef MODEL_LOSS_BLOCK_H
#define MODEL_LOSS_BLOCK_H

#include "kernels/tiles.h"
#include "model/loss.h"

enum {
    LOSS_PANEL = KERN_TILE_N,
    LOSS_TILE = KERN_TILE_M,
    LOSS_WORDS = 10 * LOSS_TILE, /* words a turn: exp of a panel's fits the first-level cache */
};

/* A block of rows at hand. */
struct loss_block {
    struct loss *s;
    int rows, only_top; /* only_top: find the largest logits and leave it at that */
    const float *y;
    const int32_t *targets;
    float scale; /* 0: score only */
    float *dy, *grad;
    int add; /* to the gradient of the classifier: 1 from the second block on */
};

static inline const struct param *loss_classifier(const struct loss *s)
{
    return net_param(s->net, PARAM_CLASSIFIER, 0);
}

static inline size_t loss_panels(int rows)
{
    return ((size_t)rows + LOSS_PANEL - 1) / LOSS_PANEL;
}

/* Number of rows of the block in a panel. */
static inline int loss_rows(const struct loss_block *k, size_t panel)
{
    int left = k->rows - (int)panel * LOSS_PANEL;
    return left < LOSS_PANEL ? left : LOSS_PANEL;
}

/* Sum of exp(logits) of a row, over all threads' words. */
double loss_sum(const struct loss *s, int row);

/* Jobs for the pool, ctx a struct loss_block, in this order. Outputs to panels. */
void loss_pack_part(void *ctx, int part, int parts);
/* exp(logits) of the thread's words for all rows, their sums, and their products with W. */
void loss_words_part(void *ctx, int part, int parts);
/* NLL of rows; with a gradient also dy, and what the gradient of W needs. */
void loss_rows_part(void *ctx, int part, int parts);
/* Gradient of the classifier for the thread's words. */
void loss_gradient_part(void *ctx, int part, int parts);

#endif
