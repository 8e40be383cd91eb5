#include "bench/case_row.h"

#include "results/row.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static enum status set_data(struct row *row, const struct bench_case *c, const struct dataset *ds)
{
    TRY(row_set_text(row, COL_dataset, ds->name));
    TRY(row_set_text(row, COL_dataset_kind, dataset_kind_name(ds->kind)));
    TRY(row_set_text(row, COL_dataset_sha256, ds->sha256));
    return row_set_text(row, COL_split, split_name(c->split));
}

/* The shares asked for, one a layer if they differ. */
static enum status set_shares(struct row *row, enum column col, const struct prune_spec *spec,
                              enum param_kind kind)
{
    double v[LSTM_MAX_LAYERS];
    int n = spec->n_layers != 0 ? spec->n_layers : 1;
    for (int l = 0; l < n; l++)
        v[l] = prune_share(spec, kind, l);
    return row_set_reals(row, col, v, (size_t)n);
}

enum status case_row_asked(struct row *row, const struct bench_case *c,
                           const struct bench_weights *w)
{
    char text[PATTERN_TEXT], schedule[SCHEDULE_TEXT];
    TRY(row_set_text(row, COL_case_key, c->key));
    TRY(row_set_int(row, COL_threads, c->threads));
    TRY(row_set_text(row, COL_pinned, c->pinned ? "yes" : "no"));
    TRY(row_set_int(row, COL_seed, (int64_t)w->recipe.seed));
    if (!w->is_random)
        TRY(set_data(row, c, w->data));
    TRY(row_set_text(row, COL_net, w->net));
    TRY(row_set_text(row, COL_weights_kind, w->is_random ? "random" : "trained"));
    TRY(row_set_text(row, COL_pattern,
                     w->is_pruned ? pattern_text(&w->prune.pattern, text) : "dense"));
    if (w->is_pruned) {
        TRY(row_set_text(row, COL_schedule,
                         w->is_random ? "" : schedule_text(&w->prune.schedule, schedule)));
        if (w->ratios.way == RATIOS_GIVEN) {
            TRY(set_shares(row, COL_sparsity_x, &w->prune, PARAM_W_X));
            TRY(set_shares(row, COL_sparsity_h, &w->prune, PARAM_W_H));
        }
    }
    TRY(row_set_text(row, COL_backend, c->backend));
    TRY(row_set_text(row, COL_precision, precision_name(c->precision)));
    TRY(row_set_text(row, COL_scope, c->gates ? "gates" : "step"));
    TRY(row_set_int(row, COL_batch, c->batch));
    TRY(row_set_int(row, COL_steps, c->steps));
    return row_set_text(row, COL_cache, c->cold ? "cold" : "warm");
}

/* The shares under a word of the metadata `prune`, "s_x=0.8;0.9": those of ratios that were
 * found. */
static enum status set_found(struct row *row, enum column col, const struct net *net,
                             const char *word)
{
    double v[LSTM_MAX_LAYERS];
    size_t n = 0;
    const char *text = net_meta(net, "prune"), *at = text != NULL ? strstr(text, word) : NULL;
    char *end;
    for (at = at != NULL ? at + strlen(word) : ""; n < LSTM_MAX_LAYERS; at = end + 1) {
        v[n] = strtod(at, &end);
        n += end != at;
        if (end == at || *end != ';')
            break;
    }
    return n != 0 ? row_set_reals(row, col, v, n) : OK;
}

/* One value a layer, picked by a member of the layer. */
static enum status set_layers(struct row *row, enum column col, const struct lstm_net *lstm,
                              size_t member)
{
    int64_t v[LSTM_MAX_LAYERS];
    for (int l = 0; l < lstm->n_layers; l++)
        v[l] = *(const int *)(const void *)((const char *)&lstm->layer[l] + member);
    return row_set_ints(row, col, v, (size_t)lstm->n_layers);
}

static int has_projection(const struct lstm_net *lstm)
{
    for (int l = 0; l < lstm->n_layers; l++)
        if (lstm->layer[l].n_proj != 0)
            return 1;
    return 0;
}

enum status case_row_net(struct row *row, const struct net *net, const struct nets *nets,
                         const struct bench_case *c)
{
    const struct lstm_net *lstm = &net->lstm;
    const struct bench_weights *w = &nets->list->weights[c->weights];
    double dense, retrain;
    nets_tokens(nets, c->weights, &dense, &retrain);
    TRY(row_set_text(row, COL_weights_sha256, net->sha256));
    TRY(row_set_int(row, COL_layers, lstm->n_layers));
    TRY(set_layers(row, COL_n_in, lstm, offsetof(struct lstm_layer, n_in)));
    TRY(set_layers(row, COL_n_hid, lstm, offsetof(struct lstm_layer, n_hid)));
    TRY(set_layers(row, COL_n_proj, lstm, offsetof(struct lstm_layer, n_proj)));
    TRY(set_layers(row, COL_keep_x, lstm, offsetof(struct lstm_layer, k_x)));
    TRY(set_layers(row, COL_keep_h, lstm, offsetof(struct lstm_layer, k_h)));
    if (has_projection(lstm)) {
        TRY(set_layers(row, COL_keep_r, lstm, offsetof(struct lstm_layer, k_r)));
        if (w->is_pruned && w->ratios.way == RATIOS_GIVEN)
            TRY(set_shares(row, COL_sparsity_r, &w->prune, PARAM_W_R));
        else if (w->is_pruned)
            TRY(set_found(row, COL_sparsity_r, net, " s_r="));
    }
    if (w->ratios.way != RATIOS_GIVEN) {
        TRY(set_found(row, COL_sparsity_x, net, " s_x="));
        TRY(set_found(row, COL_sparsity_h, net, " s_h="));
    }
    TRY(row_set_int(row, COL_nnz, (int64_t)net_nnz(net)));
    TRY(row_set_real(row, COL_overall_sparsity, net_sparsity(net)));
    if (w->is_random)
        return OK;
    TRY(row_set_int(row, COL_tokens_dense, (int64_t)dense));
    return w->parent >= 0 ? row_set_int(row, COL_tokens_retrain, (int64_t)retrain) : OK;
}

enum status case_row_score(struct row *row, const struct score *score, double valid, double dense)
{
    TRY(row_set_text(row, COL_metric, metric_name(score->metric)));
    TRY(row_set_real(row, COL_metric_value, score->value));
    TRY(row_set_real(row, COL_metric_valid, valid));
    return row_set_real(row, COL_metric_dense, dense);
}

static enum status set_stats(struct row *row, const struct measured *m)
{
    TRY(row_set_text(row, COL_latency_source, "measured"));
    TRY(row_set_real(row, COL_latency_step_us_min, m->step_us.min));
    TRY(row_set_real(row, COL_latency_step_us_median, m->step_us.median));
    TRY(row_set_real(row, COL_latency_step_us_p10, m->step_us.p10));
    TRY(row_set_real(row, COL_latency_step_us_p90, m->step_us.p90));
    TRY(row_set_real(row, COL_latency_step_us_p99, m->step_us.p99));
    TRY(row_set_real(row, COL_latency_step_us_ci95_lo, m->step_us.ci95_lo));
    TRY(row_set_real(row, COL_latency_step_us_ci95_hi, m->step_us.ci95_hi));
    TRY(row_set_int(row, COL_samples, (int64_t)m->blocks));
    TRY(row_set_int(row, COL_warmups, (int64_t)m->warmups));
    return row_set_int(row, COL_outliers, (int64_t)m->step_us.outliers);
}

static double kept_in(const struct net *net, enum param_kind kind)
{
    const struct param *p = net_param(net, kind, 0);
    double n = 0;
    for (size_t i = 0; i < param_size(p); i++)
        n += net->keep == NULL || net->keep[p->at + i];
    return n;
}

/* Weights kept in what is timed: the whole stack, or W_x and W_h of layer 0. */
static double kept(const struct net *net, const struct bench_case *c)
{
    return c->gates ? kept_in(net, PARAM_W_X) + kept_in(net, PARAM_W_H) : (double)prune_kept(net);
}

/* How many times longer `other` takes; NaN where it was not measured. */
static enum status ratio_of(const struct measured *other, const struct measured *own,
                            struct measured_ratio *out)
{
    *out = (struct measured_ratio){NAN, NAN, NAN};
    return other != NULL ? measure_ratio(other, own, out) : OK;
}

static enum status set_ratios(struct row *row, const struct case_latency *l)
{
    struct measured_ratio base, same, load;
    TRY(ratio_of(l->base, l->own, &base));
    TRY(ratio_of(l->same, l->own, &same));
    TRY(ratio_of(l->load, l->own, &load));
    TRY(row_set_real(row, COL_speedup, base.median));
    TRY(row_set_real(row, COL_speedup_ci95_lo, base.lo));
    TRY(row_set_real(row, COL_speedup_ci95_hi, base.hi));
    TRY(row_set_real(row, COL_speedup_same, same.median));
    return row_set_real(row, COL_roofline_pct, 100 * load.median);
}

enum status case_row_latency(struct row *row, const struct net *net, const struct bench_case *c,
                             const struct case_latency *l)
{
    double ops = 2e-3 * c->batch / l->own->step_us.median; /* 1e9 a second, per weight */
    TRY(set_stats(row, l->own));
    TRY(row_set_text(row, COL_baseline, l->baseline));
    TRY(set_ratios(row, l));
    TRY(row_set_real(row, COL_gops_sparse, ops * kept(net, c)));
    if (!l->is_random && !c->gates)
        TRY(row_set_real(row, COL_gops_effective, ops * (double)lstm_n_weights(&net->lstm)));
    TRY(row_set_int(row, COL_weight_bytes, (int64_t)l->facts.weight_bytes));
    return row_set_int(row, COL_index_bytes, (int64_t)l->facts.index_bytes);
}

enum status case_row_energy(struct row *row, const struct bench_case *c, const char *source,
                            const struct energy_used *used)
{
    double gops;
    TRY(row_set_text(row, COL_energy_source, source));
    TRY(row_set_real(row, COL_energy_step_uj, used->call_uj / c->steps));
    TRY(row_set_real(row, COL_power_w, used->power_w));
    if (!row_get_real(row, COL_gops_effective, &gops))
        return OK;
    return row_set_real(row, COL_gops_per_w_effective, gops / used->power_w);
}

enum status case_row_bounds(struct row *row, const char *source, const struct energy_bounds *b)
{
    TRY(row_set_text(row, COL_energy_source, source));
    TRY(row_set_real(row, COL_energy_lo_uj, b->lo_uj));
    return row_set_real(row, COL_energy_hi_uj, b->hi_uj);
}
