/* train_log.h - the CSV of a training: a line now and then, for plots. */
#ifndef CLI_TRAIN_LOG_H
#define CLI_TRAIN_LOG_H

#include "base/status.h"
#include "model/train.h"

#include <stddef.h>

struct train_log {
    const char *path; /* NULL: none */
    size_t every;     /* updates between lines */
    int is_open;      /* 1: what later updates of a stopped run had left is cut */
};

/* Appends a line, whole, where one is due: columns epoch, step, tokens, loss, valid (the metric),
 * lr, grad_norm, words_per_s, gflops, softmax_share. The first call drops the lines of this and
 * later updates, so that a resumed training goes on without doubles and another begins anew.
 * E_FORMAT if the file holds something else. */
enum status train_log_add(struct train_log *log, const struct train_point *p);

#endif
