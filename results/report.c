#include "results/report.h"

#include "results/compare_cells.h"
#include "results/plot.h"
#include "results/sheet_out.h"
#include "results/table.h"
#include "results/view.h"

#include <math.h>
#include <string.h>

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<title>brds report</title>\n<style>\n"
    "body{font:15px/1.5 sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem;color:#111}\n"
    "section{overflow-x:auto}\n"
    "table{border-collapse:collapse;font-size:13px;border-top:2px solid;border-bottom:2px solid}\n"
    "th{border-bottom:1px solid;text-align:left}\nth,td{padding:.15rem .6rem;white-space:nowrap}\n"
    ".n{text-align:right;font-variant-numeric:tabular-nums}\n"
    "figure{margin:1.5rem 0}figure svg{max-width:100%;height:auto}\npre{font-size:12px}\n"
    "</style>\n</head>\n<body>\n<h1>brds report</h1>\n";

/* The facts that rows share by run: one line for each that differs. */
static const enum column fact[] = {COL_host_id,   COL_cpu,      COL_isa,
                                   COL_kernel_os, COL_compiler, COL_blas,
                                   COL_git,       COL_dataset,  COL_dataset_sha256};
enum { N_FACTS = sizeof fact / sizeof fact[0] };

static enum status put_facts(const struct rows *rows, struct sheet_out *out)
{
    struct grid_column column[N_FACTS];
    struct grid g = {.column = column, .n_cols = N_FACTS};
    enum status s = OK;
    for (size_t c = 0; c < N_FACTS; c++)
        column[c] = (struct grid_column){column_info(fact[c])->name, 0};
    for (size_t i = 0; s == OK && i < rows->n; i++) {
        const char *cell[N_FACTS];
        size_t j = 0;
        while (j < i && !compare_same(&rows->row[j], &rows->row[i], fact, N_FACTS))
            j++;
        for (size_t c = 0; c < N_FACTS; c++)
            cell[c] = row_get_text(&rows->row[i], fact[c]);
        if (j == i)
            s = grid_add(&g, cell);
    }
    if (s == OK)
        sheet_out_table(out, "Machines, builds and data", &g, "");
    grid_release(&g);
    return s;
}

static void put_known(struct compare_line *l, double v, int digits)
{
    compare_number(l, v > 0 ? v : NAN, digits);
}

static void put_yes(struct compare_line *l, int64_t v)
{
    compare_text(l, v < 0 ? "" : v != 0 ? "yes" : "no");
}

static enum status put_machines(const struct machines *m, struct sheet_out *out)
{
    static const struct grid_column column[] = {
        {"run", 0},     {"host_id", 0}, {"processors", 1},  {"memory GB", 1},   {"microcode", 0},
        {"SMT", 0},     {"virtual", 0}, {"governor", 0},    {"load", 1},        {"L1 GB/s", 1},
        {"L2 GB/s", 1}, {"L3 GB/s", 1}, {"memory GB/s", 1}, {"f32 GFLOP/s", 1}, {"flags", 0}};
    struct grid g = {.column = column, .n_cols = sizeof column / sizeof column[0]};
    enum status s = OK;
    for (size_t i = 0; m != NULL && s == OK && i < m->n; i++) {
        const struct machine_run *r = &m->run[i];
        struct compare_line l = {.n = 0};
        compare_text(&l, r->run_id);
        compare_text(&l, r->host_id);
        put_known(&l, (double)r->processors, 6);
        put_known(&l, 1e-9 * (double)r->memory_bytes, 3);
        compare_text(&l, r->microcode);
        put_yes(&l, r->smt);
        put_yes(&l, r->is_virtual);
        compare_text(&l, r->governor);
        compare_number(&l, r->load >= 0 ? r->load : NAN, 2);
        for (int level = 0; level < MACHINES_LEVELS; level++)
            put_known(&l, r->read_gb_per_s[level], 3);
        put_known(&l, r->fma_gflops, 3);
        compare_text(&l, r->flags);
        s = compare_add(&g, &l);
    }
    if (s == OK && g.n_rows != 0)
        sheet_out_table(out, "Runs: the machine's state, and its peaks by one thread", &g, "");
    grid_release(&g);
    return s;
}

static enum status put_commands(const struct rows *rows, struct sheet_out *out)
{
    static const struct grid_column column[] = {
        {"case", 0}, {"when", 0}, {"build", 0}, {"command", 0}};
    struct grid g = {.column = column, .n_cols = 4};
    enum status s = OK;
    for (size_t i = 0; s == OK && i < rows->n; i++) {
        const struct row *r = &rows->row[i];
        struct strbuf name = {0};
        view_name(&name, r);
        const char *cell[] = {strbuf_text(&name), row_get_text(r, COL_utc),
                              row_get_text(r, COL_git), row_get_text(r, COL_repro)};
        s = strbuf_check(&name);
        if (s == OK && *cell[3] != '\0')
            s = grid_add(&g, cell);
        strbuf_release(&name);
    }
    if (s == OK && g.n_rows != 0)
        sheet_out_table(out, "The command of every row", &g, "");
    grid_release(&g);
    return s;
}

/* The picture from its element on: a prologue has no place in a page. */
static enum status put_figure(void *ctx, const struct figure *f, const char *svg)
{
    struct strbuf *out = ctx;
    const char *element = strstr(svg, "<svg");
    if (element == NULL)
        return fail(E_IO, "gnuplot gave no picture for %s", f->name);
    strbuf_addf(out, "<figure id=\"%s\">\n%s\n<figcaption>", f->name, element);
    grid_html_text(f->title, out);
    strbuf_add(out, "</figcaption>\n</figure>\n");
    return OK;
}

static enum status put_figures(const struct rows *rows, const struct machines *machines,
                               struct strbuf *out)
{
    struct figures f;
    enum status s = plot_figures(rows, machines, &f);
    strbuf_add(out, "<h2>Figures</h2>\n");
    if (s == OK)
        s = plot_svg(&f, put_figure, out);
    plot_release(&f);
    if (s != E_ABSENT && s != E_FORMAT)
        return s;
    strbuf_add(out, "<p>None: ");
    grid_html_text(status_message(), out);
    strbuf_add(out, "</p>\n");
    return OK;
}

enum status report_write(const struct rows *rows, const struct machines *machines, int published,
                         struct strbuf *out)
{
    struct sheet_out sheets = {.out = out, .format = SHEET_HTML};
    strbuf_add(out, head);
    TRY(put_facts(rows, &sheets));
    TRY(put_machines(machines, &sheets));
    strbuf_add(out, "<h2>Tables</h2>\n");
    TRY(table_write(rows, TABLE_HTML, published, out));
    TRY(put_figures(rows, machines, out));
    strbuf_add(out, "<h2>Provenance</h2>\n");
    TRY(put_commands(rows, &sheets));
    strbuf_add(out, "</body>\n</html>\n");
    return strbuf_check(out);
}
