/* imdb_split.h - which review is train, valid or test, and which texts stand there twice. */
#ifndef DATASETS_IMDB_SPLIT_H
#define DATASETS_IMDB_SPLIT_H

#include "base/status.h"
#include "datasets/bundle.h"
#include "datasets/dataset.h"

#include <stddef.h>
#include <stdint.h>

enum { IMDB_NEG, IMDB_POS, IMDB_CLASSES };

struct imdb_split {
    uint8_t *split; /* [n] enum split of each review of the bundle */
    uint8_t *pos;   /* [n] its class */
    uint8_t *seen;  /* [n] 1: the same text stands in the other half (train, test) too */
    size_t count[N_SPLITS][IMDB_CLASSES];
    size_t n_copies; /* reviews whose text stood before, in either half */
    size_t n_both;   /* texts that stand in both halves */
};

/* Parts a sorted bundle of imdb_find. A tree keeps its test half; a tenth of each class of its
 * train half becomes valid. Of a CSV, which has no halves, one half becomes test and a twentieth
 * valid. Texts are taken in the order of their SHA-256, copies of a text together; a text that
 * stands under both classes is train. E_FORMAT, beginning with `where`, if a split has no review of
 * a class. Release with imdb_split_release. */
enum status imdb_split_make(const struct bundle *b, const char *where, struct imdb_split *out);
void imdb_split_release(struct imdb_split *s);

#endif
