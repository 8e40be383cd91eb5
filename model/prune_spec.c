/* prune_spec.c - the ratios of a spec, and its text. */
#include "model/prune.h"

struct prune_spec prune_spec_row(double s_x, double s_h, double s_r)
{
    return (struct prune_spec){
        .pattern = {.kind = PATTERN_ROW}, .s_x = s_x, .s_h = s_h, .s_r = s_r};
}

static struct prune_ratios ratios_of(const struct prune_spec *spec, int layer)
{
    struct prune_ratios q = {spec->s_x, spec->s_h, spec->s_r};
    if (spec->n_layers != 0)
        q = spec->layer[layer];
    q.r = q.r < 0 ? q.h : q.r;
    return q;
}

double prune_share(const struct prune_spec *spec, enum param_kind kind, int layer)
{
    struct prune_ratios q = ratios_of(spec, layer);
    if (spec->pattern.kind == PATTERN_DENSE)
        return 0;
    return kind == PARAM_W_X ? q.x : kind == PARAM_W_H ? q.h : q.r;
}

enum status prune_spec_check(const struct prune_spec *spec, int n_layers)
{
    if (n_layers == 0)
        return fail(E_USAGE, "pruning: the net has no LSTM");
    if (spec->n_layers != 0 && spec->n_layers != n_layers)
        return fail(E_USAGE, "sparsities of %d layers for a net of %d", spec->n_layers, n_layers);
    for (int l = 0; l < n_layers; l++) {
        struct prune_ratios q = ratios_of(spec, l);
        const double share[] = {q.x, q.h, q.r};
        for (int i = 0; i < 3; i++)
            if (!(share[i] >= 0 && share[i] <= 1))
                return fail(E_USAGE, "sparsity %g is not in 0..1", share[i]);
    }
    return OK;
}

/* One number, or one a layer joined by ';'. */
static void add_shares(const struct prune_spec *spec, const char *name, int which,
                       struct strbuf *out)
{
    int n = spec->n_layers != 0 ? spec->n_layers : 1;
    for (int l = 0; l < n; l++) {
        struct prune_ratios q = ratios_of(spec, l);
        strbuf_addf(out, "%s%.9g", l == 0 ? name : ";", which == 0 ? q.x : which == 1 ? q.h : q.r);
    }
}

void prune_spec_text(const struct prune_spec *spec, struct strbuf *out)
{
    char text[PATTERN_TEXT], schedule[SCHEDULE_TEXT];
    strbuf_addf(out, "pattern=%s", pattern_text(&spec->pattern, text));
    add_shares(spec, " s_x=", 0, out);
    add_shares(spec, " s_h=", 1, out);
    add_shares(spec, " s_r=", 2, out);
    if (spec->pattern.random)
        strbuf_addf(out, " mask_seed=%llu", (unsigned long long)spec->seed);
    if (spec->schedule.kind != SCHEDULE_ONE_SHOT)
        strbuf_addf(out, " schedule=%s", schedule_text(&spec->schedule, schedule));
}

struct prune_spec prune_spec_at(const struct prune_spec *spec, int n_layers, size_t update,
                                size_t updates)
{
    struct prune_spec at = *spec;
    at.schedule = (struct schedule){SCHEDULE_ONE_SHOT, 0};
    at.n_layers = n_layers;
    for (int l = 0; l < n_layers; l++) {
        struct prune_ratios q = ratios_of(spec, l);
        at.layer[l] =
            (struct prune_ratios){.x = schedule_share(&spec->schedule, q.x, update, updates),
                                  .h = schedule_share(&spec->schedule, q.h, update, updates),
                                  .r = schedule_share(&spec->schedule, q.r, update, updates)};
    }
    return at;
}
