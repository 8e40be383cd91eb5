/* label.h - names of corpora in the data folder, and the paths that follow from them. */
#ifndef DATASETS_LABEL_H
#define DATASETS_LABEL_H

#include "base/status.h"

/* 1 if the text may name a corpus: [a-z0-9][a-z0-9._-]*, at most 63 bytes. */
int label_is_valid(const char *label);

/* 1 for names whose meaning in results is fixed: ptb, imdb, imdb-kaggle, timit, timit-sample and
 * *-standin. They are not given to other bytes. */
int label_is_reserved(const char *label);

/* E_USAGE unless the label is valid and not reserved. */
enum status label_check(const char *label);

/* The data folder: a copy of `data_dir`, or the user's own when that is NULL; free with mem_free.
 * label_path: DIR/LABEL/file in it, or the folder DIR/LABEL when `file` is NULL. */
enum status label_root(const char *data_dir, char **out);
enum status label_path(const char *data_dir, const char *label, const char *file, char **out);

#endif
