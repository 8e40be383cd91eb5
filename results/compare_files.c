/* compare_files.c - what changed between two result files. */
#include "results/compare.h"
#include "results/compare_cells.h"
#include "results/view.h"

#include <math.h>
#include <string.h>

static const struct grid_column column[] = {
    {"case", 0}, {"old", 1}, {"new", 1}, {"change", 1}, {"", 0},
};

static const double metric_noise = 1e-6; /* of the value: sums in another order */

/* The last row of a case that is ok, or NULL. */
static const struct row *find(const struct rows *rows, const char *key)
{
    for (size_t i = rows->n; i-- > 0;)
        if (row_is(&rows->row[i], COL_case_key, key) && row_is(&rows->row[i], COL_status, "ok"))
            return &rows->row[i];
    return NULL;
}

static enum status add_change(struct grid *g, const struct row *r, const char *what, double old,
                              double now, int is_worse)
{
    struct compare_line l = {.n = 0};
    struct strbuf name = {0};
    strbuf_addf(&name, "%s of ", what);
    view_name(&name, r);
    compare_text(&l, strbuf_text(&name));
    compare_number(&l, old, 6);
    compare_number(&l, now, 6);
    compare_change(&l, 100 * (now / old - 1), 3, " %");
    compare_text(&l, is_worse ? "worse" : "better");
    enum status s = strbuf_check(&name);
    strbuf_release(&name);
    return s == OK ? compare_add(g, &l) : s;
}

static enum status diff_metric(struct grid *g, const struct row *old, const struct row *now,
                               size_t *worse)
{
    double a = compare_value(old, COL_metric_value), b = compare_value(now, COL_metric_value);
    if (!(fabs(b - a) > metric_noise * fabs(a)))
        return OK;
    int is_worse = compare_lower_is_better(now) ? b > a : b < a;
    *worse += (size_t)is_worse;
    return add_change(g, now, row_get_text(now, COL_metric), a, b, is_worse);
}

static enum status diff_latency(struct grid *g, const struct row *old, const struct row *now,
                                size_t *worse)
{
    static const enum column host = COL_host_id;
    double lo = compare_value(now, COL_latency_step_us_ci95_lo);
    double hi = compare_value(now, COL_latency_step_us_ci95_hi);
    int longer = lo > compare_value(old, COL_latency_step_us_ci95_hi);
    int shorter = hi < compare_value(old, COL_latency_step_us_ci95_lo);
    if ((!longer && !shorter) || !compare_same(old, now, &host, 1))
        return OK;
    *worse += (size_t)longer;
    return add_change(g, now, "us a step", compare_value(old, COL_latency_step_us_median),
                      compare_value(now, COL_latency_step_us_median), longer);
}

/* Cases of `rows` that `others` lack. */
static size_t count_alone(const struct rows *rows, const struct rows *others)
{
    size_t n = 0;
    for (size_t i = 0; i < rows->n; i++) {
        const char *key = row_get_text(&rows->row[i], COL_case_key);
        n += *key != '\0' && find(rows, key) == &rows->row[i] && find(others, key) == NULL;
    }
    return n;
}

enum status compare_files(const struct rows *old, const struct rows *now, struct sheet_out *out,
                          size_t *worse)
{
    struct grid g = {.column = column, .n_cols = sizeof column / sizeof column[0]};
    struct strbuf note = {0};
    enum status s = OK;
    size_t both = 0;
    *worse = 0;
    for (size_t i = 0; s == OK && i < now->n; i++) {
        const struct row *b = &now->row[i], *a;
        const char *key = row_get_text(b, COL_case_key);
        if (*key == '\0' || find(now, key) != b || (a = find(old, key)) == NULL)
            continue;
        both++;
        s = diff_metric(&g, a, b, worse);
        s = s == OK ? diff_latency(&g, a, b, worse) : s;
    }
    strbuf_addf(&note, "- %zu cases in both files, %zu only in the old, %zu only in the new\n",
                both, count_alone(old, now), count_alone(now, old));
    strbuf_addf(&note, "- %zu values got worse\n", *worse);
    s = s == OK ? strbuf_check(&note) : s;
    if (s == OK)
        sheet_out_table(out, "Changes outside their intervals", &g, strbuf_text(&note));
    grid_release(&g);
    strbuf_release(&note);
    return s;
}
