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

/* Language models; reviews and utterances. The last entry has no name. */
extern const struct catalog_entry catalog_words[], catalog_items[];

#endif
