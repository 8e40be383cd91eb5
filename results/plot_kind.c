#include "results/plot_kind.h"

#include "results/compare_cells.h"

#include <math.h>
#include <string.h>

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

const struct plot_kind plot_kinds[] = {
    {"accuracy",
     "overall sparsity",
     "metric on the split scored",
     0,
     1,
     0,
     0,
     takes_accuracy,
     {COL_dataset, COL_split, COL_net, COL_metric, COL_COUNT},
     put_pattern,
     point_accuracy},
    {"pareto",
     "microseconds a step",
     "metric on the split scored",
     0,
     0,
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
     1,
     0,
     takes_sensitivity,
     {COL_dataset, COL_net, COL_COUNT},
     label_sensitivity,
     point_sensitivity},
    {"latency",
     "overall sparsity",
     "microseconds a step",
     1,
     1,
     0,
     0,
     takes_latency,
     {COL_net, COL_scope, COL_batch, COL_steps, COL_threads, COL_cpu, COL_cache, COL_COUNT},
     label_latency,
     point_latency},
    {"roofline",
     "operations a byte streamed",
     "1e9 operations a second on kept weights",
     1,
     0,
     0,
     1,
     takes_roofline,
     {COL_scope, COL_steps, COL_threads, COL_cpu, COL_COUNT},
     put_backend,
     point_roofline},
    {"utilisation",
     "overall sparsity",
     "multiplier utilisation (RTL simulation)",
     0,
     1,
     0,
     0,
     takes_utilisation,
     {COL_scope, COL_COUNT},
     label_device,
     point_utilisation},
    {"cycles",
     "cycles a step (RTL simulation)",
     "metric on the split scored",
     0,
     0,
     0,
     0,
     takes_cycles,
     {COL_dataset, COL_split, COL_net, COL_metric, COL_COUNT},
     put_pattern,
     point_cycles},
};

const size_t plot_n_kinds = sizeof plot_kinds / sizeof plot_kinds[0];

int plot_takes(const struct plot_kind *k, const struct row *r)
{
    return k->takes(r) && (k->of_searches || !is_point_of_search(r));
}
