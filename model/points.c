#include "model/points.h"

#include "base/strbuf.h"
#include "model/metric.h"

#include <math.h>

enum status points_open(struct points *p)
{
    return journal_open(p->journal, p->id, p->resume, &p->kept);
}

void points_close(struct points *p)
{
    journal_release(&p->kept);
}

/* "row 25;25;25;25 retrain": the pattern, the count of every matrix, what is done then. */
static void name_of(const struct points *p, const struct prune_spec *spec, int retrain,
                    struct strbuf *out)
{
    char text[PATTERN_TEXT];
    const char *before = " ";
    strbuf_add(out, pattern_text(&spec->pattern, text));
    for (int i = 0; i < p->net->n_params; i++) {
        const struct param *m = &p->net->param[i];
        if (!param_prunable(m))
            continue;
        strbuf_addf(out, "%s%d", before,
                    prune_keep_count(m->cols, prune_share(spec, m->kind, m->layer)));
        before = ";";
    }
    if (spec->pattern.random)
        strbuf_addf(out, " seed %llu", (unsigned long long)spec->seed);
    strbuf_add(out, retrain ? " retrain" : " as-is");
}

/* A perplexity is the loss in other words; any other metric has a line of its own. */
static int has_own_metric(const struct points *p)
{
    return metric_of(p->net->shape.task) != METRIC_PPL;
}

static enum status measure(struct points *p, const struct prune_spec *spec, int retrain,
                           const char *name, const char *metric, struct points_value *v)
{
    enum status s = p->measure(p->ctx, spec, retrain, v);
    if (s != OK && s != E_NUMERIC)
        return s;
    if (s == E_NUMERIC || !isfinite(v->loss))
        *v = (struct points_value){INFINITY, NAN};
    if (has_own_metric(p))
        TRY(journal_add(&p->kept, p->id, metric, v->metric));
    return journal_add(&p->kept, p->id, name, v->loss);
}

static int find(const struct points *p, const char *name, const char *metric,
                struct points_value *v)
{
    if (!journal_find(&p->kept, name, &v->loss))
        return 0;
    v->metric = isfinite(v->loss) ? exp(v->loss) : NAN;
    return !has_own_metric(p) || journal_find(&p->kept, metric, &v->metric);
}

enum status points_value(struct points *p, const struct prune_spec *spec, int retrain,
                         struct points_value *out)
{
    struct strbuf name = {0}, metric = {0};
    name_of(p, spec, retrain, &name);
    strbuf_addf(&metric, "%s %s", strbuf_text(&name), metric_name(metric_of(p->net->shape.task)));
    enum status s = strbuf_check(&name);
    if (s == OK)
        s = strbuf_check(&metric);
    if (s == OK) {
        p->was_known = find(p, name.s, metric.s, out);
        if (!p->was_known)
            s = measure(p, spec, retrain, name.s, metric.s, out);
    }
    strbuf_release(&name);
    strbuf_release(&metric);
    return s;
}
