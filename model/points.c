#include "model/points.h"

#include "base/strbuf.h"

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

static enum status measure(struct points *p, const struct prune_spec *spec, int retrain,
                           const char *name, double *loss)
{
    enum status s = p->measure(p->ctx, spec, retrain, loss);
    if (s != OK && s != E_NUMERIC)
        return s;
    if (s == E_NUMERIC || !isfinite(*loss))
        *loss = INFINITY;
    return journal_add(&p->kept, p->id, name, *loss);
}

enum status points_loss(struct points *p, const struct prune_spec *spec, int retrain, double *loss)
{
    struct strbuf name = {0};
    name_of(p, spec, retrain, &name);
    enum status s = strbuf_check(&name);
    if (s == OK) {
        p->was_known = journal_find(&p->kept, name.s, loss);
        if (!p->was_known)
            s = measure(p, spec, retrain, name.s, loss);
    }
    strbuf_release(&name);
    return s;
}
