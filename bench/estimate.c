#include "bench/estimate.h"

#include "model/net.h"
#include "model/sensitivity.h"
#include "model/trial.h"

#include <string.h>

/* Rough speeds of one 3 GHz core with AVX2, multiply-adds a second; good enough for an ETA. */
static const double train_macs = 40e9, classify_macs = 30e9, step_macs = 4e9, ref_macs = 1e9;
static const double lanes_macs = 20e9; /* reviews and utterances are scored side by side */

/* Random weights a second that are drawn and pruned, or packed for a backend. */
static const double draw_rate = 12e6, pack_rate = 60e6;

/* Multiply-adds a token of the LSTM and of the classifier; 0 for a net that cannot be. */
static void macs_of(const struct bench_weights *w, double *lstm, double *out)
{
    struct net_shape s;
    *lstm = *out = 0;
    if (net_shape_named(w->net, w->data, &s) != OK)
        return;
    int n_in = s.n_in;
    for (int l = 0; l < s.n_layers; l++) {
        int n_rec = s.n_proj[l] != 0 ? s.n_proj[l] : s.n_hid[l];
        *lstm += 4.0 * s.n_hid[l] * (n_in + n_rec) + (double)s.n_proj[l] * s.n_hid[l];
        n_in = n_rec;
    }
    *out = (double)s.n_classes * n_in;
}

/* Speed at which weights are scored. */
static double score_macs(const struct bench_weights *w)
{
    return w->data->task == TASK_LM ? step_macs : lanes_macs;
}

/* Tokens that weights `i` and all they come from were trained on. */
static double tokens_in_all(const struct nets *n, int i)
{
    double dense, retrain;
    nets_tokens(n, i, &dense, &retrain);
    return dense + retrain;
}

static double estimate_fold(const struct nets *n, int i, char *counted)
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
        seconds = estimate_fold(n, w->parent, counted);
        tokens -= tokens_in_all(n, w->parent);
    }
    macs_of(w, &lstm, &out);
    return seconds + tokens * 3 * (lstm + out) / train_macs / w->recipe.threads;
}

double estimate_weights(const struct nets *n, int i, char *counted)
{
    double seconds = 0;
    for (int fold = 0; fold < n->list->weights[i].n_folds; fold++)
        seconds += estimate_fold(n, i + fold, counted);
    return seconds;
}

double estimate_points(const struct nets *n, int i, char *counted)
{
    enum { SEARCH_POINTS = 12, CURVE_POINTS = 2 * 2 * SENSITIVITY_LEVELS };
    const struct bench_points *p = &n->list->points[i];
    const struct bench_weights *w = &n->list->weights[p->parent];
    int points = p->is_search ? SEARCH_POINTS : CURVE_POINTS;
    double lstm, out, tokens;
    struct net_shape shape;
    tokens = net_shape_named(w->net, w->data, &shape) == OK
                 ? (double)train_tokens(&shape, w->data, &p->recipe)
                 : 0;
    macs_of(w, &lstm, &out);
    double train = tokens * 3 * (lstm + out) / train_macs / p->recipe.threads;
    double score =
        (double)p->data->n_tokens[SPLIT_VALID] * (lstm / score_macs(w) + out / classify_macs);
    return estimate_fold(n, p->parent, counted) + points * (train + score);
}

/* Of the tokens of a split: max_tokens counts items where there are any. */
static double share_scored(const struct bench_case *c, const struct dataset *ds)
{
    size_t n = ds->items[c->split].n != 0 ? ds->items[c->split].n : ds->n_tokens[c->split];
    return c->max_tokens != 0 && c->max_tokens < n ? (double)c->max_tokens / (double)n : 1;
}

double estimate_case(const struct nets *n, const struct bench_case *c)
{
    const struct bench_weights *w = &n->list->weights[c->weights];
    if (w->is_random)
        return c->seconds + random_net_weights(&w->random) / pack_rate;
    double lstm, out, tokens = 0;
    for (int fold = 0; fold < w->n_folds; fold++)
        tokens += (double)n->list->weights[c->weights + fold].data->n_tokens[c->split];
    macs_of(w, &lstm, &out);
    tokens *= share_scored(c, w->data);
    double speed = strcmp(c->backend, "ref") == 0 ? ref_macs : score_macs(w);
    return c->seconds + 0.2 + tokens * (lstm / speed + out / classify_macs);
}
