#include "bench/case_score.h"

#include "base/mem.h"
#include "bench/case_row.h"
#include "bench/case_use.h"
#include "model/score.h"
#include "results/bootstrap.h"

#include <math.h>
#include <stdio.h>

static enum status on_scoring(void *ctx, double fraction)
{
    struct case_context *x = ctx;
    return x->progress != NULL ? x->progress(x->ctx, 0.8 + 0.15 * fraction, "score") : OK;
}

static void units_release(struct units *u)
{
    mem_free(u->wrong);
    mem_free(u->judged);
    *u = (struct units){0};
}

static enum status units_grow(struct units *u, size_t n)
{
    TRY(mem_grow(&u->wrong, u->n, u->n + n, sizeof *u->wrong));
    return mem_grow(&u->judged, u->n, u->n + n, sizeof *u->judged);
}

/* The items of a split as units: speakers where they are known, else the items themselves; those of
 * which nothing was scored are none. */
static enum status units_add(struct units *u, const struct dataset *ds, enum split split,
                             const struct verdict *each)
{
    const struct items *it = &ds->items[split];
    const size_t n = it->group != NULL ? vocab_size(ds->groups) : it->n;
    const size_t before = u->n;
    TRY(units_grow(u, n));
    for (size_t i = 0; i < it->n; i++) {
        const size_t unit = u->n + (it->group != NULL ? (size_t)it->group[i] : i);
        u->wrong[unit] += each[i].wrong;
        u->judged[unit] += each[i].judged;
    }
    for (size_t i = u->n; i < before + n; i++)
        if (u->judged[i] > 0) {
            u->wrong[u->n] = u->wrong[i];
            u->judged[u->n++] = u->judged[i];
        }
    for (size_t i = u->n; i < before + n; i++)
        u->wrong[i] = u->judged[i] = 0;
    u->speakers |= it->group != NULL;
    return OK;
}

/* What is scored, by what. */
struct asked {
    int weights;
    enum split split;
    size_t most;
    int unseen;
    const struct lstm_backend *backend;
    enum precision precision;
    const char *device; /* of an accelerator, or NULL */
};

/* Scores one fold's weights and adds to the sums. */
static enum status add_fold(struct case_context *x, const struct asked *a, int i, struct score *sum,
                            struct units *units)
{
    const struct dataset *ds = x->nets.list->weights[i].data;
    struct verdict *each = NULL;
    struct score score;
    struct score_options o = {.backend = a->backend,
                              .precision = a->precision,
                              .device = a->device,
                              .threads = case_threads(),
                              .most = a->most,
                              .unseen_only = a->unseen,
                              .hook = on_scoring,
                              .ctx = x};
    const struct net *net;
    TRY(case_use_net(x, i, &net));
    TRY(case_use_quant(x, i, a->precision, &o.quant));
    if (ds->items[a->split].n != 0)
        TRY(mem_new(&each, ds->items[a->split].n, sizeof *each));
    o.each = each;
    enum status s = score_net(net, ds, a->split, &o, &score);
    if (s == OK && each != NULL)
        s = units_add(units, ds, a->split, each);
    mem_free(each);
    TRY(s);
    verdict_add(&sum->sum, &score.sum);
    sum->metric = score.metric;
    sum->facts.saturations += score.facts.saturations;
    return OK;
}

/* Over all folds of the weights. */
static enum status score_all(struct case_context *x, const struct asked *a, struct score *out,
                             struct units *units)
{
    *out = (struct score){0};
    for (int fold = 0; fold < x->nets.list->weights[a->weights].n_folds; fold++)
        TRY(add_fold(x, a, a->weights + fold, out, units));
    score_conclude(out);
    return OK;
}

/* By the dense backend in f32, remembered for this run; *out is borrowed until the next call. */
static enum status dense_score(struct case_context *x, int weights, enum split split, size_t most,
                               int unseen, const struct known_score **out)
{
    const struct asked a = {weights, split, most, unseen, &cpu_dense_backend, PREC_F32, NULL};
    struct known_score k = {.weights = weights, .split = split, .most = most, .unseen = unseen};
    struct score score;
    for (size_t i = 0; i < x->n_known; i++) {
        *out = &x->known[i];
        if ((*out)->weights == weights && (*out)->split == split && (*out)->most == most &&
            (*out)->unseen == unseen)
            return OK;
    }
    enum status s = score_all(x, &a, &score, &k.units);
    k.value = score.value;
    if (s == OK)
        s = mem_grow(&x->known, x->n_known, x->n_known + 1, sizeof *x->known);
    if (s != OK) {
        units_release(&k.units);
        return s;
    }
    x->known[x->n_known++] = k;
    *out = &x->known[x->n_known - 1];
    return OK;
}

void case_score_release(struct case_context *x)
{
    for (size_t i = 0; i < x->n_known; i++)
        units_release(&x->known[i].units);
    mem_free(x->known);
}

/* "accuracy +0.32 to dense-continued (95 % by bootstrap over 25000 reviews: -0.1 to 0.74)" */
static enum status compare(struct case_context *x, const struct bench_case *c,
                           const struct score *score, const struct units *own,
                           const struct known_score *control)
{
    const struct bench_weights *w = &x->nets.list->weights[c->weights];
    const int rises = score->metric == METRIC_ACCURACY; /* as errors fall */
    char between[128] = "";
    struct interval ci;
    if (own->n == 0 || own->n != control->units.n)
        return OK;
    TRY(bootstrap_difference(own->wrong, control->units.wrong, own->judged, own->n, 1, &ci));
    if (own->n > 1)
        snprintf(between, sizeof between, " (95 %% by bootstrap over %zu %s: %.3g to %.3g)", own->n,
                 own->speakers ? "speakers" : "reviews", rises ? -ci.hi : ci.lo,
                 rises ? -ci.lo : ci.hi);
    snprintf(x->compared, sizeof x->compared, "%s %+.3g to %.40s%s", metric_name(score->metric),
             score->value - control->value, x->nets.list->weights[w->control].name, between);
    return OK;
}

static enum status add_control(struct case_context *x, const struct bench_case *c,
                               const struct score *score, const struct units *own, double *dense)
{
    const struct bench_weights *w = &x->nets.list->weights[c->weights];
    const struct known_score *control;
    *dense = NAN;
    if (w->control < 0)
        return OK;
    TRY(dense_score(x, w->control, c->split, c->max_tokens, c->unseen, &control));
    *dense = control->value;
    return compare(x, c, score, own, control);
}

enum status case_score(struct case_context *x, const struct bench_case *c,
                       const struct lstm_backend *backend, struct row *row)
{
    const struct asked a = {c->weights, c->split,     c->max_tokens,       c->unseen,
                            backend,    c->precision, bench_case_device(c)};
    const struct known_score *valid;
    struct score score;
    struct units own = {0};
    double dense;
    TRY(dense_score(x, c->weights, SPLIT_VALID, 0, 0, &valid));
    const double on_valid = valid->value;
    enum status s = score_all(x, &a, &score, &own);
    if (s == OK)
        s = add_control(x, c, &score, &own, &dense);
    units_release(&own);
    TRY(s);
    if (quant_needed(c->precision))
        TRY(row_set_int(row, COL_saturations, (int64_t)score.facts.saturations));
    return case_row_score(row, &score, on_valid, dense);
}
