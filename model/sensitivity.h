/* sensitivity.h - what it costs to prune one matrix alone (SPEC 3). */
#ifndef MODEL_SENSITIVITY_H
#define MODEL_SENSITIVITY_H

#include "base/status.h"
#include "model/points.h"
#include "model/prune.h"

#include <stddef.h>

/* The levels of SPEC 3: .5 .7 .8 .9 .95 .975. */
enum { SENSITIVITY_LEVELS = 6 };
extern const double sensitivity_levels[SENSITIVITY_LEVELS];

struct sensitivity_point {
    enum param_kind kind; /* the matrix that is pruned: W_x, W_h or W_r */
    int layer;            /* of that layer alone; -1: in all layers */
    double s;             /* its sparsity as asked */
    struct prune_spec spec;
    size_t removed;                /* weights taken away */
    int retrained;                 /* 1: after the retraining */
    struct points_value value;     /* on validation data; an infinite loss if it diverged */
    struct points_value dense;     /* of the dense net as it came */
    struct points_value continued; /* of the dense net trained on for as many tokens */
    double rise;                   /* of the loss over that of `continued`, nats */
    size_t done, all;              /* points, this one counted */
};

/* Told of every point in a fixed order, also of those that the journal knew. */
typedef enum status sensitivity_fn(void *ctx, const struct sensitivity_point *p);

struct sensitivity_job {
    struct pattern pattern;
    uint64_t seed;       /* of +random */
    const double *level; /* [n_levels], or NULL: those of SPEC 3 */
    size_t n_levels;
    int by_layer; /* 1: also every layer alone, where there are several */
    sensitivity_fn *point;
    void *ctx;
};

/* Measures the dense net with and without retraining, then each kind of matrix at every level,
 * first as it is, then retrained. `points` is open. Errors of points_value and of the callback. */
enum status sensitivity_run(struct points *points, const struct sensitivity_job *job);

#endif
