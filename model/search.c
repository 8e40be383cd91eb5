#include "model/search.h"

#include "base/mem.h"
#include "model/allocate.h"

#include <math.h>

/* A place that was visited. */
struct place {
    struct prune_spec spec;
    double loss, metric, apart;
};

struct walk {
    struct points *points;
    const struct search_job *job;
    const struct net *net;
    struct search_result *out;
    struct place *seen; /* [n_seen] */
    size_t n_seen, top; /* index of the best of all */
    struct search_point p;
};

double search_apart(const struct net *net, const struct prune_spec *spec)
{
    double sum = 0;
    for (int l = 0; l < net->lstm.n_layers; l++) {
        int x = net->lstm.layer[l].n_in, h = lstm_n_rec(&net->lstm.layer[l]);
        double d_x = (double)prune_keep_count(x, prune_share(spec, PARAM_W_X, l)) / x;
        double d_h = (double)prune_keep_count(h, prune_share(spec, PARAM_W_H, l)) / h;
        sum += fabs(d_x - d_h);
    }
    return sum;
}

static int same_counts(const struct net *net, const struct prune_spec *a,
                       const struct prune_spec *b)
{
    for (int i = 0; i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        if (param_prunable(p) && prune_keep_count(p->cols, prune_share(a, p->kind, p->layer)) !=
                                     prune_keep_count(p->cols, prune_share(b, p->kind, p->layer)))
            return 0;
    }
    return 1;
}

static int is_better(const struct place *a, const struct place *b)
{
    return a->loss < b->loss || (a->loss == b->loss && a->apart < b->apart);
}

static enum status add_place(struct walk *w, const struct prune_spec *spec)
{
    struct place at = {.spec = *spec, .apart = search_apart(w->net, spec)};
    struct points_value value;
    TRY(points_value(w->points, spec, 1, &value));
    at.loss = value.loss;
    at.metric = value.metric;
    TRY(mem_grow(&w->seen, w->n_seen, w->n_seen + 1, sizeof at));
    w->seen[w->n_seen++] = at;
    w->p.is_best = w->n_seen == 1 || is_better(&at, &w->seen[w->top]);
    if (w->p.is_best)
        w->top = w->n_seen - 1;
    w->p.was_known = w->points->was_known;
    w->p.number = w->n_seen;
    w->p.spec = *spec;
    w->p.loss = at.loss;
    w->p.metric = at.metric;
    w->p.kept = prune_asked(w->net, spec);
    return w->job->point != NULL ? w->job->point(w->job->ctx, &w->p) : OK;
}

/* The index of the place; a new one is measured and told. */
static enum status visit(struct walk *w, const struct prune_spec *spec, size_t *index)
{
    for (*index = 0; *index < w->n_seen; ++*index)
        if (same_counts(w->net, spec, &w->seen[*index].spec))
            return OK;
    return add_place(w, spec);
}

/* The best spec with S_x of one layer (-1: of all) moved by `step` and S_h solved; 0 if there is no
 * such place. */
static int moved(const struct walk *w, const struct prune_spec *from, int layer, double step,
                 struct prune_spec *out)
{
    *out = *from;
    double *s_x = layer < 0 ? &out->s_x : &out->layer[layer].x;
    *s_x = round((*s_x + step) * 1e6) / 1e6;
    if (!(*s_x >= 0 && *s_x < 1))
        return 0;
    size_t budget = layer < 0 ? w->out->budget : allocate_asked(w->net, &w->out->one, layer);
    return allocate_other(w->net, budget, layer, out) == OK;
}

/* All moves by alpha from the place `at`, which becomes the best of them if that is better;
 * *better tells. */
static enum status one_round(struct walk *w, double alpha, size_t rounds, size_t *at, int *better)
{
    int first = w->job->by_layer ? 0 : -1, end = w->job->by_layer ? w->net->lstm.n_layers : 0;
    struct place from = w->seen[*at];
    size_t moves = 2 * (size_t)(end - first), left = moves * rounds;
    *better = 0;
    w->p.alpha = alpha;
    for (int l = first; l < end; l++)
        for (int sign = -1; sign <= 1; sign += 2) {
            struct prune_spec spec;
            size_t found;
            w->p.left = --left;
            if (!moved(w, &from.spec, l, sign * alpha, &spec))
                continue;
            TRY(visit(w, &spec, &found));
            if (is_better(&w->seen[found], &w->seen[*at])) {
                *at = found;
                *better = 1;
            }
        }
    return OK;
}

static size_t halvings(double alpha, double least)
{
    size_t n = 0;
    for (; alpha >= least; alpha /= 2)
        n++;
    return n;
}

static enum status walk(struct walk *w, size_t *at)
{
    double least = w->job->alpha_least > 0 ? w->job->alpha_least : .0125;
    double alpha = w->job->alpha > 0 ? w->job->alpha : .05;
    while (alpha >= least) {
        int better;
        TRY(one_round(w, alpha, halvings(alpha, least), at, &better));
        alpha = better ? alpha : alpha / 2;
    }
    return OK;
}

/* All splits of the multipliers; *at becomes the best of them. */
static enum status grid(struct walk *w, size_t *at)
{
    int m = w->job->multipliers, some = 0;
    for (int x = 1; x < m; x++) {
        struct prune_spec spec = w->out->one;
        size_t found;
        w->p.split_x = x;
        w->p.split_h = m - x;
        w->p.left = (size_t)(m - 1 - x);
        if (allocate_split(w->net, w->out->budget, x, m - x, &w->p.times, &spec) != OK)
            continue;
        TRY(visit(w, &spec, &found));
        if (!some || is_better(&w->seen[found], &w->seen[*at]))
            *at = found;
        some = 1;
    }
    return some ? OK
                : fail(E_USAGE,
                       "no split of %d multipliers keeps at most %zu weights and a row's columns",
                       m, w->out->budget);
}

/* One ratio for all, in the form that the walk changes. */
static enum status start(struct walk *w, struct prune_spec *one)
{
    const struct search_job *job = w->job;
    *one = (struct prune_spec){.pattern = job->pattern, .seed = job->seed};
    if (!(job->overall > 0 && job->overall < 1))
        return fail(E_USAGE, "overall sparsity %g is not between 0 and 1", job->overall);
    TRY(allocate_one(w->net, job->overall, one));
    if (job->by_layer) {
        one->n_layers = w->net->lstm.n_layers;
        for (int l = 0; l < one->n_layers; l++)
            one->layer[l] = (struct prune_ratios){one->s_x, one->s_h, -1};
    }
    w->out->budget = w->p.budget = prune_asked(w->net, one);
    return OK;
}

static enum status run(struct walk *w)
{
    struct search_result *out = w->out;
    size_t at = 0;
    TRY(start(w, &out->one));
    w->p.left = w->job->multipliers > 0 ? (size_t)w->job->multipliers - 1 : 2 * 3;
    TRY(visit(w, &out->one, &at));
    TRY(w->job->multipliers > 0 ? grid(w, &at) : walk(w, &at));
    const struct place *best = &w->seen[at], *one = &w->seen[0];
    out->best = best->spec;
    out->loss = best->loss;
    out->loss_one = one->loss;
    out->metric = best->metric;
    out->metric_one = one->metric;
    out->points = w->n_seen;
    out->is_dual = best->loss < one->loss && best->apart > one->apart + 1e-12;
    return isfinite(best->loss) ? OK : fail(E_NUMERIC, "no point of the search has a finite loss");
}

enum status search_run(struct points *points, const struct search_job *job,
                       struct search_result *out)
{
    struct walk w = {.points = points, .job = job, .net = points->net, .out = out};
    *out = (struct search_result){.loss = NAN, .loss_one = NAN};
    enum status s = run(&w);
    mem_free(w.seen);
    return s;
}
