/* batcher_type.h - what every kind of batcher begins with. */
#ifndef DATASETS_BATCHER_TYPE_H
#define DATASETS_BATCHER_TYPE_H

#include "datasets/batch.h"

struct batcher {
    size_t count;             /* batches of a pass */
    size_t tokens;            /* steps of a pass without padding */
    int max_steps, max_lanes; /* of any batch */
    int max_labels;           /* CTC labels of any lane */
    enum status (*get)(struct batcher *b, size_t index, struct batch *out);
    enum status (*reorder)(struct batcher *b, int epoch); /* NULL: one order only */
    void (*release)(struct batcher *b);
};

/* Batches of whole reviews or utterances, for the tasks classify, frames and ctc; `training` 1:
 * shuffled and bucketed by length, 0: in order. */
enum status batcher_items(const struct dataset *ds, enum split split, const struct batching *how,
                          int training, struct batcher **out);

#endif
