/* search.h - the search for two ratios at one overall sparsity (SPEC 3). */
#ifndef MODEL_SEARCH_H
#define MODEL_SEARCH_H

#include "base/status.h"
#include "model/points.h"
#include "model/prune.h"

#include <stddef.h>

struct search_point {
    size_t number; /* from 1, in the order of the search */
    size_t left;   /* at least so many come, unless the walk moves on */
    struct prune_spec spec;
    size_t kept, budget;         /* weights asked for, and those that may stay */
    double alpha;                /* step of the walk that led here; 0: the start, or a grid */
    int split_x, split_h, times; /* grid: k_x = times*split_x, k_h = times*split_h; else 0 */
    double loss;                 /* on validation data, nats; infinite if it diverged */
    double metric;               /* the same net's (metric.h); NaN if it diverged */
    int was_known;               /* 1: from the journal */
    int is_best;                 /* 1: the best until now */
};

/* Told of every point once, also of those that the journal knew. */
typedef enum status search_fn(void *ctx, const struct search_point *p);

struct search_job {
    struct pattern pattern;
    uint64_t seed;             /* of +random */
    double overall;            /* sparsity, over 0 and under 1 */
    int by_layer;              /* 1: a pair for each layer, which keeps its share of the budget */
    int multipliers;           /* M of an accelerator: all splits of it; 0: the walk */
    double alpha, alpha_least; /* step of S_x at first and at last; 0: .05 and .0125 */
    search_fn *point;          /* may be NULL */
    void *ctx;
};

struct search_result {
    struct prune_spec one, best; /* the best with one ratio; the best of all (of the grid) */
    double loss_one, loss;
    double metric_one, metric;
    size_t budget; /* what `one` keeps; no point keeps more */
    size_t points; /* that differ */
    int is_dual;   /* 0: no dual ratio found, `best` has one ratio or is not better than it */
};

/* Starts from one ratio S_x = S_h that keeps at most the overall count; what that keeps is the
 * budget of all points. The walk moves S_x by alpha in both directions (by layer: of each layer in
 * turn), S_h solved by the budget, and goes to the best point if it is better; else alpha is
 * halved, until it is under alpha_least. Equal losses go nearer to one ratio. The grid measures one
 * ratio and every split X+H = M. Points out of 1 <= k <= columns are left out. `points` is open;
 * with the same losses the outcome is the same, stopped and resumed or not. E_USAGE if the overall
 * sparsity leaves less than one weight a row; E_NUMERIC if no point has a finite loss. */
enum status search_run(struct points *points, const struct search_job *job,
                       struct search_result *out);

/* How far a spec is from one ratio: the sum over layers of |S_x - S_h| by whole counts. */
double search_apart(const struct net *net, const struct prune_spec *spec);

#endif
