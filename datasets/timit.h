/* timit.h - utterances -> frames, labels of frames and label sequences. */
#ifndef DATASETS_TIMIT_H
#define DATASETS_TIMIT_H

#include "base/status.h"
#include "datasets/bundle.h"
#include "datasets/dataset.h"

#include <stddef.h>
#include <stdint.h>

/* Which split each file of a sorted bundle of timit_find belongs to. LDC's tree: all of train;
 * valid the 50 development speakers; test the 24 of the core test. The sample: the dialect regions
 * in the order of their numbers, test is the fold-th of them, valid the next one (round about),
 * train the rest. */
struct timit_split {
    uint8_t *split; /* [n] enum split of each file */
    int n_folds;    /* dialect regions of a sample; 0 of LDC's tree, which has one split only */
    int fold;       /* that was asked for */
    int n_speakers;
};

/* E_USAGE for a fold that is not there; E_FORMAT, beginning with `where`, for a split without
 * utterances or a sample of fewer than three regions. Release with timit_split_release. */
enum status timit_split_make(const struct bundle *b, const char *where, int fold,
                             struct timit_split *out);
void timit_split_release(struct timit_split *s);

/* Frames and phones of one split, or of all (split NULL), without reading features; E_FORMAT,
 * naming file and line, if labels and speech do not fit each other or an utterance has no whole
 * frame. Phones that are scored, q not counted. */
enum status timit_count(const struct bundle *b, const uint8_t *split, uint8_t which,
                        size_t *n_frames, size_t *n_phones);

/* Makes a dataset of n_in features a frame (0: 123) without name, kind and sha256. A frame's label
 * is the phone at its middle sample. E_USAGE for another number of features, E_FORMAT as
 * timit_count. */
enum status timit_make(const struct bundle *b, const struct timit_split *split, int n_in,
                       struct dataset **out);

#endif
