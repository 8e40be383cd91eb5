#include "results/compare_cells.h"

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
    static const enum column same[] = {COL_weights_sha256, COL_dataset_sha256, COL_split};
    return compare_same(a, b, same, 3);
}

int compare_has_score(const struct row *r)
{
    return (row_is(r, COL_status, "ok") || row_is(r, COL_status, "invalid")) &&
           isfinite(compare_value(r, COL_metric_value));
}

int compare_lower_is_better(const struct row *r)
{
    return !row_is(r, COL_metric, "accuracy");
}
