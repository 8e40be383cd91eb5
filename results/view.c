#include "results/view.h"

#include "results/number.h"

#include <string.h>

typedef void fill_fn(const struct row *r, struct strbuf *b);

static void put_number(const struct row *r, enum column c, int digits, struct strbuf *b)
{
    char text[NUMBER_TEXT];
    double v;
    if (row_get_real(r, c, &v))
        strbuf_add(b, number_round(text, v, digits));
    else
        strbuf_add(b, row_get_text(r, c));
}

static void fill_net(const struct row *r, struct strbuf *b)
{
    strbuf_add(b, row_get_text(r, COL_net));
    if (row_is(r, COL_weights_kind, "random"))
        strbuf_add(b, " (random weights)");
}

void view_pattern(const struct row *r, struct strbuf *b)
{
    const char *schedule = row_get_text(r, COL_schedule);
    double retrained;
    strbuf_add(b, row_get_text(r, COL_pattern));
    if (row_is(r, COL_pattern, "dense") && row_get_real(r, COL_tokens_retrain, &retrained) &&
        retrained > 0)
        strbuf_add(b, ", trained on");
    else if (*schedule != '\0' && strcmp(schedule, "one-shot") != 0)
        strbuf_addf(b, ", %s", schedule);
}

void view_ratios(const struct row *r, struct strbuf *b)
{
    const char *x = row_get_text(r, COL_sparsity_x), *h = row_get_text(r, COL_sparsity_h);
    if (*x != '\0' || *h != '\0')
        strbuf_addf(b, "%s/%s", x, h);
}

static void fill_metric(const struct row *r, struct strbuf *b)
{
    if (row_get_text(r, COL_metric_value)[0] == '\0')
        return;
    if (row_get_text(r, COL_metric)[0] != '\0')
        strbuf_addf(b, "%s ", row_get_text(r, COL_metric));
    put_number(r, COL_metric_value, 5, b);
}

static void fill_latency(const struct row *r, struct strbuf *b)
{
    if (row_get_text(r, COL_latency_step_us_median)[0] == '\0')
        return;
    put_number(r, COL_latency_step_us_median, 4, b);
    if (row_get_text(r, COL_latency_step_us_p10)[0] == '\0')
        return;
    strbuf_add(b, " (");
    put_number(r, COL_latency_step_us_p10, 4, b);
    strbuf_add(b, "\xe2\x80\x93"); /* en dash */
    put_number(r, COL_latency_step_us_p90, 4, b);
    strbuf_add(b, ")");
}

static void fill_speedup(const struct row *r, struct strbuf *b)
{
    if (row_get_text(r, COL_speedup)[0] == '\0')
        return;
    put_number(r, COL_speedup, 3, b);
    strbuf_add(b, "x");
}

const struct grid_column view_column[VIEW_COLUMNS] = {
    {"net", 0},
    {"seed", 1},
    {"pattern", 0},
    {"S_x/S_h", 1},
    {"overall", 1},
    {"backend", 0},
    {"precision", 0},
    {"metric", 1},
    {"dense-continued", 1},
    {"valid", 1},
    {"us a step: median (p10\xe2\x80\x93p90)", 1},
    {"speed-up", 1},
    {"over", 0},
    {"status", 0},
};

/* How each cell is made: by a function, or from one column, rounded if digits are given. */
static const struct maker {
    fill_fn *fill;
    enum column column;
    int digits;
} maker[VIEW_COLUMNS] = {
    {.fill = fill_net},
    {.column = COL_seed},
    {.fill = view_pattern},
    {.fill = view_ratios},
    {.column = COL_overall_sparsity, .digits = 3},
    {.column = COL_backend},
    {.column = COL_precision},
    {.fill = fill_metric},
    {.column = COL_metric_dense, .digits = 5},
    {.column = COL_metric_valid, .digits = 5},
    {.fill = fill_latency},
    {.fill = fill_speedup},
    {.column = COL_baseline},
    {.column = COL_status},
};

static void make_cell(const struct maker *m, const struct row *r, struct strbuf *b)
{
    if (m->fill != NULL)
        m->fill(r, b);
    else if (m->digits != 0)
        put_number(r, m->column, m->digits, b);
    else
        strbuf_add(b, row_get_text(r, m->column));
}

enum status view_add(struct grid *g, const struct row *r)
{
    struct strbuf b[VIEW_COLUMNS] = {0};
    const char *cell[VIEW_COLUMNS];
    enum status s = OK;
    for (size_t c = 0; c < VIEW_COLUMNS; c++) {
        make_cell(&maker[c], r, &b[c]);
        cell[c] = strbuf_text(&b[c]);
        s = s == OK ? strbuf_check(&b[c]) : s;
    }
    if (s == OK)
        s = grid_add(g, cell);
    for (size_t c = 0; c < VIEW_COLUMNS; c++)
        strbuf_release(&b[c]);
    return s;
}

void view_name(struct strbuf *b, const struct row *r)
{
    static const int words[] = {0, 2, 3, 5, 6};
    size_t start = b->n;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct strbuf word = {0};
        make_cell(&maker[words[i]], r, &word);
        if (word.n != 0)
            strbuf_addf(b, "%s%s", b->n != start ? " " : "", word.s);
        b->failed |= word.failed;
        strbuf_release(&word);
    }
}
