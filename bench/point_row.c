#include "bench/point_row.h"

#include "base/clock.h"
#include "base/strbuf.h"
#include "model/metric.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum status point_facts_of(const struct trial *trial, struct point_facts *out)
{
    *out = (struct point_facts){.trial = trial, .run_id = "", .note = ""};
    out->tokens = train_tokens(&trial->dense->shape, trial->data, trial->recipe);
    if (trial->data->n_cross > 1)
        snprintf(out->fold, sizeof out->fold, "fold %d of %d", trial->data->cross,
                 trial->data->n_cross);
    return trial_id(trial, out->id);
}

static const char *meta(const struct net *net, const char *key)
{
    const char *text = net_meta(net, key);
    return text != NULL ? text : "";
}

/* Shares as asked and counts, one value a layer if they differ. */
static enum status set_matrix(const struct point_facts *f, const struct prune_spec *spec,
                              enum param_kind kind, enum column share, enum column keep,
                              struct row *row)
{
    double s[LSTM_MAX_LAYERS];
    int64_t k[LSTM_MAX_LAYERS];
    size_t n = 0;
    for (int l = 0; l < f->trial->dense->lstm.n_layers; l++) {
        const struct param *p = net_param(f->trial->dense, kind, l);
        if (p == NULL)
            continue;
        s[n] = prune_share(spec, kind, l);
        k[n] = prune_keep_count(p->cols, s[n]);
        n++;
    }
    TRY(row_set_reals(row, share, s, n));
    return row_set_ints(row, keep, k, n);
}

static enum status set_shape(const struct net *net, struct row *row)
{
    int64_t in[LSTM_MAX_LAYERS], hid[LSTM_MAX_LAYERS], proj[LSTM_MAX_LAYERS];
    size_t n = (size_t)net->lstm.n_layers;
    for (size_t l = 0; l < n; l++) {
        in[l] = net->lstm.layer[l].n_in;
        hid[l] = net->lstm.layer[l].n_hid;
        proj[l] = net->lstm.layer[l].n_proj;
    }
    TRY(row_set_int(row, COL_layers, (int64_t)n));
    TRY(row_set_ints(row, COL_n_in, in, n));
    TRY(row_set_ints(row, COL_n_hid, hid, n));
    return row_set_ints(row, COL_n_proj, proj, n);
}

static enum status set_job(const struct point_facts *f, struct row *row)
{
    char utc[32];
    if (f->machine != NULL)
        TRY(machine_fill(f->machine, row));
    TRY(row_set_text(row, COL_run_id, f->run_id));
    TRY(row_set_text(row, COL_utc, clock_utc(utc)));
    TRY(row_set_int(row, COL_threads, f->trial->recipe->threads));
    TRY(row_set_int(row, COL_seed, (int64_t)f->trial->recipe->seed));
    TRY(row_set_text(row, COL_dataset, f->trial->data->name));
    TRY(row_set_text(row, COL_dataset_kind, dataset_kind_name(f->trial->data->kind)));
    TRY(row_set_text(row, COL_dataset_sha256, f->trial->data->sha256));
    TRY(row_set_text(row, COL_split, split_name(SPLIT_VALID)));
    TRY(row_set_text(row, COL_net, meta(f->trial->dense, "net")));
    TRY(row_set_text(row, COL_weights_kind, "trained"));
    return set_shape(f->trial->dense, row);
}

static enum status set_spec(const struct point_facts *f, const struct prune_spec *spec,
                            struct row *row)
{
    char text[PATTERN_TEXT];
    double size = (double)lstm_n_weights(&f->trial->dense->lstm);
    size_t kept = prune_asked(f->trial->dense, spec);
    TRY(row_set_text(row, COL_pattern, pattern_text(&spec->pattern, text)));
    TRY(row_set_text(row, COL_schedule, "one-shot"));
    TRY(set_matrix(f, spec, PARAM_W_X, COL_sparsity_x, COL_keep_x, row));
    TRY(set_matrix(f, spec, PARAM_W_H, COL_sparsity_h, COL_keep_h, row));
    TRY(set_matrix(f, spec, PARAM_W_R, COL_sparsity_r, COL_keep_r, row));
    TRY(row_set_int(row, COL_nnz, (int64_t)kept));
    return row_set_real(row, COL_overall_sparsity, 1 - (double)kept / size);
}

static enum metric metric_in(const struct point_facts *f)
{
    return metric_of(f->trial->dense->shape.task);
}

static enum status set_outcome(const struct point_facts *f, double loss, double metric,
                               int retrained, const char *note, struct row *row)
{
    int fine = isfinite(loss) && isfinite(metric);
    TRY(row_set_text(row, COL_metric, metric_name(metric_in(f))));
    TRY(row_set_real(row, COL_metric_valid, fine ? metric : NAN));
    TRY(row_set_int(row, COL_tokens_retrain, retrained ? (int64_t)f->tokens : 0));
    TRY(row_set_text(row, COL_status, fine ? "ok" : "invalid"));
    return row_set_text(row, COL_note, note);
}

static enum status set_key(const struct point_facts *f, const char *what,
                           const struct prune_spec *spec, struct row *row)
{
    struct strbuf b = {0};
    char key[HASH_HEX];
    strbuf_addf(&b, "%s %s ", what, f->id);
    prune_spec_text(spec, &b);
    enum status s = strbuf_check(&b);
    if (s == OK)
        s = hash_bytes(b.s, b.n, key);
    strbuf_release(&b);
    TRY(s);
    return row_set_text(row, COL_case_key, key);
}

static void add_word(char *note, size_t room, const char *before, const char *word)
{
    size_t n = strlen(note);
    if (*word != '\0')
        snprintf(note + n, room - n, "%s%s", n != 0 ? before : "", word);
}

enum status point_row_search(const struct point_facts *f, const struct search_point *p,
                             struct row *row)
{
    char note[256] = "", what[96], key[160];
    if (p->split_x != 0)
        snprintf(what, sizeof what, "grid %d:%d times %d", p->split_x, p->split_h, p->times);
    else if (p->alpha > 0)
        snprintf(what, sizeof what, "walk by %g", p->alpha);
    else
        snprintf(what, sizeof what, "one ratio");
    snprintf(key, sizeof key, "search budget %zu %s", p->budget, what);
    add_word(note, sizeof note, "; ", f->note);
    add_word(note, sizeof note, "; ", f->fold);
    add_word(note, sizeof note, "; ", "search: ");
    add_word(note, sizeof note, "", what);
    if (!isfinite(p->loss))
        add_word(note, sizeof note, "; ", "training diverged");
    TRY(set_job(f, row));
    TRY(set_spec(f, &p->spec, row));
    TRY(row_set_int(row, COL_tokens_search, (int64_t)(p->number * f->tokens)));
    TRY(set_outcome(f, p->loss, p->metric, 1, note, row));
    return set_key(f, key, &p->spec, row);
}

enum status point_row_sensitivity(const struct point_facts *f, const struct sensitivity_point *p,
                                  struct row *row)
{
    char note[256] = "", what[160], layer[32] = "all layers";
    if (p->layer >= 0)
        snprintf(layer, sizeof layer, "layer %d", p->layer);
    snprintf(what, sizeof what, "sensitivity: %s of %s%s; %zu weights removed",
             prune_matrix_name(p->kind), layer, p->retrained ? ", retrained" : ", as it is",
             p->removed);
    add_word(note, sizeof note, "; ", f->note);
    add_word(note, sizeof note, "; ", f->fold);
    add_word(note, sizeof note, "; ", what);
    if (isfinite(p->rise))
        snprintf(what, sizeof what, "loss rises by %.6g", p->rise);
    add_word(note, sizeof note, "; ", isfinite(p->rise) ? what : "training diverged");
    TRY(set_job(f, row));
    TRY(set_spec(f, &p->spec, row));
    TRY(row_set_real(row, COL_metric_dense, p->continued.metric));
    TRY(set_outcome(f, p->value.loss, p->value.metric, p->retrained, note, row));
    return set_key(f, p->retrained ? "sensitivity retrained" : "sensitivity", &p->spec, row);
}
