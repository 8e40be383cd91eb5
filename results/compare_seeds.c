/* compare_seeds.c - what pruning costs over seeds: the metric, and its change from the dense net
 * that was trained on. */
#include "results/compare.h"
#include "results/compare_cells.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct grid_column column[] = {
    {"data set", 0}, {"split", 0}, {"net", 0},  {"pattern", 0}, {"ratios", 0},
    {"overall", 1},  {"seeds", 1}, {"mean", 1}, {"least", 1},   {"most", 1},
    {"change", 1},   {"least", 1}, {"most", 1},
};

static int is_candidate(const struct rows *rows, size_t i)
{
    char part[COMPARE_PART];
    const struct row *r = &rows->row[i];
    return compare_is_first_score(rows, i) && *compare_part(r, part) == '\0' &&
           row_is(r, COL_weights_kind, "trained") && row_is(r, COL_precision, "f32") &&
           isfinite(compare_value(r, COL_metric_dense));
}

/* "one" or "two" where rows are pruned by a ratio for each matrix. */
static const char *ratios_of(const struct row *r)
{
    if (!row_is(r, COL_pattern, "row"))
        return "";
    return compare_has_one_ratio(r) ? "one" : "two";
}

/* 1 if the rows differ in seed alone. */
static int is_alike(const struct row *a, const struct row *b)
{
    static const enum column same[] = {COL_dataset_sha256, COL_split,   COL_net,
                                       COL_metric,         COL_pattern, COL_schedule};
    return compare_same(a, b, same, 6) && compare_same_overall(a, b) &&
           strcmp(ratios_of(a), ratios_of(b)) == 0;
}

/* 1 if no earlier row is alike and of the same seed. */
static int is_first_of_seed(const struct rows *rows, size_t i)
{
    static const enum column seed[] = {COL_seed};
    const struct row *r = &rows->row[i];
    for (size_t j = 0; j < i; j++)
        if (is_alike(&rows->row[j], r) && compare_same(&rows->row[j], r, seed, 1) &&
            is_candidate(rows, j))
            return 0;
    return is_candidate(rows, i);
}

/* Values over seeds. */
struct spread {
    double sum, least, most;
};

static void take(struct spread *s, double v)
{
    s->sum += v;
    s->least = fmin(s->least, v);
    s->most = fmax(s->most, v);
}

static enum status add_line(struct grid *g, const struct row *r, size_t n, const struct spread *s,
                            const struct spread *change)
{
    struct compare_line l = {.n = 0};
    char seeds[24];
    snprintf(seeds, sizeof seeds, "%zu", n);
    compare_text(&l, row_get_text(r, COL_dataset));
    compare_text(&l, row_get_text(r, COL_split));
    compare_text(&l, row_get_text(r, COL_net));
    compare_text(&l, row_get_text(r, COL_pattern));
    compare_text(&l, ratios_of(r));
    compare_number(&l, compare_value(r, COL_overall_sparsity), 3);
    compare_text(&l, seeds);
    compare_number(&l, s->sum / (double)n, 5);
    compare_number(&l, s->least, 5);
    compare_number(&l, s->most, 5);
    compare_change(&l, change->sum / (double)n, 3, "");
    compare_change(&l, change->least, 3, "");
    compare_change(&l, change->most, 3, "");
    return compare_add(g, &l);
}

/* One line for all seeds of what row i is the first of; none for a single seed. */
static enum status add_seeds(struct grid *g, const struct rows *rows, size_t i)
{
    const struct row *first = &rows->row[i];
    struct spread value = {0, INFINITY, -INFINITY}, change = value;
    size_t n = 0;
    for (size_t j = 0; j < rows->n; j++) {
        const struct row *r = &rows->row[j];
        if (!is_alike(first, r) || !is_first_of_seed(rows, j))
            continue;
        if (j < i)
            return OK; /* told before */
        double v = compare_value(r, COL_metric_value);
        take(&value, v);
        take(&change, v - compare_value(r, COL_metric_dense));
        n++;
    }
    return n >= 2 ? add_line(g, first, n, &value, &change) : OK;
}

enum status compare_seeds(const struct rows *rows, struct sheet_out *out)
{
    struct grid g = {.column = column, .n_cols = sizeof column / sizeof column[0]};
    enum status s = OK;
    for (size_t i = 0; s == OK && i < rows->n; i++)
        if (is_candidate(rows, i))
            s = add_seeds(&g, rows, i);
    if (s == OK && g.n_rows != 0)
        sheet_out_table(out, "Over seeds: the metric, and its change from dense-continued, f32", &g,
                        "");
    grid_release(&g);
    return s;
}
