#include "bench/ratios.h"

#include "bench/points_run.h"
#include "model/allocate.h"

#include <string.h>

/* What the curves of the whole model propose. */
static enum status by_curves(const struct net *parent, const struct points_outcome *o,
                             size_t budget, struct prune_spec *out)
{
    const struct allocate_curve x = {SENSITIVITY_LEVELS, sensitivity_levels, o->rise_x};
    const struct allocate_curve h = {SENSITIVITY_LEVELS, sensitivity_levels, o->rise_h};
    return allocate_by_curves(parent, budget, &x, &h, out);
}

/* The pair that a search found, in the pattern and with the schedule of the weights. */
static void by_search(const struct points_outcome *o, struct prune_spec *out)
{
    struct prune_spec best = o->search.best;
    best.pattern = out->pattern;
    best.seed = out->seed;
    best.schedule = out->schedule;
    *out = best;
}

enum status ratios_find(const struct nets *n, const struct bench_weights *w,
                        const struct net *parent, struct prune_spec *out)
{
    struct points_outcome o;
    *out = w->prune;
    if (w->ratios.way == RATIOS_GIVEN)
        return OK;
    TRY(allocate_one(parent, w->ratios.overall, out));
    size_t budget = prune_asked(parent, out);
    if (w->ratios.points >= 0)
        TRY(points_run(n, w->ratios.points, NULL, &o));
    switch (w->ratios.way) {
    case RATIOS_SEARCH:
        by_search(&o, out);
        return OK;
    case RATIOS_CURVES:
        return by_curves(parent, &o, budget, out);
    case RATIOS_THRESHOLD:
        return allocate_way(parent, ALLOCATE_THRESHOLD, 0, budget, out);
    case RATIOS_ERDOS_RENYI:
        return allocate_way(parent, ALLOCATE_ERDOS_RENYI, 0, budget, out);
    default:
        return OK;
    }
}
