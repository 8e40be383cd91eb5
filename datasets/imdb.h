/* imdb.h - reviews -> ids, as SPEC 8 says.
 *
 * The vocabulary is <pad>, <unk> and the most frequent words of train (valid and test not counted),
 * 20,000 in all, by falling count, ties by bytes. A review keeps its last 400 words. */
#ifndef DATASETS_IMDB_H
#define DATASETS_IMDB_H

#include "base/status.h"
#include "datasets/bundle.h"
#include "datasets/dataset.h"
#include "datasets/imdb_split.h"

enum { IMDB_WORDS = 20000, IMDB_STEPS = 400, IMDB_PAD = 0, IMDB_UNK = 1 };

/* Makes a dataset without name, kind and sha256 from a sorted bundle of imdb_find and its split.
 * A review without any word becomes one <unk>. */
enum status imdb_make(const struct bundle *b, const struct imdb_split *split, struct dataset **out);

#endif
