#include "bench/estimate.h"

#include "model/net.h"
#include "model/sensitivity.h"
#include "model/trial.h"

#include <string.h>

/* Rough speeds of one 3 GHz core with AVX2, multiply-adds a second; good enough for an ETA. */
static const double train_macs = 40e9, classify_macs = 30e9, step_macs = 4e9, ref_macs = 1e9;

/* Random weights a second that are drawn and pruned, or packed for a backend. */
static const double draw_rate = 12e6, pack_rate = 60e6;

/* Multiply-adds a token of the LSTM and of the classifier; 0 for a net that cannot be. */
static void macs_of(const struct nets *n, const struct bench_weights *w, double *lstm, double *out)
{
    struct net_shape s;
    *lstm = *out = 0;
    if (net_shape_named(w->net, n->data, &s) != OK)
        return;
    for (int l = 0; l < s.n_layers; l++)
        *lstm += 4.0 * s.n_hid[l] * ((l == 0 ? s.n_in : s.n_hid[l - 1]) + s.n_hid[l]);
    *out = (double)s.n_classes * s.n_hid[s.n_layers - 1];
}

/* Tokens that weights `i` and all they come from were trained on. */
static double tokens_in_all(const struct nets *n, int i)
{
    double dense, retrain;
    nets_tokens(n, i, &dense, &retrain);
    return dense + retrain;
}

double estimate_weights(const struct nets *n, int i, char *counted)
{
    const struct bench_weights *w = &n->list->weights[i];
    double lstm, out, seconds = 0;
    if (counted[i])
        return 0;
    counted[i] = 1;
    if (w->is_random)
        return random_net_weights(&w->random) / draw_rate;
    if (nets_cached(n, i))
        return 0;
    double tokens = tokens_in_all(n, i);
    if (w->parent >= 0) {
        seconds = estimate_weights(n, w->parent, counted);
        tokens -= tokens_in_all(n, w->parent);
    }
    macs_of(n, w, &lstm, &out);
    return seconds + tokens * 3 * (lstm + out) / train_macs / w->recipe.threads;
}

double estimate_points(const struct nets *n, int i, char *counted)
{
    enum { SEARCH_POINTS = 12, CURVE_POINTS = 2 * 2 * SENSITIVITY_LEVELS };
    const struct bench_points *p = &n->list->points[i];
    const struct bench_weights *w = &n->list->weights[p->parent];
    int points = p->is_search ? SEARCH_POINTS : CURVE_POINTS;
    double lstm, out, tokens = (double)trial_budget(n->data, &p->recipe);
    macs_of(n, w, &lstm, &out);
    double train = tokens * 3 * (lstm + out) / train_macs / p->recipe.threads;
    double score =
        (double)n->data->n_tokens[SPLIT_VALID] * (lstm / step_macs + out / classify_macs);
    return estimate_weights(n, p->parent, counted) + points * (train + score);
}

double estimate_case(const struct nets *n, const struct bench_case *c)
{
    const struct bench_weights *w = &n->list->weights[c->weights];
    if (w->is_random)
        return c->seconds + random_net_weights(&w->random) / pack_rate;
    double lstm, out, tokens = (double)n->data->n_tokens[c->split];
    macs_of(n, w, &lstm, &out);
    if (c->max_tokens != 0 && (double)c->max_tokens < tokens)
        tokens = (double)c->max_tokens;
    double speed = strcmp(c->backend, "ref") == 0 ? ref_macs : step_macs;
    return c->seconds + 0.2 + tokens * (lstm / speed + out / classify_macs);
}
