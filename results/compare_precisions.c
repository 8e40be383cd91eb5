/* compare_precisions.c - equal weights in several number formats. */
#include "results/compare.h"
#include "results/compare_cells.h"

#include <math.h>

static const char *const format[] = {"bf16", "f27", "q16", "q10", "q8"};
enum { N_FORMATS = 5 };

static const struct grid_column column[] = {
    COMPARE_NET_COLUMNS, {"f32", 1}, {"bf16", 1}, {"f27", 1}, {"q16", 1}, {"q10", 1}, {"q8", 1},
};

static enum status add_line(struct grid *g, const struct rows *rows, const struct row *r)
{
    struct compare_line l = {.n = 0};
    double f32 = compare_score_in(rows, r, "f32"), other[N_FORMATS];
    size_t n = 0;
    for (int i = 0; i < N_FORMATS; i++) {
        other[i] = compare_score_in(rows, r, format[i]);
        n += isfinite(other[i]);
    }
    if (!isfinite(f32) || n == 0)
        return OK;
    compare_net(&l, r);
    compare_number(&l, f32, 6);
    for (int i = 0; i < N_FORMATS; i++)
        compare_change(&l, 100 * (other[i] / f32 - 1), 2, " %");
    return compare_add(g, &l);
}

enum status compare_precisions(const struct rows *rows, struct sheet_out *out)
{
    struct grid g = {.column = column, .n_cols = sizeof column / sizeof column[0]};
    return compare_each_net(rows, &g, add_line,
                            "Number formats: the metric in f32, and what others change", "", out);
}
