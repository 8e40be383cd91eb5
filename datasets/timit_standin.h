/* timit_standin.h - `timit-standin`: signals that look like speech to a filterbank, with labels.
 *
 * Twelve speakers of six regions say eight utterances each, as SPHERE and .PHN files under the
 * names of TIMIT's sample, which the reader of the real corpus reads. A phone is a source (pulses,
 * noise or both) through three resonances that glide from phone to phone; speakers differ in pitch
 * and in the scale of their resonances. Two pairs of phones sound alike and are told apart by what
 * came before only: `uh` stands after a nasal where else `ah` does, and a burst is `k` if the vowel
 * before its closure was a front one, else `t`. Nothing here claims to resemble speech; the
 * results' dataset_kind is `synthetic`. */
#ifndef DATASETS_TIMIT_STANDIN_H
#define DATASETS_TIMIT_STANDIN_H

#include "base/status.h"
#include "datasets/bundle.h"
#include "datasets/dataset.h"

/* All files, sorted. The same bytes on every machine. */
enum status timit_standin_bundle(struct bundle *out);

/* The stand-in as a dataset; rq gives features and fold. */
enum status timit_standin_open(const struct dataset_request *rq, struct dataset **out);

#endif
