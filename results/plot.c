#include "results/plot.h"

#include "base/file.h"
#include "base/mem.h"
#include "results/compare_cells.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* One kind of figure: which rows have a point in it, and where. */
struct kind {
    const char *name, *x, *y;
    int log_y, lines;
    int (*takes)(const struct row *r);
    /* what must be equal within one figure, ended by COL_COUNT, and its part of the title */
    enum column apart[8];
    void (*label)(const struct row *r, struct strbuf *b);
    struct figure_point (*point)(const struct row *r);
};

static int is_ok(const struct row *r)
{
    return row_is(r, COL_status, "ok");
}

static int is_known(const struct row *r, enum column c)
{
    return isfinite(compare_value(r, c));
}

static int is_point_of_search(const struct row *r)
{
    return strstr(row_get_text(r, COL_note), "search") != NULL ||
           strstr(row_get_text(r, COL_note), "sensitivity") != NULL;
}

static struct figure_point at(const struct row *r, enum column x, enum column y)
{
    return (struct figure_point){compare_value(r, x), compare_value(r, y), NAN, NAN};
}

/* "row, two ratios" */
static void put_pattern(const struct row *r, struct strbuf *b)
{
    const char *x = row_get_text(r, COL_sparsity_x), *h = row_get_text(r, COL_sparsity_h);
    const char *pattern = row_get_text(r, COL_pattern);
    strbuf_add(b, *pattern != '\0' ? pattern : "dense");
    if (strcmp(pattern, "row") == 0)
        strbuf_add(b, strcmp(x, h) == 0 ? ", one ratio" : ", two ratios");
}

static void put_backend(const struct row *r, struct strbuf *b)
{
    strbuf_addf(b, "%s %s", row_get_text(r, COL_backend), row_get_text(r, COL_precision));
}

static int takes_accuracy(const struct row *r)
{
    return compare_has_score(r) && is_known(r, COL_overall_sparsity) &&
           row_is(r, COL_precision, "f32") && row_is(r, COL_steps, "1");
}

static struct figure_point point_accuracy(const struct row *r)
{
    return at(r, COL_overall_sparsity, COL_metric_value);
}

static int takes_pareto(const struct row *r)
{
    return is_ok(r) && is_known(r, COL_metric_value) && row_is(r, COL_scope, "step") &&
           row_is(r, COL_latency_source, "measured") && is_known(r, COL_latency_step_us_median);
}

static void label_pareto(const struct row *r, struct strbuf *b)
{
    put_backend(r, b);
    strbuf_add(b, ", ");
    put_pattern(r, b);
}

static struct figure_point point_pareto(const struct row *r)
{
    return at(r, COL_latency_step_us_median, COL_metric_value);
}

static int takes_sensitivity(const struct row *r)
{
    return is_ok(r) && strstr(row_get_text(r, COL_note), "sensitivity: W_") != NULL;
}

/* "W_x of all layers, retrained", from the note. */
static void label_sensitivity(const struct row *r, struct strbuf *b)
{
    const char *what = strstr(row_get_text(r, COL_note), "sensitivity: ") + strlen("sensitivity: ");
    strbuf_add_bytes(b, what, strcspn(what, ";"));
}

static struct figure_point point_sensitivity(const struct row *r)
{
    double x = compare_value(r, COL_sparsity_x), h = compare_value(r, COL_sparsity_h);
    return (struct figure_point){isfinite(x) && isfinite(h) ? fmax(x, h) : NAN,
                                 compare_value(r, COL_metric_valid), NAN, NAN};
}

static int takes_latency(const struct row *r)
{
    return is_ok(r) && row_is(r, COL_latency_source, "measured") &&
           is_known(r, COL_latency_step_us_median) && is_known(r, COL_overall_sparsity);
}

static void label_latency(const struct row *r, struct strbuf *b)
{
    put_backend(r, b);
    if (!row_is(r, COL_pattern, "row") && !row_is(r, COL_pattern, "dense"))
        strbuf_addf(b, ", %s", row_get_text(r, COL_pattern));
}

static struct figure_point point_latency(const struct row *r)
{
    struct figure_point p = at(r, COL_overall_sparsity, COL_latency_step_us_median);
    p.lo = compare_value(r, COL_latency_step_us_ci95_lo);
    p.hi = compare_value(r, COL_latency_step_us_ci95_hi);
    return p;
}

static int takes_roofline(const struct row *r)
{
    return takes_latency(r) && is_known(r, COL_gops_sparse) && is_known(r, COL_weight_bytes) &&
           is_known(r, COL_nnz) && row_is(r, COL_batch, "1");
}

/* Operations a byte of weights and indices that are streamed, against operations a second. */
static struct figure_point point_roofline(const struct row *r)
{
    double index = compare_value(r, COL_index_bytes);
    double bytes = compare_value(r, COL_weight_bytes) + (isfinite(index) ? index : 0);
    return (struct figure_point){2 * compare_value(r, COL_nnz) / bytes,
                                 compare_value(r, COL_gops_sparse), NAN, NAN};
}

static int takes_utilisation(const struct row *r)
{
    return is_ok(r) && is_known(r, COL_mac_utilisation) && is_known(r, COL_overall_sparsity);
}

static void label_device(const struct row *r, struct strbuf *b)
{
    strbuf_addf(b, "%s, %s", row_get_text(r, COL_net), row_get_text(r, COL_device));
}

static struct figure_point point_utilisation(const struct row *r)
{
    return at(r, COL_overall_sparsity, COL_mac_utilisation);
}

static int takes_cycles(const struct row *r)
{
    return is_ok(r) && is_known(r, COL_metric_value) && is_known(r, COL_device_cycles_step);
}

static struct figure_point point_cycles(const struct row *r)
{
    return at(r, COL_device_cycles_step, COL_metric_value);
}

static const struct kind kinds[] = {
    {"accuracy",
     "overall sparsity",
     "metric on the split scored",
     0,
     1,
     takes_accuracy,
     {COL_dataset, COL_split, COL_net, COL_metric, COL_COUNT},
     put_pattern,
     point_accuracy},
    {"pareto",
     "microseconds a step",
     "metric on the split scored",
     0,
     0,
     takes_pareto,
     {COL_dataset, COL_split, COL_net, COL_metric, COL_cpu, COL_threads, COL_steps, COL_COUNT},
     label_pareto,
     point_pareto},
    {"sensitivity",
     "sparsity of the matrix",
     "perplexity on validation data",
     1,
     1,
     takes_sensitivity,
     {COL_dataset, COL_net, COL_COUNT},
     label_sensitivity,
     point_sensitivity},
    {"latency",
     "overall sparsity",
     "microseconds a step",
     1,
     1,
     takes_latency,
     {COL_net, COL_scope, COL_batch, COL_steps, COL_threads, COL_cpu, COL_cache, COL_COUNT},
     label_latency,
     point_latency},
    {"roofline",
     "operations a byte streamed",
     "1e9 operations a second on kept weights",
     1,
     0,
     takes_roofline,
     {COL_scope, COL_steps, COL_threads, COL_cpu, COL_COUNT},
     put_backend,
     point_roofline},
    {"utilisation",
     "overall sparsity",
     "multiplier utilisation (RTL simulation)",
     0,
     1,
     takes_utilisation,
     {COL_scope, COL_COUNT},
     label_device,
     point_utilisation},
    {"cycles",
     "cycles a step (RTL simulation)",
     "metric on the split scored",
     0,
     0,
     takes_cycles,
     {COL_dataset, COL_split, COL_net, COL_metric, COL_COUNT},
     put_pattern,
     point_cycles},
};

/* The title and the file's name: the kind and what is equal within. */
static void name_figure(const struct kind *k, const struct row *r, struct figure *f)
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

static enum status figure_for(struct figures *all, const struct kind *k, const struct row *r,
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

static enum status add_row(struct figures *all, const struct kind *k, const struct row *r)
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
static enum status add_roofs(const struct kind *k, const struct rows *rows,
                             const struct machines *machines, struct figures *all)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct row *r = &rows->row[i];
        struct figure *f;
        double x[2] = {INFINITY, 0};
        struct machine_run best = best_of(machines, row_get_text(r, COL_cpu));
        if (!k->takes(r) || !row_is(r, COL_threads, "1") || best.fma_gflops == 0)
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
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (size_t i = 0; s == OK && i < rows->n; i++)
            if (kinds[k].takes(&rows->row[i]) &&
                (kinds[k].takes == takes_sensitivity || !is_point_of_search(&rows->row[i])))
                s = add_row(out, &kinds[k], &rows->row[i]);
    drop_lone_points(out);
    for (size_t k = 0; s == OK && k < sizeof kinds / sizeof kinds[0]; k++)
        if (kinds[k].takes == takes_roofline)
            s = add_roofs(&kinds[k], rows, machines, out);
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
