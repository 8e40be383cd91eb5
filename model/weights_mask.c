#include "model/weights_mask.h"

#include "base/mem.h"
#include "model/prune.h"

#include <stdlib.h>

enum { MAX_COUNT = 1 << 26 }; /* columns of a matrix */

static int nonzeros(const float *row, int cols)
{
    int n = 0;
    for (int j = 0; j < cols; j++)
        n += row[j] != 0;
    return n;
}

/* The mask of one matrix: its nonzeros, completed as the pattern says. *k comes in as the stated
 * count, or -1 for the fullest row's. */
static enum status complete_mask(const char *name, struct net *net, const struct pattern *pattern,
                                 const struct param *p, int *k)
{
    int fullest = 0, where = 0, stated = *k;
    for (int r = 0; r < p->rows; r++) {
        int n = nonzeros(net->data + p->at + (size_t)r * (size_t)p->cols, p->cols);
        where = n > fullest ? r : where;
        fullest = n > fullest ? n : fullest;
    }
    *k = stated < 0 ? fullest : stated;
    if (fullest > *k || *k > p->cols)
        return fail(E_FORMAT, "%s: layer %d: row %d of %d columns holds %d weights (k is %d)", name,
                    p->layer, where, p->cols, fullest, *k);
    enum status s =
        pattern_complete(pattern, net->data + p->at, p->rows, p->cols, *k, net->keep + p->at);
    if (s != OK)
        return fail_in(s, "%s: layer %d %s", name, p->layer, prune_matrix_name(p->kind));
    fullest = pattern_fullest(net->keep + p->at, p->rows, p->cols);
    if (stated >= 0 && fullest != stated && pattern_is_balanced(pattern))
        return fail(E_FORMAT, "%s: layer %d %s: k is %d (expected %d by its pattern)", name,
                    p->layer, prune_matrix_name(p->kind), stated, fullest);
    *k = fullest > *k ? fullest : *k;
    return OK;
}

/* Reads "12;34": one count a layer. -1 in every entry when the text is NULL. */
static enum status parse_counts(const char *name, const char *key, const char *text, int n,
                                int *out)
{
    for (int i = 0; i < n; i++) {
        char *end;
        out[i] = -1;
        if (text == NULL)
            continue;
        long v = strtol(text, &end, 10);
        if (end == text || v < 0 || v > MAX_COUNT || *end != (i + 1 < n ? ';' : '\0'))
            return fail(E_FORMAT, "%s: __metadata__ %s is not %d counts joined by ';'", name, key,
                        n);
        out[i] = (int)v;
        text = end + 1;
    }
    return OK;
}

enum status weights_mask(const struct st_file *f, struct net *net)
{
    static const char *const key[] = {"k_x", "k_h", "k_r"};
    static const enum param_kind kind[] = {PARAM_W_X, PARAM_W_H, PARAM_W_R};
    const struct pattern pattern = prune_pattern_named(st_meta(f, "pattern"));
    TRY(net_need_keep(net));
    for (int m = 0; m < 3; m++) {
        int k[LSTM_MAX_LAYERS];
        TRY(parse_counts(st_name(f), key[m], st_meta(f, key[m]), net->shape.n_layers, k));
        for (int l = 0; l < net->shape.n_layers; l++) {
            const struct param *p = net_param(net, kind[m], l);
            if (p == NULL)
                continue;
            TRY(complete_mask(st_name(f), net, &pattern, p, &k[l]));
            *prune_count_of(&net->lstm.layer[l], kind[m]) = k[l];
        }
    }
    if (prune_kept(net) == lstm_n_weights(&net->lstm)) {
        mem_free(net->keep);
        net->keep = NULL;
    }
    net_apply_keep(net, net->data); /* PyTorch's masks leave -0 behind */
    return OK;
}
