/* trial.h - one pruned net tried out: pruned from the dense net, retrained, scored on validation
 * data; every trial with the same tokens at the same rates. */
#ifndef MODEL_TRIAL_H
#define MODEL_TRIAL_H

#include "base/hash.h"
#include "base/status.h"
#include "datasets/dataset.h"
#include "kernels/lstm.h"
#include "model/net.h"
#include "model/points.h"
#include "model/prune.h"
#include "model/recipe.h"
#include "model/train.h"

struct trial {
    const struct net *dense;     /* where every trial starts, and the teacher of a recipe with
                                           `distill`; never changed */
    const struct dataset *data;  /* with the net's vocabulary */
    const struct recipe *recipe; /* of retraining */
    const struct lstm_backend *backend; /* scores, in f32 */
    const char *checkpoint;             /* of the trial in progress, or NULL */
    double checkpoint_s;                /* seconds between checkpoints; 0: 60 */
    train_hook_fn *hook;                /* may be NULL */
    void *ctx;
};

/* A points_fn with a struct trial as ctx: prunes a copy of the dense net by the spec (all zero: not
 * at all), trains it on (pruning by the spec's schedule) if retrain is 1 and the recipe has epochs,
 * and scores it. A checkpoint of this trial is gone on from, one of another is dropped; it is
 * removed once the loss is known. Errors of prune_net, train_run and score_net. */
enum status trial_value(void *trial, const struct prune_spec *spec, int retrain,
                        struct points_value *out);

/* Digest of all that decides a loss beside the spec: weights, data, recipe, version. */
enum status trial_id(const struct trial *t, char id[HASH_HEX]);

#endif
