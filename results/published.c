#include "results/published.h"

#include "base/csv.h"
#include "results/published_text.h"

#include <string.h>

/* The columns shown, by their names in the file. */
static const struct grid_column column[] = {
    {"work", 0},
    {"year", 1},
    {"device", 0},
    {"clock_mhz", 1},
    {"bits", 1},
    {"pattern", 0},
    {"sparsity", 1},
    {"model", 0},
    {"dataset", 0},
    {"metric", 0},
    {"metric_value", 1},
    {"metric_dense", 1},
    {"latency_us", 1},
    {"latency_scope", 0},
    {"batch", 1},
    {"gops_effective", 1},
    {"gops_sparse", 1},
    {"power_w", 1},
    {"gops_per_w_effective", 1},
    {"macs", 1},
    {"mac_utilisation", 1},
    {"read_from", 0},
};
enum { SHOWN = sizeof column / sizeof column[0], MOST = 64 };

struct reading {
    struct grid g;
    size_t from[SHOWN]; /* which cell of a line each column is; MOST: none */
    size_t work, note;
    size_t lines;
};

static size_t find_cell(char **cell, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(cell[i], name) == 0)
            return i;
    return MOST;
}

static enum status read_titles(struct reading *r, char **cell, size_t n)
{
    for (size_t c = 0; c < SHOWN; c++)
        if ((r->from[c] = find_cell(cell, n, column[c].title)) == MOST)
            return fail(E_FORMAT, "published.csv:1: no column '%s'", column[c].title);
    r->work = find_cell(cell, n, "work");
    r->note = find_cell(cell, n, "note");
    return r->note != MOST ? OK : fail(E_FORMAT, "published.csv:1: no column 'note'");
}

static enum status on_line(void *ctx, char **cell, size_t n, size_t line)
{
    struct reading *r = ctx;
    const char *shown[SHOWN];
    struct strbuf work = {0};
    if (r->lines++ == 0)
        return read_titles(r, cell, n);
    strbuf_addf(&work, "%s%s%s", cell[r->work],
                strstr(cell[r->note], "derived") != NULL ? " \xe2\x80\xa0" : "",
                strstr(cell[r->note], "from memory") != NULL ? " \xe2\x80\xa1" : "");
    for (size_t c = 0; c < SHOWN; c++)
        shown[c] = r->from[c] == r->work ? strbuf_text(&work) : cell[r->from[c]];
    enum status s = strbuf_check(&work);
    if (s == OK)
        s = grid_add(&r->g, shown);
    strbuf_release(&work);
    return s;
}

enum status published_write(struct sheet_out *out)
{
    struct reading r = {.g = {.column = column, .n_cols = SHOWN}};
    enum status s = csv_read(published_text, strlen(published_text), "published.csv", on_line, &r);
    if (s == OK)
        sheet_out_table(out, "Published systems, as published", &r.g,
                        "- \xe2\x80\xa0 holds figures derived from other published figures; "
                        "\xe2\x80\xa1 holds figures read from memory\n"
                        "- systems differ in net, data, arithmetic and what they count: compare "
                        "LSTMP with LSTMP only\n");
    grid_release(&r.g);
    return s;
}
