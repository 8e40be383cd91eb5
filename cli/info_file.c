#include "cli/info_file.h"

#include "model/calibrate.h"
#include "model/prune.h"

#include <stdio.h>
#include <string.h>

static enum status add_range(struct sheet *s, const struct quant_range *range)
{
    TRY(sheet_real(s, "largest_x", (double)range->x));
    TRY(sheet_real(s, "largest_r", (double)range->r));
    return sheet_real(s, "largest_c", (double)range->c);
}

/* Nonzeros of the rows of each gate, in the order I F G O: patterns without balanced rows leave the
 * gates unequal shares. */
static enum status add_gates(struct sheet *s, const char *key, const float *w, int n_hid, int cols)
{
    int64_t n[4] = {0};
    char text[96];
    size_t a_gate = (size_t)n_hid * (size_t)cols;
    for (size_t i = 0; i < 4 * a_gate; i++)
        n[i / a_gate] += w[i] != 0;
    snprintf(text, sizeof text, "%lld;%lld;%lld;%lld", (long long)n[0], (long long)n[1],
             (long long)n[2], (long long)n[3]);
    return sheet_text(s, key, text);
}

/* range: the layer's calibration, or NULL */
static enum status add_layer(struct sheet *s, struct json *list, int l, const struct lstm_layer *y,
                             const struct quant_range *range)
{
    char name[32];
    struct sheet g;
    snprintf(name, sizeof name, "layer %d", l);
    TRY(sheet_item(s, list, name, &g));
    TRY(sheet_whole(&g, "n_in", y->n_in));
    TRY(sheet_whole(&g, "n_hid", y->n_hid));
    TRY(sheet_whole(&g, "n_proj", y->n_proj));
    TRY(sheet_whole(&g, "k_x", y->k_x));
    TRY(sheet_whole(&g, "k_h", y->k_h));
    if (y->n_proj != 0)
        TRY(sheet_whole(&g, "k_r", y->k_r));
    TRY(add_gates(&g, "nonzero_x_ifgo", y->w_x, y->n_hid, y->n_in));
    TRY(add_gates(&g, "nonzero_h_ifgo", y->w_h, y->n_hid, lstm_n_rec(y)));
    if (range != NULL)
        TRY(add_range(&g, range));
    return sheet_text(&g, "peepholes", y->peephole != NULL ? "yes" : NULL);
}

/* What the sparse backend makes of the stack, of which `kept` weights are wanted, in one precision;
 * q formats need a calibration. */
static enum status add_packed(struct sheet *s, const struct lstm_net *net, size_t kept,
                              enum precision p, const struct quant *quant)
{
    struct lstm_options opt = {.precision = p, .quant = quant};
    struct lstm_plan *plan;
    struct lstm_facts f;
    char name[32];
    struct sheet g;
    snprintf(name, sizeof name, "packed %s", precision_name(p));
    enum status st = lstm_prepare(&cpu_sparse_backend, net, &opt, &plan);
    if (st == E_UNSUPPORTED)
        return sheet_text(s, name, status_message());
    TRY(st);
    st = sheet_group(s, name, &g);
    if (st == OK)
        st = sheet_text(&g, "format", lstm_variant(plan));
    lstm_facts(plan, &f);
    lstm_release(plan);
    TRY(st);
    TRY(sheet_whole(&g, "weight_bytes", (int64_t)f.weight_bytes));
    TRY(sheet_whole(&g, "index_bytes", (int64_t)f.index_bytes));
    TRY(sheet_real(&g, "padding_pct", 100 * (f.macs / (double)kept - 1)));
    return sheet_real(&g, "spilled_pct", 100 * f.spilled / (double)kept);
}

static enum status add_packings(struct sheet *s, const struct net *net, const struct quant *quant)
{
    static const enum precision all[] = {PREC_F32, PREC_F27, PREC_Q16, PREC_Q10, PREC_Q8};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (net->lstm.n_layers != 0 && (quant != NULL || !quant_needed(all[i])))
            TRY(add_packed(s, &net->lstm, prune_kept(net), all[i], quant));
    return OK;
}

/* Lists of words or numbers are counted, not told. */
static enum status add_string(void *ctx, const char *key, const struct json *v)
{
    const char *text = json_text(v);
    const int is_scale = strncmp(key, "input_", 6) == 0;
    const char between = is_scale ? ';' : '\n';
    int64_t words = 1;
    if (strcmp(key, "quant") == 0)
        return OK; /* it stands with the layers */
    if (strchr(text, between) == NULL)
        return sheet_text(ctx, key, text);
    for (const char *p = text; *p != '\0'; p++)
        words += *p == between && p[1] != '\0';
    return sheet_whole(ctx, key, words);
}

static enum status add_meta(struct sheet *s, const struct net *net)
{
    struct sheet g;
    if (json_count(net->meta) == 0)
        return OK;
    TRY(sheet_group(s, "metadata", &g));
    return json_each(net->meta, add_string, &g);
}

enum status info_file(struct sheet *s, const char *path, const struct net *net)
{
    struct json *list;
    struct quant quant;
    int found;
    TRY(calibrate_stored(net, path, &found, &quant));
    TRY(sheet_text(s, "file", path));
    TRY(sheet_text(s, "sha256", net->sha256));
    if (net->shape.n_classes != 0)
        TRY(sheet_text(s, "task", task_name(net->shape.task)));
    if (net->shape.n_vocab != 0)
        TRY(sheet_whole(s, "embedding_rows", net->shape.n_vocab));
    if (net->shape.n_classes != 0)
        TRY(sheet_whole(s, "classifier_rows", net->shape.n_classes));
    if (net->shape.n_classes != 0)
        TRY(sheet_text(s, "tied", net->shape.tied ? "yes" : "no"));
    if (net->shape.task == TASK_CLASSIFY)
        TRY(sheet_text(s, "pool", pooling_name(net->shape.pooling)));
    if (net->shape.task == TASK_FRAMES)
        TRY(sheet_whole(s, "delay", net->shape.delay));
    TRY(sheet_list(s, "layers", &list));
    for (int l = 0; l < net->lstm.n_layers; l++)
        TRY(add_layer(s, list, l, &net->lstm.layer[l], found ? &quant.layer[l] : NULL));
    TRY(sheet_text(s, "calibrated", found ? "yes" : "no"));
    const char *pattern = net_meta(net, "pattern");
    TRY(sheet_text(s, "pattern", pattern != NULL ? pattern : "not stated"));
    TRY(sheet_whole(s, "weights", (int64_t)lstm_n_weights(&net->lstm)));
    TRY(sheet_whole(s, "kept", (int64_t)prune_kept(net)));
    TRY(sheet_whole(s, "nonzero", (int64_t)net_nnz(net)));
    TRY(sheet_real(s, "overall_sparsity", net_sparsity(net)));
    TRY(sheet_whole(s, "dense_bytes", (int64_t)(lstm_n_weights(&net->lstm) * sizeof(float))));
    TRY(add_packings(s, net, found ? &quant : NULL));
    return add_meta(s, net);
}
