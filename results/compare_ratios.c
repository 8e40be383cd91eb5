/* compare_ratios.c - one ratio against two at equal weights. */
#include "results/compare.h"
#include "results/compare_cells.h"

#include <math.h>
#include <string.h>

static const struct grid_column column[] = {
    {"data set", 0},  {"net", 0},       {"overall", 1},   {"seed", 1},
    {"S_x/S_h", 1},   {"one", 1},       {"two", 1},       {"two - one", 1},
    {"valid one", 1}, {"valid two", 1}, {"two - one", 1}, {"dense-continued", 1},
};

/* What must be equal for two rows to be a pair, and for pairs to be one claim. */
static const enum column of_pair[] = {COL_dataset_sha256, COL_split,  COL_net,
                                      COL_seed,           COL_metric, COL_pattern};
static const enum column of_claim[] = {COL_dataset_sha256, COL_split, COL_net, COL_metric};

static int is_candidate(const struct row *r)
{
    char part[COMPARE_PART];
    return compare_has_score(r) && *compare_part(r, part) == '\0' &&
           row_is(r, COL_weights_kind, "trained") && row_is(r, COL_pattern, "row") &&
           row_is(r, COL_precision, "f32") && row_get_text(r, COL_keep_x)[0] != '\0';
}

/* 1 if these weights stand in an earlier candidate: another backend or other steps. */
static int is_repeated(const struct rows *rows, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (is_candidate(&rows->row[j]) && compare_same_weights(&rows->row[j], &rows->row[i]))
            return 1;
    return 0;
}

/* The first row of two ratios that pairs with row i of one ratio; NULL if there is none. */
static const struct row *partner_of(const struct rows *rows, size_t i)
{
    const struct row *one = &rows->row[i];
    double nnz = compare_value(one, COL_nnz);
    for (size_t j = 0; j < rows->n; j++) {
        const struct row *two = &rows->row[j];
        double less = nnz - compare_value(two, COL_nnz);
        if (is_candidate(two) && !compare_has_one_ratio(two) && !is_repeated(rows, j) &&
            compare_same(one, two, of_pair, 6) && less >= 0 && less <= 0.002 * nnz)
            return two;
    }
    return NULL;
}

static double gain(const struct row *one, const struct row *two, enum column c)
{
    return compare_value(two, c) - compare_value(one, c);
}

static enum status add_pair(struct grid *g, const struct row *one, const struct row *two)
{
    struct compare_line l = {.n = 0};
    struct strbuf ratios = {0};
    strbuf_addf(&ratios, "%s/%s", row_get_text(two, COL_sparsity_x),
                row_get_text(two, COL_sparsity_h));
    compare_text(&l, row_get_text(one, COL_dataset));
    compare_text(&l, row_get_text(one, COL_net));
    compare_number(&l, compare_value(one, COL_overall_sparsity), 3);
    compare_text(&l, row_get_text(one, COL_seed));
    compare_text(&l, strbuf_text(&ratios));
    compare_number(&l, compare_value(one, COL_metric_value), 5);
    compare_number(&l, compare_value(two, COL_metric_value), 5);
    compare_change(&l, gain(one, two, COL_metric_value), 3, "");
    compare_number(&l, compare_value(one, COL_metric_valid), 5);
    compare_number(&l, compare_value(two, COL_metric_valid), 5);
    compare_change(&l, gain(one, two, COL_metric_valid), 3, "");
    compare_number(&l, compare_value(one, COL_metric_dense), 5);
    enum status s = strbuf_check(&ratios);
    strbuf_release(&ratios);
    return s == OK ? compare_add(g, &l) : s;
}

static int same_claim(const struct row *a, const struct row *b)
{
    return compare_same(a, b, of_claim, 4) && compare_same_overall(a, b);
}

struct tally {
    size_t n, better, worse;
};

static void count(struct tally *t, double change, int lower_is_better)
{
    t->n += isfinite(change);
    t->better += lower_is_better ? change < 0 : change > 0;
    t->worse += lower_is_better ? change > 0 : change < 0;
}

static void put_tally(struct strbuf *out, const char *split, const struct tally *t)
{
    if (t->n == 0)
        return;
    strbuf_addf(out, "; %s: two ratios have the better value on %zu of %zu seeds", split, t->better,
                t->n);
    if (t->n < 3)
        strbuf_add(out, " (under 3 seeds: no claim)");
    else if (t->better == t->n)
        strbuf_add(out, ": two ratios are better");
    else if (t->worse == t->n)
        strbuf_add(out, ": one ratio is better");
    else
        strbuf_add(out, ": no claim");
}

/* One line for all seeds of what row i is the first of. */
static void put_claim(const struct rows *rows, size_t i, struct strbuf *out)
{
    const struct row *first = &rows->row[i];
    struct tally test = {0}, valid = {0};
    char text[NUMBER_TEXT];
    for (size_t j = 0; j < rows->n; j++) {
        const struct row *one = &rows->row[j], *two;
        if (!is_candidate(one) || !compare_has_one_ratio(one) || is_repeated(rows, j) ||
            !same_claim(first, one) || (two = partner_of(rows, j)) == NULL)
            continue;
        if (j < i)
            return; /* told before */
        count(&test, gain(one, two, COL_metric_value), compare_lower_is_better(one));
        count(&valid, gain(one, two, COL_metric_valid), compare_lower_is_better(one));
    }
    strbuf_addf(out, "- %s %s at %s", row_get_text(first, COL_dataset),
                row_get_text(first, COL_net),
                number_round(text, compare_value(first, COL_overall_sparsity), 3));
    put_tally(out, "valid", &valid);
    put_tally(out, row_get_text(first, COL_split), &test);
    strbuf_add(out, "\n");
}

enum status compare_ratios(const struct rows *rows, struct sheet_out *out)
{
    struct grid g = {.column = column, .n_cols = sizeof column / sizeof column[0]};
    struct strbuf note = {0};
    enum status s = OK;
    for (size_t i = 0; s == OK && i < rows->n; i++) {
        const struct row *one = &rows->row[i], *two;
        if (!is_candidate(one) || !compare_has_one_ratio(one) || is_repeated(rows, i) ||
            (two = partner_of(rows, i)) == NULL)
            continue;
        s = add_pair(&g, one, two);
        put_claim(rows, i, &note);
    }
    s = s == OK ? strbuf_check(&note) : s;
    if (s == OK && g.n_rows != 0)
        sheet_out_table(out, "One ratio and two at equal weights, f32", &g, strbuf_text(&note));
    grid_release(&g);
    strbuf_release(&note);
    return s;
}
