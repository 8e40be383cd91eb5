/* train.h - training and retraining of a net. */
#ifndef MODEL_TRAIN_H
#define MODEL_TRAIN_H

#include "base/status.h"
#include "datasets/batch.h"
#include "datasets/dataset.h"
#include "model/net.h"
#include "model/recipe.h"

#include <stddef.h>

/* Where training stands; handed to the hook. */
struct train_point {
    int epoch;          /* from 1 */
    size_t step, steps; /* batches done and to do in all */
    double fraction;    /* step/steps */
    size_t tokens;      /* trained on, or frames, of all epochs and processes; in mid-epoch by
                             the share of its batches */
    size_t infeasible; /* ctc: sequences without an alignment in this process; they count nothing */
    double loss;       /* mean NLL a target (nats) of this epoch so far */
    double lr, grad_norm; /* of this update; the norm before clipping */
    double tokens_per_s;  /* or frames; of this process, validation apart */
    double gflops;        /* 10^9 products and additions of matrices a second */
    double softmax_share; /* of the time, in the classifier and its loss */
    double valid;         /* metric (metric.h) of the last finished epoch; NaN before */
    int epoch_end;        /* 1 when this point ends an epoch (or the training) */
};

/* Called at every chunk; anything but OK stops training with that status (a checkpoint is kept). */
typedef enum status train_hook_fn(void *ctx, const struct train_point *p);

/* Called at the end of an epoch to score the net on validation data; *metric gets that of its task,
 * or NaN if a signal came: then it is called again once training is resumed. */
typedef enum status train_valid_fn(void *ctx, const struct net *net, double *metric);

/* What a train_mask_fn did. */
struct train_mask {
    int moved;    /* 1: the mask was chosen anew */
    int is_final; /* 1: it will not be again */
};

/* Called before update number `update` (from 0) of `updates`: may set net->keep and the counts, and
 * zero what is pruned. shadow [n_data] holds the dense weights, or is NULL (struct train_job). */
typedef enum status train_mask_fn(void *ctx, struct net *net, size_t update, size_t updates,
                                  const float *shadow, struct train_mask *out);

struct train_job {
    const struct recipe *recipe;
    const struct dataset *data;
    const char *checkpoint; /* path of the checkpoint, or NULL: none */
    double checkpoint_s;    /* seconds between checkpoints within an epoch; 0: 60 */
    int resume;             /* 1: go on from the checkpoint if it is there and of this job */
    train_hook_fn *hook;    /* may be NULL */
    train_valid_fn *valid;  /* may be NULL, unless recipe_scores */
    void *ctx;              /* for both */
    train_mask_fn *mask;    /* NULL: net->keep stays as it is */
    void *mask_ctx;
    const char *mask_text; /* names the masks to come: a part of the job's key; with `mask` */
    int has_shadow;        /* 1: updates go to dense weights until the mask is final (shadow.h) */
    const struct net *teacher; /* of a recipe with `distill`, never changed; else not looked at */
};

struct train_result {
    double loss;   /* mean NLL a target of the last (part of an) epoch */
    double valid;  /* metric of the weights that are the result; NaN without a `valid` function */
    size_t tokens; /* trained on, or frames, all epochs */
    size_t infeasible; /* as in struct train_point */
    double seconds;    /* time spent, in this process */
};

/* Draws the initial parameters of a net for a recipe (its seed, stream 1). */
void train_init(struct net *net, const struct recipe *recipe);

/* Trains `net` in place by the recipe. Under net->keep a pruned weight stays bit-zero. The same
 * net, data and recipe (seed and threads in it) and ISA level give the same bits, also when
 * interrupted and resumed. On SIGINT/SIGTERM (base/interrupt.h) it writes the checkpoint and
 * returns E_INTERRUPTED; E_NUMERIC when the loss is not finite, with the step and a hint, and when
 * a weight is not: such weights are never saved. The checkpoint is left in place; remove it with
 * file_remove once the result is saved. */
enum status train_run(struct net *net, const struct train_job *job, struct train_result *out);

/* Loss and gradient of one batch, for tests: from state zero, dropout masks (keep and keep_* of the
 * recipe) drawn from recipe->seed, on recipe->threads; with a teacher as `distill` says. grad
 * [net->n_data]; *loss is summed over the targets, over the lanes (lm) or the targets. */
enum status train_gradient(const struct net *net, const struct recipe *recipe,
                           const struct batch *batch, const struct net *teacher, float *grad,
                           double *loss);

/* What a recipe trains a net of this shape on, cut into batches. Errors of batcher_train. */
enum status train_batcher(const struct net_shape *shape, const struct dataset *ds,
                          const struct recipe *recipe, struct batcher **out);

/* Tokens or frames that a recipe trains on: its whole batches; 0 if the data are too few for
 * one. */
size_t train_tokens(const struct net_shape *shape, const struct dataset *ds,
                    const struct recipe *recipe);

/* Sets recipe->epochs to as many whole batches as fit `tokens`. E_USAGE if that is none. */
enum status train_fit(const struct net_shape *shape, const struct dataset *ds, double tokens,
                      struct recipe *recipe);

#endif
