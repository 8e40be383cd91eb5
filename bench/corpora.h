/* corpora.h - the corpus of a suite, opened once for each number of features and each fold that its
 * weights ask for. */
#ifndef BENCH_CORPORA_H
#define BENCH_CORPORA_H

#include "base/status.h"
#include "datasets/dataset.h"

#include <stddef.h>

struct corpora {
    const char *name, *data_dir; /* as in struct dataset_request; the stand-in where it is absent */
    int folds;                   /* that are wanted; 0: all there are */
    struct corpus {
        int n_in, fold;
        struct dataset *data;
    } * open; /* [n] */
    size_t n;
};

void corpora_release(struct corpora *c);

/* The corpus with so many features a frame (0: words) at a fold, borrowed. Errors of
 * dataset_open. */
enum status corpora_get(struct corpora *c, int n_in, int fold, const struct dataset **out);

/* Folds that weights are made for: those wanted, at most those there are; 1 of a corpus that has
 * one parting. */
int corpora_folds(const struct corpora *c, const struct dataset *data);

#endif
