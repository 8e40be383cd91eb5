#include "results/table.h"

#include "results/compare.h"
#include "results/grid.h"
#include "results/published.h"
#include "results/rowgroup.h"
#include "results/sheet_out.h"
#include "results/view.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The columns of a CSV table behind those of the group. */
static const enum column csv_column[] = {
    COL_net,
    COL_weights_kind,
    COL_seed,
    COL_pattern,
    COL_schedule,
    COL_tokens_retrain,
    COL_sparsity_x,
    COL_sparsity_h,
    COL_overall_sparsity,
    COL_backend,
    COL_variant,
    COL_precision,
    COL_metric,
    COL_metric_value,
    COL_metric_dense,
    COL_metric_valid,
    COL_latency_step_us_median,
    COL_latency_step_us_p10,
    COL_latency_step_us_p90,
    COL_baseline,
    COL_speedup,
    COL_status,
    COL_note,
};

enum status table_format_find(const char *name, enum table_format *format)
{
    static const char *const names[] = {"markdown", "csv", "latex"};
    for (size_t i = 0; i < COUNT(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            *format = (enum table_format)i;
            return OK;
        }
    }
    return fail(E_USAGE, "'%s' is not a table format (markdown, csv, latex)", name);
}

/* ", <before><cell><after>", nothing for an unknown cell. */
static void put_part(struct strbuf *b, const char *before, const struct row *r, enum column c,
                     const char *after)
{
    const char *text = row_get_text(r, c);
    if (*text != '\0')
        strbuf_addf(b, ", %s%s%s", before, text, after);
}

static void put_title(struct strbuf *b, const struct row *r)
{
    const char *kind = row_get_text(r, COL_dataset_kind), *data = row_get_text(r, COL_dataset);
    int one = row_is(r, COL_steps, "1");
    strbuf_add(b, *data != '\0' ? data : "no data set");
    if (strcmp(kind, "synthetic") == 0)
        strbuf_add(b, " (synthetic stand-in)");
    else if (strcmp(kind, "sample") == 0)
        strbuf_add(b, " (sample)");
    put_part(b, "", r, COL_split, " split");
    put_part(b, "", r, COL_cpu, "");
    put_part(b, "host ", r, COL_host_id, "");
    put_part(b, "", r, COL_threads, row_is(r, COL_threads, "1") ? " thread" : " threads");
    put_part(b, "scope ", r, COL_scope, "");
    put_part(b, "", r, COL_steps, one ? " step a call" : " steps a call");
    put_part(b, "batch ", r, COL_batch, "");
    put_part(b, "", r, COL_cache, "");
    put_part(b, "latency ", r, COL_latency_source, "");
    if (row_is(r, COL_latency_source, "simulated"))
        strbuf_add(b, ": RTL simulation; clock assumed, not placed or routed; resources are "
                      "synthesis counts");
    else if (row_is(r, COL_latency_source, "modelled"))
        strbuf_add(b, ": computed, as no RTL does it; clock assumed");
}

static void put_notes(struct strbuf *b, const struct rows *rows, const struct rowgroups *g,
                      size_t id)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct row *r = &rows->row[i];
        if (g->of[i] != id || row_is(r, COL_status, "ok"))
            continue;
        const char *note = row_get_text(r, COL_note);
        strbuf_addf(b, "- %s: ", row_get_text(r, COL_status));
        view_name(b, r);
        strbuf_addf(b, ": %s\n", *note != '\0' ? note : "no reason given");
    }
}

static enum status write_group(const struct rows *rows, const struct rowgroups *g, size_t id,
                               struct sheet_out *out)
{
    struct grid grid = {.column = view_column, .n_cols = VIEW_COLUMNS};
    struct strbuf title = {0}, notes = {0};
    enum status s = OK;
    put_title(&title, rowgroups_leader(g, rows, id));
    for (size_t i = 0; s == OK && i < rows->n; i++)
        if (g->of[i] == id && !row_is(&rows->row[i], COL_status, "skip"))
            s = view_add(&grid, &rows->row[i]);
    put_notes(&notes, rows, g, id);
    s = s == OK ? strbuf_check(&title) : s;
    s = s == OK ? strbuf_check(&notes) : s;
    if (s == OK)
        sheet_out_table(out, strbuf_text(&title), &grid, strbuf_text(&notes));
    grid_release(&grid);
    strbuf_release(&title);
    strbuf_release(&notes);
    return s;
}

enum { N_CSV = ROWGROUP_COLUMNS + COUNT(csv_column) };

static enum column csv_column_at(size_t i)
{
    return i < ROWGROUP_COLUMNS ? rowgroup_column[i] : csv_column[i - ROWGROUP_COLUMNS];
}

static enum status write_csv(const struct rows *rows, const struct rowgroups *g, struct strbuf *out)
{
    struct grid_column column[N_CSV];
    struct grid grid = {.column = column, .n_cols = N_CSV};
    enum status s = OK;
    for (size_t c = 0; c < N_CSV; c++)
        column[c] = (struct grid_column){column_info(csv_column_at(c))->name, 0};
    for (size_t id = 0; id < g->n; id++) {
        for (size_t i = 0; s == OK && i < rows->n; i++) {
            const char *cell[N_CSV];
            for (size_t c = 0; c < N_CSV; c++)
                cell[c] = row_get_text(&rows->row[i], csv_column_at(c));
            if (g->of[i] == id)
                s = grid_add(&grid, cell);
        }
    }
    if (s == OK)
        grid_csv(&grid, out);
    grid_release(&grid);
    return s;
}

static enum status write_sheets(const struct rows *rows, const struct rowgroups *g, int published,
                                struct sheet_out *out)
{
    sheet_out_begin(out);
    for (size_t id = 0; id < g->n; id++)
        TRY(write_group(rows, g, id, out));
    TRY(compare_nets(rows, out));
    TRY(compare_ratios(rows, out));
    TRY(compare_seeds(rows, out));
    TRY(compare_precisions(rows, out));
    TRY(compare_accelerator(rows, out));
    TRY(compare_energy(rows, out));
    if (published)
        TRY(published_write(out));
    sheet_out_end(out);
    return OK;
}

enum status table_write(const struct rows *rows, enum table_format format, int published,
                        struct strbuf *out)
{
    struct rowgroups g = {0};
    struct sheet_out sheets = {.out = out,
                               .format = format == TABLE_LATEX  ? SHEET_LATEX
                                         : format == TABLE_HTML ? SHEET_HTML
                                                                : SHEET_MARKDOWN};
    enum status s = rowgroups_make(&g, rows);
    if (s == OK)
        s = format == TABLE_CSV ? write_csv(rows, &g, out)
                                : write_sheets(rows, &g, published, &sheets);
    rowgroups_release(&g);
    return s == OK ? strbuf_check(out) : s;
}
