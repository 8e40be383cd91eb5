/* compare_precisions.c - equal weights in several number formats. */
#include "results/compare.h"
#include "results/compare_cells.h"
#include "results/view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const format[] = {"bf16", "f27", "q16", "q10", "q8"};
enum { N_FORMATS = 5 };

static const struct grid_column column[] = {
    {"data set", 0}, {"split", 0}, {"net", 0}, {"pattern", 0}, {"S_x/S_h", 1},
    {"overall", 1},  {"seed", 1},  {"f32", 1}, {"bf16", 1},    {"f27", 1},
    {"q16", 1},      {"q10", 1},   {"q8", 1},
};

static int is_scored(const struct row *r)
{
    return compare_has_score(r) && row_get_text(r, COL_weights_sha256)[0] != '\0';
}

/* The first score of the weights of `r` in a format, on the same data; NaN if there is none. Scores
 * over a part of a split say so in the note and are not mixed with others. */
static double score_in(const struct rows *rows, const struct row *r, const char *precision)
{
    int part = strstr(row_get_text(r, COL_note), "first") != NULL;
    for (size_t i = 0; i < rows->n; i++) {
        const struct row *o = &rows->row[i];
        if (is_scored(o) && row_is(o, COL_precision, precision) && compare_same_weights(o, r) &&
            (strstr(row_get_text(o, COL_note), "first") != NULL) == part)
            return compare_value(o, COL_metric_value);
    }
    return NAN;
}

static int is_first(const struct rows *rows, size_t i)
{
    if (!is_scored(&rows->row[i]))
        return 0;
    for (size_t j = 0; j < i; j++)
        if (is_scored(&rows->row[j]) && compare_same_weights(&rows->row[j], &rows->row[i]))
            return 0;
    return 1;
}

static enum status add_line(struct grid *g, const struct rows *rows, const struct row *r)
{
    struct compare_line l = {.n = 0};
    char ratios[96] = "";
    struct strbuf pattern = {0};
    double f32 = score_in(rows, r, "f32"), other[N_FORMATS];
    size_t n = 0;
    for (int i = 0; i < N_FORMATS; i++) {
        other[i] = score_in(rows, r, format[i]);
        n += isfinite(other[i]);
    }
    if (!isfinite(f32) || n == 0)
        return OK;
    if (row_get_text(r, COL_sparsity_x)[0] != '\0')
        snprintf(ratios, sizeof ratios, "%s/%s", row_get_text(r, COL_sparsity_x),
                 row_get_text(r, COL_sparsity_h));
    compare_text(&l, row_get_text(r, COL_dataset));
    compare_text(&l, row_get_text(r, COL_split));
    compare_text(&l, row_get_text(r, COL_net));
    view_pattern(r, &pattern);
    compare_text(&l, strbuf_text(&pattern));
    enum status s = strbuf_check(&pattern);
    strbuf_release(&pattern);
    TRY(s);
    compare_text(&l, ratios);
    compare_number(&l, compare_value(r, COL_overall_sparsity), 3);
    compare_text(&l, row_get_text(r, COL_seed));
    compare_number(&l, f32, 6);
    for (int i = 0; i < N_FORMATS; i++)
        compare_change(&l, 100 * (other[i] / f32 - 1), 2, " %");
    return compare_add(g, &l);
}

enum status compare_precisions(const struct rows *rows, struct sheet_out *out)
{
    struct grid g = {.column = column, .n_cols = sizeof column / sizeof column[0]};
    enum status s = OK;
    for (size_t i = 0; s == OK && i < rows->n; i++)
        if (is_first(rows, i))
            s = add_line(&g, rows, &rows->row[i]);
    if (s == OK && g.n_rows != 0)
        sheet_out_table(out, "Number formats: the metric in f32, and what others change", &g, "");
    grid_release(&g);
    return s;
}
