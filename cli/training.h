/* training.h - train_run as a command sees it: progress, validation, checkpoint, Ctrl-C. */
#ifndef CLI_TRAINING_H
#define CLI_TRAINING_H

#include "base/status.h"
#include "cli/options.h"
#include "datasets/dataset.h"
#include "model/net.h"
#include "model/prune.h"
#include "model/recipe.h"

/* What is to be trained. */
struct training {
    const struct options *options;
    struct net *net;
    const struct dataset *data;
    const struct recipe *recipe;
    const char *out;               /* where the weights will be saved */
    const struct prune_spec *spec; /* pruned by its schedule on the way; NULL: not at all */
    const struct net *teacher;     /* of a recipe with `distill` */
};

/* The metric of the net's task on validation data (dense backend, f32); E_INTERRUPTED if a signal
 * comes. */
enum status training_score(const struct net *net, const struct dataset *ds, int threads,
                           double *metric);

/* Trains the net by the recipe with a checkpoint OUT.ckpt, which --resume continues, prints one
 * line an epoch unless --quiet, and writes --log. *valid gets the metric of the weights that are
 * the result, NaN if a signal came while it was taken. E_INTERRUPTED, with a message that says how
 * to go on, after a signal. */
enum status training_run(const struct training *t, double *valid);

/* Removes OUT.ckpt: what it led to is saved. */
enum status training_done(const char *out);

/* Prints `valid ppl 123.4`, by the metric of the net's task, or why there is none; `when`, "" or a
 * text with a blank at its end, stands before the number. */
void training_print_valid(const struct net *net, const char *when, double value);

#endif
