#include "model/net.h"

#include "base/mem.h"

#include <limits.h>
#include <math.h>
#include <string.h>

static int rec_of(const struct net_shape *s, int layer)
{
    return s->n_proj[layer] != 0 ? s->n_proj[layer] : s->n_hid[layer];
}

/* Columns of the classifier. */
static int out_of(const struct net_shape *s)
{
    return s->n_layers != 0 ? rec_of(s, s->n_layers - 1) : s->n_in;
}

static int in_of(const struct net_shape *s, int layer)
{
    return layer == 0 ? s->n_in : rec_of(s, layer - 1);
}

/* A sum that wraps stays at SIZE_MAX, which no allocation grants. */
static void add_param(struct net *net, enum param_kind kind, int layer, int rows, int cols)
{
    net->param[net->n_params++] = (struct param){kind, layer, rows, cols, net->n_data};
    if (__builtin_add_overflow(net->n_data, (size_t)rows * (size_t)cols, &net->n_data))
        net->n_data = SIZE_MAX;
}

static void lay_out(struct net *net)
{
    const struct net_shape *s = &net->shape;
    if (s->n_vocab != 0)
        add_param(net, PARAM_EMBEDDING, 0, s->n_vocab, s->n_in);
    for (int l = 0; l < s->n_layers; l++) {
        add_param(net, PARAM_W_X, l, 4 * s->n_hid[l], in_of(s, l));
        add_param(net, PARAM_W_H, l, 4 * s->n_hid[l], rec_of(s, l));
        if (s->n_proj[l] != 0)
            add_param(net, PARAM_W_R, l, s->n_proj[l], s->n_hid[l]);
        add_param(net, PARAM_BIAS, l, 4 * s->n_hid[l], 1);
        if (s->peephole)
            add_param(net, PARAM_PEEPHOLE, l, 3, s->n_hid[l]);
    }
    if (s->n_classes != 0) {
        if (!s->tied)
            add_param(net, PARAM_CLASSIFIER, 0, s->n_classes, out_of(s));
        add_param(net, PARAM_CLASSIFIER_BIAS, 0, s->n_classes, 1);
    }
}

static const float *values(const struct net *net, enum param_kind kind, int layer)
{
    const struct param *p = net_param(net, kind, layer);
    return p != NULL ? net->data + p->at : NULL;
}

static void make_views(struct net *net)
{
    const struct net_shape *s = &net->shape;
    net->lstm.n_layers = s->n_layers;
    for (int l = 0; l < s->n_layers; l++)
        net->lstm.layer[l] = (struct lstm_layer){
            .n_in = in_of(s, l),
            .n_hid = s->n_hid[l],
            .n_proj = s->n_proj[l],
            .w_x = values(net, PARAM_W_X, l),
            .w_h = values(net, PARAM_W_H, l),
            .w_r = values(net, PARAM_W_R, l),
            .bias = values(net, PARAM_BIAS, l),
            .peephole = values(net, PARAM_PEEPHOLE, l),
            .k_x = in_of(s, l),
            .k_h = rec_of(s, l),
            .k_r = s->n_proj[l] != 0 ? s->n_hid[l] : 0,
        };
}

static enum status check_shape(const struct net_shape *s)
{
    int least = !(s->task == TASK_CLASSIFY && s->n_vocab != 0 && s->n_classes != 0);
    if (s->n_layers < least || s->n_layers > LSTM_MAX_LAYERS)
        return fail(E_USAGE, "%d LSTM layers (expected %d to %d)", s->n_layers, least,
                    LSTM_MAX_LAYERS);
    if (s->n_vocab < 0 || s->n_in < 1 || s->n_classes < 0)
        return fail(E_USAGE, "impossible net: vocabulary %d, input %d, classes %d", s->n_vocab,
                    s->n_in, s->n_classes);
    for (int l = 0; l < s->n_layers; l++)
        if (s->n_hid[l] < 1 || s->n_hid[l] > INT_MAX / 4 || s->n_proj[l] < 0)
            return fail(E_USAGE, "layer %d: impossible sizes n_hid %d, n_proj %d", l, s->n_hid[l],
                        s->n_proj[l]);
    if (s->tied && (s->n_vocab == 0 || s->n_vocab != s->n_classes || s->n_in != out_of(s)))
        return fail(E_USAGE,
                    "a tied net needs an embedding and a classifier of one shape ([%d, %d] and "
                    "[%d, %d])",
                    s->n_vocab, s->n_in, s->n_classes, out_of(s));
    if (s->delay < 0)
        return fail(E_USAGE, "a delay of %d frames", s->delay);
    return OK;
}

enum status net_new(const struct net_shape *shape, struct net **out)
{
    struct net *net;
    *out = NULL;
    TRY(check_shape(shape));
    TRY(mem_new(&net, 1, sizeof *net));
    net->shape = *shape;
    lay_out(net);
    enum status s = mem_new(&net->data, net->n_data, sizeof *net->data);
    if (s == OK)
        s = json_new(&net->meta);
    if (s != OK) {
        net_release(net);
        return s;
    }
    make_views(net);
    *out = net;
    return OK;
}

static enum status copy_meta(void *ctx, const char *key, const struct json *v)
{
    return net_set_meta(ctx, key, json_text(v));
}

enum status net_copy(const struct net *from, struct net **out)
{
    TRY(net_new(&from->shape, out));
    struct net *net = *out;
    memcpy(net->data, from->data, from->n_data * sizeof *from->data);
    memcpy(net->sha256, from->sha256, sizeof net->sha256);
    for (int l = 0; l < net->lstm.n_layers; l++) {
        net->lstm.layer[l].k_x = from->lstm.layer[l].k_x;
        net->lstm.layer[l].k_h = from->lstm.layer[l].k_h;
        net->lstm.layer[l].k_r = from->lstm.layer[l].k_r;
    }
    enum status s = json_each(from->meta, copy_meta, net);
    if (s == OK && from->keep != NULL)
        s = mem_copy(&net->keep, from->keep, from->n_data, 1);
    if (s != OK) {
        net_release(net);
        *out = NULL;
    }
    return s;
}

void net_release(struct net *net)
{
    if (net == NULL)
        return;
    mem_free(net->data);
    mem_free(net->keep);
    if (net->meta != NULL)
        json_release(net->meta);
    mem_free(net);
}

const struct param *net_param(const struct net *net, enum param_kind kind, int layer)
{
    if (kind == PARAM_CLASSIFIER && net->shape.tied)
        kind = PARAM_EMBEDDING;
    for (int i = 0; i < net->n_params; i++)
        if (net->param[i].kind == kind && net->param[i].layer == layer)
            return &net->param[i];
    return NULL;
}

int net_n_out(const struct net *net)
{
    return out_of(&net->shape);
}

int net_blank(const struct net *net)
{
    return net->shape.n_classes - 1;
}

const char *pooling_name(enum pooling p)
{
    return p == POOLING_MEAN ? "mean" : "last";
}

int pooling_parse(const char *word, enum pooling *out)
{
    *out = strcmp(word, "mean") == 0 ? POOLING_MEAN : POOLING_LAST;
    return strcmp(word, pooling_name(*out)) == 0;
}

size_t param_size(const struct param *p)
{
    return (size_t)p->rows * (size_t)p->cols;
}

int param_prunable(const struct param *p)
{
    return p->kind == PARAM_W_X || p->kind == PARAM_W_H || p->kind == PARAM_W_R;
}

const char *net_meta(const struct net *net, const char *key)
{
    return json_text(json_member(net->meta, key));
}

enum status net_set_meta(struct net *net, const char *key, const char *text)
{
    return json_put_text(net->meta, key, text);
}

enum status net_check_data(const struct net *net, const struct dataset *ds)
{
    const struct net_shape *n = &net->shape;
    const int words = ds->n_in == 0 ? (int)vocab_size(ds->vocab) : 0;
    const int classes = dataset_n_classes(ds) + (n->task == TASK_CTC);
    if (!dataset_serves(ds, n->task))
        return fail(E_USAGE, "the net is for task %s, but %s is for task %s", task_name(n->task),
                    ds->name, task_name(ds->task));
    if (n->n_vocab != words || n->n_classes != classes)
        return fail(E_FORMAT,
                    "the net has an embedding of %d and a classifier of %d rows, but %s has %d "
                    "words and %d classes",
                    n->n_vocab, n->n_classes, ds->name, words, classes);
    if (ds->n_in != 0 && n->n_in != ds->n_in)
        return fail(E_FORMAT, "the net reads %d features, but %s has %d", n->n_in, ds->name,
                    ds->n_in);
    return OK;
}

void net_weights_changed(struct net *net)
{
    json_drop(net->meta, "quant");
}

enum status net_check_finite(const struct net *net)
{
    static const char *const name[] = {"embedding", "W_x",      "W_h",        "W_r",
                                       "bias",      "peephole", "classifier", "classifier bias"};
    for (int i = 0; i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        for (size_t j = 0; j < param_size(p); j++)
            if (!isfinite(net->data[p->at + j]))
                return fail(E_NUMERIC,
                            "layer %d %s: row %zu, column %zu is %g (expected finite weights)",
                            p->layer, name[p->kind], j / (size_t)p->cols, j % (size_t)p->cols,
                            (double)net->data[p->at + j]);
    }
    return OK;
}

enum status net_need_keep(struct net *net)
{
    if (net->keep != NULL)
        return OK;
    TRY(mem_new(&net->keep, net->n_data, 1));
    memset(net->keep, 1, net->n_data);
    return OK;
}

void net_apply_keep(const struct net *net, float *block)
{
    for (int i = 0; net->keep != NULL && i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        size_t end = p->at + param_size(p);
        for (size_t j = p->at; param_prunable(p) && j < end; j++)
            block[j] = net->keep[j] ? block[j] : 0;
    }
}

size_t net_nnz(const struct net *net)
{
    size_t nnz = 0;
    for (int i = 0; i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        for (size_t j = 0; param_prunable(p) && j < param_size(p); j++)
            nnz += net->data[p->at + j] != 0;
    }
    return nnz;
}

double net_sparsity(const struct net *net)
{
    size_t n = lstm_n_weights(&net->lstm);
    return n != 0 ? 1 - (double)net_nnz(net) / (double)n : 0;
}
