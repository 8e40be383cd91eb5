#include "model/prune.h"

#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <string.h>

enum { STREAM_RANDOM_MASK = 3 };

static const double MISS_PCT = 0.5; /* what a pattern may miss the asked count by */

int prune_keep_count(int columns, double s)
{
    if (s >= 1)
        return 0;
    double k = floor(columns * (1 - s) + 0.5 + 1e-9);
    return k < 1 ? 1 : k > columns ? columns : (int)k;
}

int *prune_count_of(struct lstm_layer *y, enum param_kind kind)
{
    return kind == PARAM_W_X ? &y->k_x : kind == PARAM_W_H ? &y->k_h : &y->k_r;
}

const char *prune_matrix_name(enum param_kind kind)
{
    return kind == PARAM_W_X ? "W_x" : kind == PARAM_W_H ? "W_h" : "W_r";
}

static size_t asked_of(const struct prune_spec *spec, const struct param *p)
{
    return (size_t)p->rows *
           (size_t)prune_keep_count(p->cols, prune_share(spec, p->kind, p->layer));
}

size_t prune_asked(const struct net *net, const struct prune_spec *spec)
{
    size_t n = 0;
    for (int i = 0; i < net->n_params; i++)
        n += param_prunable(&net->param[i]) ? asked_of(spec, &net->param[i]) : 0;
    return n;
}

static size_t kept_in(const struct net *net, const struct param *p)
{
    size_t n = 0;
    for (size_t i = 0; i < param_size(p); i++)
        n += net->keep == NULL || net->keep[p->at + i];
    return n;
}

size_t prune_kept(const struct net *net)
{
    size_t n = 0;
    for (int i = 0; i < net->n_params; i++)
        n += param_prunable(&net->param[i]) ? kept_in(net, &net->param[i]) : 0;
    return n;
}

/* One threshold for all matrices: keep gets its mask. */
static enum status mask_global(struct net *net, const float *w, size_t n)
{
    size_t all = lstm_n_weights(&net->lstm), at = 0;
    float *flat = NULL;
    uint32_t *room = NULL;
    uint8_t *keep = NULL;
    enum status s = mem_new(&flat, all, sizeof *flat);
    if (s == OK)
        s = mem_new(&room, all, sizeof *room);
    if (s == OK)
        s = mem_new(&keep, all, sizeof *keep);
    for (int i = 0; s == OK && i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        if (param_prunable(p)) {
            memcpy(flat + at, w + p->at, param_size(p) * sizeof *w);
            at += param_size(p);
        }
    }
    if (s == OK)
        pattern_largest(flat, all, 1, n, room, keep);
    for (int i = net->n_params - 1; s == OK && i >= 0; i--) {
        const struct param *p = &net->param[i];
        if (param_prunable(p)) {
            at -= param_size(p);
            memcpy(net->keep + p->at, keep + at, param_size(p));
        }
    }
    mem_free(flat);
    mem_free(room);
    mem_free(keep);
    return s;
}

static enum status mask_each(struct net *net, const struct prune_spec *spec, const float *w)
{
    for (int i = 0; i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        if (param_prunable(p))
            TRY(pattern_mask(&spec->pattern, w + p->at, p->rows, p->cols, asked_of(spec, p),
                             net->keep + p->at));
    }
    return OK;
}

/* Random numbers in the place of weights, for the control. */
static enum status draw(const struct net *net, uint64_t seed, float **out)
{
    struct rng r;
    TRY(mem_new(out, net->n_data, sizeof **out));
    rng_seed(&r, seed, STREAM_RANDOM_MASK);
    rng_uniform(&r, *out, net->n_data, 0, 1);
    return OK;
}

static enum status choose(struct net *net, const struct prune_spec *spec, const float *w)
{
    return spec->pattern.kind == PATTERN_GLOBAL ? mask_global(net, w, prune_asked(net, spec))
                                                : mask_each(net, spec, w);
}

enum status prune_masks(struct net *net, const struct prune_spec *spec, const float *w)
{
    float *drawn = NULL;
    TRY(prune_spec_check(spec, net->lstm.n_layers));
    TRY(net_need_keep(net));
    if (spec->pattern.random)
        TRY(draw(net, spec->seed, &drawn));
    enum status s = choose(net, spec, drawn != NULL ? drawn : w);
    mem_free(drawn);
    TRY(s);
    for (int i = 0; i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        if (param_prunable(p))
            *prune_count_of(&net->lstm.layer[p->layer], p->kind) =
                pattern_fullest(net->keep + p->at, p->rows, p->cols);
    }
    return OK;
}

enum status prune_net(struct net *net, const struct prune_spec *spec)
{
    char text[PATTERN_TEXT];
    TRY(prune_masks(net, spec, net->data));
    net_apply_keep(net, net->data);
    net_weights_changed(net);
    return net_set_meta(net, "pattern", pattern_text(&spec->pattern, text));
}

enum status prune_step(struct net *net, const struct prune_spec *spec, size_t update,
                       size_t updates, const float *shadow)
{
    if (!schedule_is_due(&spec->schedule, update, updates))
        return OK;
    for (int i = 0; shadow != NULL && i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        if (param_prunable(p))
            memcpy(net->data + p->at, shadow + p->at, param_size(p) * sizeof *shadow);
    }
    struct prune_spec at = prune_spec_at(spec, net->lstm.n_layers, update, updates);
    return prune_net(net, &at);
}

enum status prune_count_check(const struct net *net, const struct prune_spec *spec)
{
    double asked = (double)prune_asked(net, spec), kept = (double)prune_kept(net);
    char text[PATTERN_TEXT];
    if (fabs(kept - asked) <= MISS_PCT / 100 * asked)
        return OK;
    return fail(E_UNSUPPORTED,
                "pattern %s keeps %.0f weights where %.0f are asked for (%.2f %% off, %g %% are "
                "allowed)",
                pattern_text(&spec->pattern, text), kept, asked, 100 * fabs(kept - asked) / asked,
                MISS_PCT);
}

struct pattern prune_pattern_named(const char *text)
{
    struct pattern p;
    if (text == NULL || pattern_parse(text, &p) != OK || p.kind == PATTERN_DENSE)
        p = (struct pattern){.kind = PATTERN_ROW};
    return p;
}

static enum status check_zeros(const struct net *net, const struct param *p)
{
    for (size_t i = 0; i < param_size(p); i++) {
        uint32_t bits;
        memcpy(&bits, &net->data[p->at + i], sizeof bits);
        if (!net->keep[p->at + i] && bits != 0)
            return fail(E_CHECK, "row %zu, column %zu: a pruned weight is %g (expected 0)",
                        i / (size_t)p->cols, i % (size_t)p->cols, (double)net->data[p->at + i]);
    }
    return OK;
}

static enum status check_matrix(const struct net *net, const struct pattern *pattern,
                                const struct param *p)
{
    struct lstm_layer layer = net->lstm.layer[p->layer];
    int k = *prune_count_of(&layer, p->kind);
    if (net->keep == NULL)
        return k == p->cols ? OK : fail(E_CHECK, "k is %d without a mask", k);
    TRY(check_zeros(net, p));
    return pattern_check(pattern, net->keep + p->at, p->rows, p->cols, k);
}

enum status prune_check(const struct net *net)
{
    struct pattern pattern = prune_pattern_named(net_meta(net, "pattern"));
    for (int i = 0; i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        if (!param_prunable(p))
            continue;
        enum status s = check_matrix(net, &pattern, p);
        if (s != OK)
            return fail_in(s, "layer %d %s", p->layer, prune_matrix_name(p->kind));
    }
    return OK;
}
