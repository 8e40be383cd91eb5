#include "results/plot.h"

#include "base/file.h"
#include "base/mem.h"
#include "results/plot_kind.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The title and the file's name: the kind and what is equal within. */
static void name_figure(const struct plot_kind *k, const struct row *r, struct figure *f)
{
    size_t n = (size_t)snprintf(f->name, sizeof f->name, "%s", k->name);
    size_t t = (size_t)snprintf(f->title, sizeof f->title, "%s", k->name);
    for (int i = 0; k->apart[i] != COL_COUNT; i++) {
        const char *text = row_get_text(r, k->apart[i]);
        enum column c = k->apart[i];
        const char *unit = c == COL_batch     ? "batch "
                           : c == COL_steps   ? "steps "
                           : c == COL_threads ? "threads "
                                              : "";
        if (*text == '\0')
            continue;
        if (t < sizeof f->title)
            t += (size_t)snprintf(f->title + t, sizeof f->title - t, ", %s%s", unit, text);
        if (c != COL_cpu && c != COL_metric && n < sizeof f->name)
            n += (size_t)snprintf(f->name + n, sizeof f->name - n, "-%.1s%s", unit, text);
    }
    for (char *p = f->name; *p != '\0'; p++)
        *p = isalnum((unsigned char)*p) || *p == '-' ? *p : '_';
}

static enum status figure_for(struct figures *all, const struct plot_kind *k, const struct row *r,
                              struct figure **out)
{
    struct figure f = {.x = k->x, .y = k->y, .log_y = k->log_y, .lines = k->lines};
    name_figure(k, r, &f);
    for (size_t i = 0; i < all->n; i++) {
        *out = &all->figure[i];
        if (strcmp((*out)->title, f.title) == 0)
            return OK;
    }
    TRY(mem_grow(&all->figure, all->n, all->n + 1, sizeof f));
    all->figure[all->n] = f;
    *out = &all->figure[all->n++];
    return OK;
}

static enum status add_row(struct figures *all, const struct plot_kind *k, const struct row *r)
{
    struct strbuf label = {0};
    struct figure *f;
    struct figure_point p = k->point(r);
    if (!isfinite(p.x) || !isfinite(p.y) || (k->log_y && p.y <= 0))
        return OK;
    TRY(figure_for(all, k, r, &f));
    k->label(r, &label);
    enum status s = strbuf_check(&label);
    if (s == OK)
        s = figure_add(f, strbuf_text(&label), p);
    strbuf_release(&label);
    return s;
}

/* A figure of one point shows nothing. */
static void drop_lone_points(struct figures *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++) {
        size_t points = 0;
        for (size_t j = 0; j < f->figure[i].n; j++)
            points += f->figure[i].series[j].n;
        if (points < 2)
            figure_release(&f->figure[i]);
        else
            f->figure[n++] = f->figure[i];
    }
    f->n = n;
}

/* The best that any run on this processor measured. */
static struct machine_run best_of(const struct machines *m, const char *cpu)
{
    struct machine_run best = {.fma_gflops = 0};
    for (size_t i = 0; m != NULL && i < m->n; i++) {
        const struct machine_run *r = &m->run[i];
        if (strcmp(r->cpu, cpu) != 0)
            continue;
        best.fma_gflops = fmax(best.fma_gflops, r->fma_gflops);
        for (int l = 0; l < MACHINES_LEVELS; l++)
            best.read_gb_per_s[l] = fmax(best.read_gb_per_s[l], r->read_gb_per_s[l]);
    }
    return best;
}

static enum status add_roof(struct figure *f, const char *what, double gb_per_s, double gflops,
                            const double x[2])
{
    char label[96];
    const struct figure_point from = {x[0], gb_per_s != 0 ? x[0] * gb_per_s : gflops, NAN, NAN};
    const struct figure_point to = {x[1], gb_per_s != 0 ? x[1] * gb_per_s : gflops, NAN, NAN};
    if (from.y == 0)
        return OK;
    snprintf(label, sizeof label, "%s %.0f %s", what, gb_per_s != 0 ? gb_per_s : gflops,
             gb_per_s != 0 ? "GB/s" : "GFLOP/s");
    return figure_add_line(f, label, from, to);
}

/* Roofs over the points, of one thread: what reading from each level lets through, and what fused
 * multiply-adds in f32 give. */
static enum status add_roofs(const struct plot_kind *k, const struct rows *rows,
                             const struct machines *machines, struct figures *all)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct row *r = &rows->row[i];
        struct figure *f;
        double x[2] = {INFINITY, 0};
        struct machine_run best = best_of(machines, row_get_text(r, COL_cpu));
        if (!plot_takes(k, r) || !row_is(r, COL_threads, "1") || best.fma_gflops == 0)
            continue;
        TRY(figure_for(all, k, r, &f));
        if (f->n == 0 || f->series[f->n - 1].is_line)
            continue; /* done with an earlier row */
        for (size_t j = 0; j < f->n; j++)
            for (size_t p = 0; p < f->series[j].n; p++) {
                x[0] = fmin(x[0], f->series[j].point[p].x);
                x[1] = fmax(x[1], f->series[j].point[p].x);
            }
        for (int l = 0; l < MACHINES_LEVELS; l++)
            TRY(add_roof(f, machines_level[l], best.read_gb_per_s[l], 0, x));
        TRY(add_roof(f, "f32", 0, best.fma_gflops, x));
    }
    return OK;
}

enum status plot_figures(const struct rows *rows, const struct machines *machines,
                         struct figures *out)
{
    enum status s = OK;
    *out = (struct figures){0};
    for (size_t k = 0; k < plot_n_kinds; k++)
        for (size_t i = 0; s == OK && i < rows->n; i++)
            if (plot_takes(&plot_kinds[k], &rows->row[i]))
                s = add_row(out, &plot_kinds[k], &rows->row[i]);
    drop_lone_points(out);
    for (size_t k = 0; s == OK && k < plot_n_kinds; k++)
        if (plot_kinds[k].has_roofs)
            s = add_roofs(&plot_kinds[k], rows, machines, out);
    if (s == OK && out->n == 0)
        s = fail(E_FORMAT, "these rows give no figure: none needs fewer than two points");
    return s;
}

void plot_release(struct figures *f)
{
    for (size_t i = 0; i < f->n; i++)
        figure_release(&f->figure[i]);
    mem_free(f->figure);
    *f = (struct figures){0};
}

enum status plot_write(const struct figures *f, const char *dir)
{
    struct strbuf script = {0}, path = {0}, said = {0};
    TRY(file_mkdirs(dir));
    for (size_t i = 0; i < f->n; i++)
        for (int format = FIGURE_SVG; format <= FIGURE_PDF; format++) {
            strbuf_addf(&path, "%s/%s.%s", dir, f->figure[i].name,
                        format == FIGURE_SVG ? "svg" : "pdf");
            figure_script(&f->figure[i], (enum figure_format)format, strbuf_text(&path), &script);
            strbuf_release(&path);
        }
    enum status s = strbuf_check(&script);
    if (s == OK)
        s = figure_draw(script.s, script.n, &said);
    strbuf_release(&script);
    strbuf_release(&said);
    return s;
}

static enum status svg_of(const struct figure *f, struct strbuf *svg)
{
    struct strbuf script = {0};
    figure_script(f, FIGURE_SVG, NULL, &script);
    enum status s = strbuf_check(&script);
    if (s == OK)
        s = figure_draw(script.s, script.n, svg);
    strbuf_release(&script);
    return s;
}

enum status plot_svg(const struct figures *f,
                     enum status (*each)(void *ctx, const struct figure *f, const char *svg),
                     void *ctx)
{
    enum status s = OK;
    for (size_t i = 0; s == OK && i < f->n; i++) {
        struct strbuf svg = {0};
        s = svg_of(&f->figure[i], &svg);
        if (s == OK)
            s = each(ctx, &f->figure[i], strbuf_text(&svg));
        strbuf_release(&svg);
    }
    return s;
}
