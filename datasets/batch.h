/* batch.h - the one shape in which all tasks reach the model, and how a corpus is cut into it. */
#ifndef DATASETS_BATCH_H
#define DATASETS_BATCH_H

#include "base/status.h"
#include "datasets/dataset.h"

#include <stddef.h>
#include <stdint.h>

enum { NO_TARGET = -1 }; /* a position that is not scored */

/* A borrowed view, valid until the next batcher_get or batcher_release. Time-major. */
struct batch {
    int steps, lanes;
    const int32_t *tokens;  /* [steps][lanes] ids, or NULL when there are frames */
    const float *frames;    /* [steps][lanes][n_in], or NULL */
    int n_in;               /* features a frame; 0 with tokens */
    const int32_t *targets; /* [steps][lanes], NO_TARGET where unscored; NULL with ctc labels */
    const int *len;         /* [lanes] true lengths, or NULL: all lanes have `steps` */
    int carry;              /* 1: the state continues from the batch before; 0: it starts at zero */
    const int32_t *labels;  /* CTC label sequences of all lanes, one after another; else NULL */
    const int *label_start; /* [lanes+1] offsets into labels */
};

struct batcher;

/* Language-model training: the stream is cut into `lanes` columns of n/lanes tokens (the tail is
 * dropped) and walked `steps` at a time; targets are the next tokens; the last, short chunk is
 * dropped. carry is 0 at index 0. E_FORMAT if the split is too short for one batch. */
enum status batcher_lm_train(const struct dataset *ds, enum split split, int lanes, int steps,
                             struct batcher **out);

/* Language-model scoring: one lane, first input <eos>, every token of the split (or the first
 * max_tokens, if not 0) is a target once, in chunks of at most `steps`. */
enum status batcher_lm_score(const struct dataset *ds, enum split split, size_t max_tokens,
                             int steps, struct batcher **out);

/* Number of batches of one pass, and the largest extents of any of them. */
size_t batcher_count(const struct batcher *b);
int batcher_max_steps(const struct batcher *b);
int batcher_max_lanes(const struct batcher *b);

/* Batch `index` (any order, so that training can resume in mid-epoch). */
enum status batcher_get(struct batcher *b, size_t index, struct batch *out);

void batcher_release(struct batcher *b);

#endif
