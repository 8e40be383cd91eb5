/* imdb_find.h - the labelled reviews of an aclImdb tree or of Kaggle's CSV, as a bundle.
 *
 * A review of the tree is called train/pos/0_9.txt (half, class, file), one of the CSV
 * csv/pos/000001.txt (its number, from 1). */
#ifndef DATASETS_IMDB_FIND_H
#define DATASETS_IMDB_FIND_H

#include "base/status.h"
#include "datasets/bundle.h"

#include <stdint.h>

/* Finds the reviews in a folder and up to four levels below it, in an archive, or in a .csv file.
 * A folder or archive that holds a tree and a file `IMDB Dataset.csv` gives the tree.
 * `expected_bytes` bounds what is read (archive.h). The result is sorted.
 * E_IO if `path` cannot be opened. E_FORMAT with the file and, where there are any, the line: no
 * review at all; a name that is not ID_RATING.txt, or a rating on the wrong side (neg has 1 to 4,
 * pos 7 to 10); whatever text_each_line refuses; a CSV without the columns review,sentiment, with
 * another word than positive or negative, or malformed (csv.h). On failure *out is empty. */
enum status imdb_find(const char *path, uint64_t expected_bytes, struct bundle *out);

/* The reader of the CSV alone: n bytes of a file called `name` in messages. */
enum status imdb_read_csv(const char *bytes, size_t n, const char *name, struct bundle *out);

#endif
