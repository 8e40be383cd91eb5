/* train.h - training and retraining of a net on a language-model stream. */
#ifndef MODEL_TRAIN_H
#define MODEL_TRAIN_H

#include "base/status.h"
#include "datasets/dataset.h"
#include "model/net.h"
#include "model/recipe.h"

#include <stddef.h>

/* Where training stands; handed to the hook. */
struct train_point {
    int epoch;          /* from 1 */
    size_t step, steps; /* chunks done and to do in all */
    double fraction;    /* step/steps */
    double loss;        /* mean NLL a token (nats) of this epoch so far */
    double tokens_per_s;
    double valid_ppl; /* of the last finished epoch; NaN before */
    int epoch_end;    /* 1 when this point ends an epoch (or the training) */
};

/* Called at every chunk; anything but OK stops training with that status (a checkpoint is kept). */
typedef enum status train_hook_fn(void *ctx, const struct train_point *p);

/* Called at the end of an epoch to score the net on validation data; *ppl gets the perplexity. */
typedef enum status train_valid_fn(void *ctx, const struct net *net, double *ppl);

struct train_job {
    const struct recipe *recipe;
    const struct dataset *data;
    const char *checkpoint; /* path of the checkpoint, or NULL: none */
    double checkpoint_s;    /* seconds between checkpoints within an epoch; 0: 60 */
    int resume;             /* 1: go on from the checkpoint if it is there and of this job */
    train_hook_fn *hook;    /* may be NULL */
    train_valid_fn *valid;  /* may be NULL */
    void *ctx;              /* for both */
};

struct train_result {
    double loss;      /* mean NLL a token of the last (part of an) epoch */
    double valid_ppl; /* after the last epoch; NaN without a `valid` function */
    size_t tokens;    /* target tokens trained on, all epochs */
    double seconds;   /* time spent, in this process */
};

/* Draws the initial parameters of a net for a recipe (its seed, stream 1). */
void train_init(struct net *net, const struct recipe *recipe);

/* Trains `net` in place by the recipe. Under net->keep a pruned weight stays bit-zero. The same
 * net, data and recipe (seed and threads in it) and ISA level give the same bits, also when
 * interrupted and resumed. On SIGINT/SIGTERM (base/interrupt.h) it writes the checkpoint and returns
 * E_INTERRUPTED; E_NUMERIC when the loss is not finite, with the step and a hint. The checkpoint is
 * left in place; remove it with file_remove once the result is saved. */
enum status train_run(struct net *net, const struct train_job *job, struct train_result *out);

/* Loss and gradient of one chunk, for tests: tokens and targets [steps][lanes], state zero, dropout
 * masks drawn from `seed` when keep < 1. grad [net->n_data]; *loss is the NLL summed over steps,
 * mean over lanes. */
enum status train_gradient(const struct net *net, int steps, int lanes, const int32_t *tokens,
                           const int32_t *targets, double keep, uint64_t seed, int threads,
                           float *grad, double *loss);

#endif
