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
    const int *len;         /* [lanes] true lengths, or NULL: all lanes have `steps`. Behind its
                               end a lane holds id 0 or zeros */
    int carry;              /* 1: the state continues from the batch before; 0: it starts at zero */
    const int32_t *labels;  /* CTC label sequences of all lanes, one after another; else NULL */
    const int *label_start; /* [lanes+1] offsets into labels */
    const int32_t *item;    /* [lanes] place in its split of each review or utterance; NULL: lm */
};

/* How a data set is cut, for every task in the same words. Zero is a default but for lanes. */
struct batching {
    enum task task; /* the net's; dataset_serves tells whether it goes with the data */
    int lanes;      /* sequences side by side */
    int steps;      /* lm: steps a batch. classify: keep the last so many tokens of a review, 0: all
                       that the data set holds. Frames come whole: 0 */
    int delay;     /* frames: step t is to give the label of frame t - delay; each lane is longer by
                       `delay`, its last frame repeated, so that every frame is a target once */
    uint64_t seed; /* of the orders of training */
    size_t most;   /* scoring: only the first so many tokens (lm) or utterances, or so many reviews
                      at even distances, as they stand class by class; 0: all */
    int unseen_only; /* 1: leave out items whose text stands in the other half too (items.seen) */
};

struct batcher;

/* Batches of one split for training or scoring; the only calls a runner needs.
 *
 * lm: batcher_lm_train and batcher_lm_score below; training's order is that of the stream. Other
 * tasks: whole reviews or utterances, padded at the end; the last batch of a pass may have fewer
 * lanes. Training sees them shuffled, those of about equal length together, in another order after
 * each batcher_epoch; equal (seed, epoch) give equal orders. Scoring keeps the order of the split.
 * classify: the target of a review stands at its last token. frames: a target at every frame; in
 * scoring NO_TARGET where the data set's fold says -1. ctc: labels and label_start, no targets.
 * E_USAGE if the data set does not serve the task; E_FORMAT if the split has nothing to cut. */
enum status batcher_train(const struct dataset *ds, enum split split, const struct batching *how,
                          struct batcher **out);
enum status batcher_score(const struct dataset *ds, enum split split, const struct batching *how,
                          struct batcher **out);

/* Lays the batches out for epoch 0, 1, ..; where the order never changes nothing is done. */
enum status batcher_epoch(struct batcher *b, int epoch);

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
/* Most CTC labels of a lane; 0 for other tasks. */
int batcher_max_labels(const struct batcher *b);

/* Tokens or frames of one pass: the steps of all lanes of all batches, padding not counted. */
size_t batcher_tokens(const struct batcher *b);

/* Batch `index` (any order, so that training can resume in mid-epoch). */
enum status batcher_get(struct batcher *b, size_t index, struct batch *out);

void batcher_release(struct batcher *b);

#endif
