#include "results/compare_cells.h"

#include "results/view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void compare_text(struct compare_line *l, const char *text)
{
    snprintf(l->cell[l->n], sizeof l->cell[0], "%s", text);
    l->n++;
}

void compare_number(struct compare_line *l, double v, int digits)
{
    char text[NUMBER_TEXT];
    compare_text(l, number_round(text, v, digits));
}

void compare_change(struct compare_line *l, double v, int digits, const char *unit)
{
    char text[NUMBER_TEXT], cell[NUMBER_TEXT + 16] = "";
    if (isfinite(v))
        snprintf(cell, sizeof cell, "%s%s%s", v > 0 ? "+" : "", number_round(text, v, digits),
                 unit);
    compare_text(l, cell);
}

enum status compare_add(struct grid *g, const struct compare_line *l)
{
    const char *cell[COMPARE_CELLS];
    if (l->failed)
        return fail(E_NOMEM, "no memory for a table");
    for (size_t i = 0; i < l->n; i++)
        cell[i] = l->cell[i];
    return grid_add(g, cell);
}

double compare_value(const struct row *r, enum column c)
{
    double v;
    return row_get_real(r, c, &v) ? v : NAN;
}

int compare_same(const struct row *a, const struct row *b, const enum column *c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(row_get_text(a, c[i]), row_get_text(b, c[i])) != 0)
            return 0;
    return 1;
}

int compare_same_weights(const struct row *a, const struct row *b)
{
    /* weights of folds are told by the first of them, and by the validation score of all */
    static const enum column same[] = {COL_weights_sha256, COL_metric_valid, COL_dataset_sha256,
                                       COL_split};
    return compare_same(a, b, same, 4);
}

const char *compare_part(const struct row *r, char room[COMPARE_PART])
{
    static const char over[] = "metric_value over ";
    const char *note = row_get_text(r, COL_note), *part = strstr(note, over);
    room[0] = '\0';
    if (part != NULL)
        snprintf(room, COMPARE_PART, "%.*s", (int)strcspn(part + strlen(over), ";"),
                 part + strlen(over));
    else if (strstr(note, "without the texts") != NULL)
        snprintf(room, COMPARE_PART, "unseen texts");
    return room;
}

int compare_same_score(const struct row *a, const struct row *b)
{
    char part[2][COMPARE_PART];
    return compare_same_weights(a, b) &&
           strcmp(compare_part(a, part[0]), compare_part(b, part[1])) == 0;
}

static int is_scored(const struct row *r)
{
    return compare_has_score(r) && row_get_text(r, COL_weights_sha256)[0] != '\0';
}

int compare_is_first_score(const struct rows *rows, size_t i)
{
    if (!is_scored(&rows->row[i]))
        return 0;
    for (size_t j = 0; j < i; j++)
        if (is_scored(&rows->row[j]) && compare_same_score(&rows->row[j], &rows->row[i]))
            return 0;
    return 1;
}

double compare_score_in(const struct rows *rows, const struct row *r, const char *precision)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct row *o = &rows->row[i];
        if (is_scored(o) && row_is(o, COL_precision, precision) && compare_same_score(o, r))
            return compare_value(o, COL_metric_value);
    }
    return NAN;
}

static void put_part(const struct row *r, struct strbuf *b)
{
    char part[COMPARE_PART];
    strbuf_add(b, row_get_text(r, COL_split));
    if (*compare_part(r, part) != '\0')
        strbuf_addf(b, ", %s", part);
}

static void put_cell(struct compare_line *l, const struct row *r,
                     void (*put)(const struct row *r, struct strbuf *b))
{
    struct strbuf b = {0};
    put(r, &b);
    compare_text(l, strbuf_text(&b));
    l->failed |= b.failed;
    strbuf_release(&b);
}

void compare_net(struct compare_line *l, const struct row *r)
{
    compare_text(l, row_get_text(r, COL_dataset));
    put_cell(l, r, put_part);
    compare_text(l, row_get_text(r, COL_net));
    compare_text(l, row_get_text(r, COL_seed));
    put_cell(l, r, view_pattern);
    put_cell(l, r, view_ratios);
    compare_number(l, compare_value(r, COL_overall_sparsity), 3);
}

enum status compare_each_net(const struct rows *rows, struct grid *g, compare_line_fn *add_line,
                             const char *title, const char *notes, struct sheet_out *out)
{
    enum status s = OK;
    for (size_t i = 0; s == OK && i < rows->n; i++)
        if (compare_is_first_score(rows, i))
            s = add_line(g, rows, &rows->row[i]);
    if (s == OK && g->n_rows != 0)
        sheet_out_table(out, title, g, notes);
    grid_release(g);
    return s;
}

int compare_same_overall(const struct row *a, const struct row *b)
{
    return fabs(compare_value(a, COL_overall_sparsity) - compare_value(b, COL_overall_sparsity)) <
           0.005;
}

int compare_has_score(const struct row *r)
{
    return (row_is(r, COL_status, "ok") || row_is(r, COL_status, "invalid")) &&
           isfinite(compare_value(r, COL_metric_value));
}

int compare_has_one_ratio(const struct row *r)
{
    return strcmp(row_get_text(r, COL_sparsity_x), row_get_text(r, COL_sparsity_h)) == 0;
}

int compare_lower_is_better(const struct row *r)
{
    return !row_is(r, COL_metric, "accuracy");
}
