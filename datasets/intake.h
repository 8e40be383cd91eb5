/* intake.h - how a new corpus gets into the data folder: whole or not at all. */
#ifndef DATASETS_INTAKE_H
#define DATASETS_INTAKE_H

#include "base/status.h"
#include "datasets/form.h"

/* Writes the corpus and corpus.json to DIR/LABEL (data_dir NULL: the user's folder). If that is
 * there and whole and holds the same bytes, nothing is done. E_USAGE if it holds another corpus or
 * something else, E_FORMAT if it is damaged; both say to remove the folder. E_IO if it cannot be
 * written. On failure DIR/LABEL is as before and no temporary folder stays. */
enum status intake_keep(const char *data_dir, const struct form *form, const struct kept *k);

#endif
