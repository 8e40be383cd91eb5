/* allocate_ways.c - ratios without a search: one threshold, Erdos-Renyi, sensitivity curves. */
#include "base/mem.h"
#include "model/allocate.h"

#include <math.h>

/* A matrix and the weights that it is to keep, not yet whole rows. */
struct wish {
    const struct param *p;
    double weights;
    int k;
};

struct wishes {
    int n;
    struct wish one[3 * LSTM_MAX_LAYERS];
};

static void list(const struct net *net, struct wishes *w)
{
    w->n = 0;
    for (int i = 0; i < net->n_params; i++)
        if (param_prunable(&net->param[i]))
            w->one[w->n++] = (struct wish){.p = &net->param[i]};
}

static size_t kept_of(const struct net *net, const struct param *p)
{
    size_t n = 0;
    for (size_t i = 0; i < param_size(p); i++)
        n += net->keep[p->at + i];
    return n;
}

static enum status wish_threshold(const struct net *net, size_t budget, struct wishes *w)
{
    struct net *copy;
    double share = 1 - (double)budget / (double)lstm_n_weights(&net->lstm);
    struct prune_spec spec = prune_spec_row(share, share, share);
    spec.pattern.kind = PATTERN_GLOBAL;
    TRY(net_copy(net, &copy));
    enum status s = prune_masks(copy, &spec, copy->data);
    for (int i = 0; s == OK && i < w->n; i++)
        w->one[i].weights = (double)kept_of(copy, w->one[i].p);
    net_release(copy);
    return s;
}

static double er_total(const struct wishes *w, double scale)
{
    double n = 0;
    for (int i = 0; i < w->n; i++)
        n += fmin(scale * (w->one[i].p->rows + w->one[i].p->cols), (double)param_size(w->one[i].p));
    return n;
}

static void wish_erdos_renyi(size_t budget, struct wishes *w)
{
    double lo = 0, hi = 1;
    while (er_total(w, hi) < (double)budget && hi < 1e9)
        hi *= 2;
    for (int i = 0; i < 60; i++) {
        double mid = (lo + hi) / 2;
        *(er_total(w, mid) <= (double)budget ? &lo : &hi) = mid;
    }
    for (int i = 0; i < w->n; i++)
        w->one[i].weights =
            fmin(lo * (w->one[i].p->rows + w->one[i].p->cols), (double)param_size(w->one[i].p));
}

/* The wish with the most in a row, if that is over one; NULL if none is. */
static struct wish *richest(struct wishes *w)
{
    struct wish *most = NULL;
    for (int i = 0; i < w->n; i++)
        if (w->one[i].k > 1 && (most == NULL || w->one[i].k > most->k))
            most = &w->one[i];
    return most;
}

/* The wish of which the largest part of a row is missing and that still fits, or NULL. */
static struct wish *neediest(struct wishes *w, size_t room)
{
    struct wish *most = NULL;
    double missing = 0;
    for (int i = 0; i < w->n; i++) {
        struct wish *v = &w->one[i];
        double part = v->weights / v->p->rows - v->k;
        if (v->k < v->p->cols && (size_t)v->p->rows <= room && part > missing) {
            most = v;
            missing = part;
        }
    }
    return most;
}

/* Whole counts: what fits wholly and at least one, then one more where the most is missing. */
static enum status round_down(size_t budget, struct wishes *w)
{
    size_t kept = 0;
    struct wish *v;
    for (int i = 0; i < w->n; i++) {
        v = &w->one[i];
        double k = floor(v->weights / v->p->rows + 1e-9);
        v->k = k < 1 ? 1 : k > v->p->cols ? v->p->cols : (int)k;
        kept += (size_t)v->p->rows * (size_t)v->k;
    }
    while (kept > budget && (v = richest(w)) != NULL) {
        v->k--;
        kept -= (size_t)v->p->rows;
    }
    if (kept > budget)
        return fail(E_USAGE, "%zu weights may stay, but one a row is already %zu", budget, kept);
    while ((v = neediest(w, budget - kept)) != NULL) {
        v->k++;
        kept += (size_t)v->p->rows;
    }
    return OK;
}

static void spec_of_counts(const struct net *net, const struct wishes *w, struct prune_spec *spec)
{
    spec->n_layers = net->lstm.n_layers;
    for (int i = 0; i < w->n; i++) {
        const struct param *p = w->one[i].p;
        struct prune_ratios *q = &spec->layer[p->layer];
        double s = 1 - (double)w->one[i].k / p->cols;
        q->r = p->kind == PARAM_W_H ? -1 : q->r; /* W_r comes after W_h, if there is one */
        *(p->kind == PARAM_W_X ? &q->x : p->kind == PARAM_W_H ? &q->h : &q->r) = s;
    }
}

/* One pair: S_x by all W_x together, S_h by the budget. */
static enum status spec_of_model(const struct net *net, const struct wishes *w, size_t budget,
                                 struct prune_spec *spec)
{
    double kept = 0, size = 0, one_a_row = 0;
    for (int i = 0; i < w->n; i++)
        if (w->one[i].p->kind == PARAM_W_X) {
            kept += w->one[i].weights;
            size += (double)param_size(w->one[i].p);
            one_a_row += w->one[i].p->rows;
        }
    spec->n_layers = 0;
    spec->s_x = floor((1 - fmax(kept, one_a_row) / size) * 1e6) / 1e6;
    return allocate_other(net, budget, -1, spec);
}

enum status allocate_way(const struct net *net, enum allocate_way way, int by_layer, size_t budget,
                         struct prune_spec *spec)
{
    struct wishes w;
    list(net, &w);
    if (way == ALLOCATE_THRESHOLD)
        TRY(wish_threshold(net, budget, &w));
    else
        wish_erdos_renyi(budget, &w);
    if (!by_layer)
        return spec_of_model(net, &w, budget, spec);
    TRY(round_down(budget, &w));
    spec_of_counts(net, &w, spec);
    return OK;
}

double allocate_rise(const struct allocate_curve *c, double s)
{
    double s0 = 0, r0 = 0, s1 = 0, r1 = 0;
    for (size_t i = 0; i < c->n; i++) {
        s0 = s1, r0 = r1;
        s1 = c->s[i], r1 = c->rise[i];
        if (s <= s1)
            break;
    }
    double rise = s1 > s0 ? r0 + (r1 - r0) * (s - s0) / (s1 - s0) : r1;
    return isfinite(rise) ? rise : INFINITY;
}

enum status allocate_by_curves(const struct net *net, size_t budget, const struct allocate_curve *x,
                               const struct allocate_curve *h, struct prune_spec *spec)
{
    struct prune_spec best = *spec;
    double least = INFINITY, apart = INFINITY;
    int columns = net->lstm.layer[0].n_in, found = 0;
    for (int k = 1; k <= columns; k++) {
        struct prune_spec tried = *spec;
        tried.n_layers = 0;
        tried.s_x = 1 - (double)k / columns;
        if (allocate_other(net, budget, -1, &tried) != OK)
            continue;
        double rise = allocate_rise(x, tried.s_x) + allocate_rise(h, tried.s_h);
        double gap = fabs(tried.s_x - tried.s_h);
        if (!found || rise < least || (rise == least && gap < apart)) {
            best = tried, least = rise, apart = gap;
            found = 1;
        }
    }
    if (!found)
        return fail(E_USAGE, "no pair of ratios keeps %zu weights", budget);
    *spec = best;
    return OK;
}
