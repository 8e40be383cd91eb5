#include "model/allocate.h"

#include <assert.h>
#include <math.h>

/* What a solver turns: every ratio, or those of W_h and W_r. */
enum dial { DIAL_ALL, DIAL_H };

size_t allocate_budget(const struct net *net, double overall)
{
    return (size_t)floor((double)lstm_n_weights(&net->lstm) * (1 - overall) + 1e-6);
}

size_t allocate_asked(const struct net *net, const struct prune_spec *spec, int layer)
{
    size_t n = 0;
    for (int i = 0; i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        if (param_prunable(p) && (layer < 0 || p->layer == layer))
            n += (size_t)p->rows *
                 (size_t)prune_keep_count(p->cols, prune_share(spec, p->kind, p->layer));
    }
    return n;
}

static void turn(struct prune_spec *spec, enum dial dial, int layer, double s)
{
    if (layer >= 0) {
        spec->layer[layer].x = dial == DIAL_ALL ? s : spec->layer[layer].x;
        spec->layer[layer].h = s;
        spec->layer[layer].r = -1;
        return;
    }
    spec->n_layers = 0;
    spec->s_x = dial == DIAL_ALL ? s : spec->s_x;
    spec->s_h = s;
    spec->s_r = -1;
}

static size_t asked_at(const struct net *net, struct prune_spec *spec, enum dial dial, int layer,
                       double s)
{
    turn(spec, dial, layer, s);
    return allocate_asked(net, spec, layer);
}

/* The place where asked_at falls from over `most` to at most `most`, between lo and hi. */
static double edge(const struct net *net, struct prune_spec *spec, enum dial dial, int layer,
                   size_t most)
{
    double lo = 0, hi = nextafter(1, 0); /* at S = 1 nothing is kept */
    if (asked_at(net, spec, dial, layer, lo) <= most)
        return lo;
    for (int i = 0; i < 60; i++) {
        double mid = (lo + hi) / 2;
        if (asked_at(net, spec, dial, layer, mid) <= most)
            hi = mid;
        else
            lo = mid;
    }
    return hi;
}

/* Sets the least ratio that keeps at most the budget, as the shortest decimal of the same count. */
static enum status solve(const struct net *net, size_t budget, enum dial dial, int layer,
                         struct prune_spec *spec)
{
    size_t one_a_row = asked_at(net, spec, dial, layer, nextafter(1, 0));
    if (one_a_row > budget)
        return fail(E_USAGE, "%zu weights may stay, but one a row %s already %zu", budget,
                    dial == DIAL_ALL ? "is" : "of W_h makes", one_a_row);
    double from = edge(net, spec, dial, layer, budget);
    size_t kept = asked_at(net, spec, dial, layer, from);
    double to = kept > one_a_row ? edge(net, spec, dial, layer, kept - 1) : 1, scale = 1;
    double s = from > 0 ? (from + to) / 2 : 0;
    for (int digits = 0; digits < 12; digits++, scale *= 10) {
        double rounded = round(s * scale) / scale;
        if (rounded < 1 && asked_at(net, spec, dial, layer, rounded) == kept)
            return OK;
    }
    turn(spec, dial, layer, s);
    return OK;
}

enum status allocate_one(const struct net *net, double overall, struct prune_spec *spec)
{
    TRY(solve(net, allocate_budget(net, overall), DIAL_ALL, -1, spec));
    double found = spec->s_x;
    size_t kept = prune_asked(net, spec);
    if (asked_at(net, spec, DIAL_ALL, -1, overall) != kept)
        turn(spec, DIAL_ALL, -1, found);
    return OK;
}

enum status allocate_other(const struct net *net, size_t budget, int layer, struct prune_spec *spec)
{
    assert(layer < 0 || layer < spec->n_layers);
    TRY(solve(net, budget, DIAL_H, layer, spec));
    size_t kept = allocate_asked(net, spec, layer);
    double s_h = layer >= 0 ? spec->layer[layer].h : spec->s_h;
    if (s_h == 0 && 1000 * (double)(budget - kept) > (double)budget)
        return fail(E_USAGE, "W_h with all its columns keeps %zu of the %zu weights that may stay",
                    kept, budget);
    return OK;
}

static struct prune_ratios ratios_of_counts(const struct lstm_layer *y, int k_x, int k_h)
{
    return (struct prune_ratios){1 - (double)k_x / y->n_in, 1 - (double)k_h / lstm_n_rec(y), -1};
}

enum status allocate_split(const struct net *net, size_t budget, int x, int h, int *a,
                           struct prune_spec *spec)
{
    int most = INT32_MAX;
    for (int l = 0; l < net->lstm.n_layers; l++) {
        const struct lstm_layer *y = &net->lstm.layer[l];
        int room = y->n_in / x < lstm_n_rec(y) / h ? y->n_in / x : lstm_n_rec(y) / h;
        most = room < most ? room : most;
    }
    spec->n_layers = net->lstm.n_layers;
    for (*a = most; *a >= 1; --*a) {
        for (int l = 0; l < spec->n_layers; l++)
            spec->layer[l] = ratios_of_counts(&net->lstm.layer[l], *a * x, *a * h);
        if (allocate_asked(net, spec, -1) <= budget)
            return OK;
    }
    return fail(E_USAGE, "k_x = %d and k_h = %d are more than %zu weights or the columns allow", x,
                h, budget);
}

static size_t weights_of(const struct net_shape *s)
{
    size_t n = 0, in = (size_t)s->n_in;
    for (int l = 0; l < s->n_layers; l++) {
        size_t hid = (size_t)s->n_hid[l], proj = (size_t)s->n_proj[l];
        size_t rec = proj != 0 ? proj : hid;
        n += 4 * hid * (in + rec) + proj * hid;
        in = rec;
    }
    return n;
}

static int scaled(int n, double by)
{
    int v = (int)floor(n * by + 1e-9);
    return n == 0 ? 0 : v < 1 ? 1 : v;
}

static void scale(const struct net_shape *from, double by, struct net_shape *out)
{
    *out = *from;
    for (int l = 0; l < from->n_layers; l++) {
        out->n_hid[l] = scaled(from->n_hid[l], by);
        out->n_proj[l] = scaled(from->n_proj[l], by);
    }
}

enum status allocate_smaller(const struct net_shape *shape, size_t weights, struct net_shape *out)
{
    double lo = 0, hi = 1;
    scale(shape, lo, out);
    if (weights_of(out) > weights)
        return fail(E_USAGE, "%zu weights may stay, but one cell a layer has %zu", weights,
                    weights_of(out));
    scale(shape, hi, out);
    for (int i = 0; i < 60 && weights_of(out) > weights; i++) {
        double mid = (lo + hi) / 2;
        struct net_shape tried;
        scale(shape, mid, &tried);
        *(weights_of(&tried) <= weights ? &lo : &hi) = mid;
    }
    scale(shape, weights_of(out) <= weights ? 1 : lo, out);
    return OK;
}
