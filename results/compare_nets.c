/* compare_nets.c - a line for every net: its score and the time of a step in each number format. */
#include "results/compare.h"
#include "results/compare_cells.h"

#include <math.h>

static const char *const format[] = {"f32", "q16", "q8"};
enum { N_FORMATS = 3 };

static const struct grid_column column[] = {
    COMPARE_NET_COLUMNS, {"metric", 0}, {"valid", 1},  {"f32", 1},   {"q16", 1},
    {"q8", 1},           {"us f32", 1}, {"us q16", 1}, {"us q8", 1},
};

/* One step a call, one sample, one thread, warm. */
static int is_timed(const struct row *r)
{
    return row_is(r, COL_status, "ok") && row_is(r, COL_latency_source, "measured") &&
           row_is(r, COL_scope, "step") && row_is(r, COL_steps, "1") && row_is(r, COL_batch, "1") &&
           row_is(r, COL_threads, "1") && row_is(r, COL_cache, "warm");
}

/* The least median of any backend; NaN if there is none. */
static double time_in(const struct rows *rows, const struct row *r, const char *precision)
{
    double least = NAN;
    for (size_t i = 0; i < rows->n; i++) {
        const struct row *o = &rows->row[i];
        if (is_timed(o) && row_is(o, COL_precision, precision) && compare_same_weights(o, r))
            least = fmin(least, compare_value(o, COL_latency_step_us_median));
    }
    return least;
}

static enum status add_line(struct grid *g, const struct rows *rows, const struct row *r)
{
    struct compare_line l = {.n = 0};
    compare_net(&l, r);
    compare_text(&l, row_get_text(r, COL_metric));
    compare_number(&l, compare_value(r, COL_metric_valid), 5);
    for (int i = 0; i < N_FORMATS; i++)
        compare_number(&l, compare_score_in(rows, r, format[i]), 5);
    for (int i = 0; i < N_FORMATS; i++)
        compare_number(&l, time_in(rows, r, format[i]), 3);
    return compare_add(g, &l);
}

enum status compare_nets(const struct rows *rows, struct sheet_out *out)
{
    struct grid g = {.column = column, .n_cols = sizeof column / sizeof column[0]};
    return compare_each_net(rows, &g, add_line,
                            "Nets: the metric and the time of a step in each number format",
                            "- us: of the fastest backend, where its row is valid; one thread, one "
                            "sample, one step a call\n",
                            out);
}
