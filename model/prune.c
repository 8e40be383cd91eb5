#include "model/prune.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int prune_keep_count(int columns, double s)
{
    if (s >= 1)
        return 0;
    double k = floor(columns * (1 - s) + 0.5 + 1e-9);
    return k < 1 ? 1 : k > columns ? columns : (int)k;
}

const char *prune_pattern_name(enum prune_pattern p)
{
    return p == PATTERN_ROW ? "row" : "dense";
}

enum status prune_pattern_parse(const char *word, enum prune_pattern *out)
{
    static const char *const later[] = {"bank:", "nm:", "unstructured", "block:", "column"};
    for (int p = PATTERN_DENSE; p <= PATTERN_ROW; p++) {
        if (strcmp(word, prune_pattern_name((enum prune_pattern)p)) == 0) {
            *out = (enum prune_pattern)p;
            return OK;
        }
    }
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        if (strncmp(word, later[i], strlen(later[i])) == 0)
            return fail(E_ABSENT, "pattern '%s' is not in this build (row and dense are)", word);
    return fail(E_USAGE, "unknown pattern '%s' (expected dense or row)", word);
}

struct candidate {
    float size;
    int col;
};

/* Larger first; among equals the lower column. */
static int by_size(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return (x->col > y->col) - (x->col < y->col);
}

enum status prune_row_mask(const float *w, int rows, int cols, int k, uint8_t *keep)
{
    struct candidate *c;
    TRY(mem_new(&c, (size_t)cols, sizeof *c));
    memset(keep, 0, (size_t)rows * (size_t)cols);
    for (int r = 0; r < rows; r++) {
        size_t at = (size_t)r * (size_t)cols;
        for (int j = 0; j < cols; j++)
            c[j] = (struct candidate){fabsf(w[at + (size_t)j]), j};
        qsort(c, (size_t)cols, sizeof *c, by_size);
        for (int j = 0; j < k; j++)
            keep[at + (size_t)c[j].col] = 1;
    }
    mem_free(c);
    return OK;
}

static double share_of(const struct prune_spec *spec, enum param_kind kind)
{
    if (spec->pattern == PATTERN_DENSE)
        return 0;
    if (kind == PARAM_W_X)
        return spec->s_x;
    return kind == PARAM_W_H || spec->s_r < 0 ? spec->s_h : spec->s_r;
}

/* Where the count of a matrix is kept in its layer. */
static int *count_of(struct lstm_layer *y, enum param_kind kind)
{
    return kind == PARAM_W_X ? &y->k_x : kind == PARAM_W_H ? &y->k_h : &y->k_r;
}

enum status prune_net(struct net *net, const struct prune_spec *spec)
{
    const double share[] = {spec->s_x, spec->s_h, spec->s_r < 0 ? spec->s_h : spec->s_r};
    for (int i = 0; i < 3; i++)
        if (!(share[i] >= 0 && share[i] <= 1))
            return fail(E_USAGE, "sparsity %g is not in 0..1", share[i]);
    TRY(net_need_keep(net));
    for (int i = 0; i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        if (!param_prunable(p))
            continue;
        int k = prune_keep_count(p->cols, share_of(spec, p->kind));
        TRY(prune_row_mask(net->data + p->at, p->rows, p->cols, k, net->keep + p->at));
        *count_of(&net->lstm.layer[p->layer], p->kind) = k;
    }
    net_apply_keep(net, net->data);
    net_weights_changed(net);
    return net_set_meta(net, "pattern", prune_pattern_name(spec->pattern));
}

static const char *matrix_name(enum param_kind kind)
{
    return kind == PARAM_W_X ? "W_x" : kind == PARAM_W_H ? "W_h" : "W_r";
}

static enum status check_row(const struct net *net, const struct param *p, int row, int k)
{
    int kept = 0;
    for (int j = 0; j < p->cols; j++) {
        size_t at = p->at + (size_t)row * (size_t)p->cols + (size_t)j;
        uint32_t bits;
        memcpy(&bits, &net->data[at], sizeof bits);
        int keep = net->keep == NULL || net->keep[at];
        kept += keep;
        if (!keep && bits != 0)
            return fail(E_CHECK, "layer %d %s row %d: a pruned weight is %g (expected 0)", p->layer,
                        matrix_name(p->kind), row, (double)net->data[at]);
    }
    if (kept != k)
        return fail(E_CHECK, "layer %d %s row %d: the mask keeps %d (expected %d)", p->layer,
                    matrix_name(p->kind), row, kept, k);
    return OK;
}

enum status prune_check(const struct net *net)
{
    struct lstm_net lstm = net->lstm;
    for (int i = 0; i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        for (int r = 0; param_prunable(p) && r < p->rows; r++)
            TRY(check_row(net, p, r, *count_of(&lstm.layer[p->layer], p->kind)));
    }
    return OK;
}
