/* catalog.h - the named nets, as their tables hold them; for catalog.c only. */
#ifndef MODEL_CATALOG_H
#define MODEL_CATALOG_H

#include "model/net.h"
#include "model/recipe.h"

struct catalog_entry {
    const char *name;
    enum task task;
    int n_in, n_layers, n_hid, tied; /* n_in: columns of the embedding, or features a frame */
    struct recipe recipe;
    int n_proj, peephole;
    enum pooling pooling;
    int delay;
};

/* What recipes with Adam share: the rate falls from `highest` by a cosine over the whole training;
 * decay is for nets that are retrained from it. */
#define CATALOG_ADAM(highest)                                                                      \
    .lr = (highest), .lr_floor = 0.00002, .rate = RATE_COSINE, .optimizer = OPTIMIZER_ADAM,        \
    .decay = 0.5, .decay_after = 10

/* Language models; reviews and utterances. The last entry has no name. */
extern const struct catalog_entry catalog_words[], catalog_items[];

#endif
