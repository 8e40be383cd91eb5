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
    int epoch;            /* from 1 */
    size_t step, steps;   /* chunks done and to do in all */
    double fraction;      /* step/steps */
    size_t tokens;        /* trained on, of all epochs and processes */
    double loss;          /* mean NLL a token (nats) of this epoch so far */
    double lr, grad_norm; /* of this update; the norm before clipping */
    double tokens_per_s;  /* of this process, validation apart */
    double gflops;        /* 10^9 products and additions of matrices a second */
    double softmax_share; /* of the time, in the classifier and its loss */
    double valid_ppl;     /* of the last finished epoch; NaN before */
    int epoch_end;        /* 1 when this point ends an epoch (or the training) */
};

/* Called at every chunk; anything but OK stops training with that status (a checkpoint is kept). */
typedef enum status train_hook_fn(void *ctx, const struct train_point *p);

/* Called at the end of an epoch to score the net on validation data; *ppl gets the perplexity, or
 * NaN if a signal came: then it is called again once training is resumed. */
typedef enum status train_valid_fn(void *ctx, const struct net *net, double *ppl);

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
    double loss;      /* mean NLL a token of the last (part of an) epoch */
    double valid_ppl; /* of the weights that are the result; NaN without a `valid` function */
    size_t tokens;    /* target tokens trained on, all epochs */
    double seconds;   /* time spent, in this process */
};

/* Draws the initial parameters of a net for a recipe (its seed, stream 1). */
void train_init(struct net *net, const struct recipe *recipe);

/* Trains `net` in place by the recipe. Under net->keep a pruned weight stays bit-zero. The same
 * net, data and recipe (seed and threads in it) and ISA level give the same bits, also when
 * interrupted and resumed. On SIGINT/SIGTERM (base/interrupt.h) it writes the checkpoint and returns
 * E_INTERRUPTED; E_NUMERIC when the loss is not finite, with the step and a hint, and when a weight
 * is not: such weights are never saved. The checkpoint is left in place; remove it with file_remove
 * once the result is saved. */
enum status train_run(struct net *net, const struct train_job *job, struct train_result *out);

/* One chunk of tokens and targets [steps][lanes], for tests. */
struct train_chunk {
    int steps, lanes;
    const int32_t *tokens, *targets;
};

/* Its loss and gradient from state zero, dropout masks (keep and keep_* of the recipe) drawn from
 * recipe->seed, on recipe->threads; with a teacher as `distill` says. grad [net->n_data]; *loss is
 * summed over steps, mean over lanes. */
enum status train_gradient(const struct net *net, const struct recipe *recipe,
                           const struct train_chunk *chunk, const struct net *teacher, float *grad,
                           double *loss);

#endif
