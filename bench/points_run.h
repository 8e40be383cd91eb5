/* points_run.h - the points of a suite: a search for ratios or sensitivity curves, kept in the
 * cache so that a stopped run goes on. */
#ifndef BENCH_POINTS_RUN_H
#define BENCH_POINTS_RUN_H

#include "bench/machine.h"
#include "bench/nets.h"
#include "model/search.h"
#include "model/sensitivity.h"
#include "results/row.h"

/* Who gets a row for each point, and for the outcome. */
struct points_sink {
    enum status (*row)(void *ctx, struct row *row); /* clears the row */
    void *ctx;
    const struct machine *machine;
    const char *run_id, *note; /* note: put before each point's; "" for none */
};

struct points_outcome {
    struct search_result search; /* of a search */
    /* of curves: the rise of the loss when W_x, W_h of all layers are pruned to each level,
     * retrained where the points are */
    double rise_x[SENSITIVITY_LEVELS], rise_h[SENSITIVITY_LEVELS];
};

/* Runs points `i` of the list, making their parent first if need be; what the journal in the cache
 * holds is not measured again. The last row has the key of the points themselves and says what came
 * of them. sink may be NULL. */
enum status points_run(const struct nets *n, int i, const struct points_sink *sink,
                       struct points_outcome *out);

#endif
