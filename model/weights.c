#include "model/weights.h"

#include "base/file.h"
#include "base/mem.h"
#include "model/stack_names.h"
#include "model/weights_mask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SIDE = 1 << 26, MAX_DELAY = 1000 }; /* rows or columns of a matrix; frames */

/* Metadata that is derived from the net and so not kept in net->meta. */
static const char *const derived[] = {"k_x",  "k_h",  "k_r",   "task",
                                      "tied", "pool", "delay", "layers"};

static enum status check_dims(const struct st_file *f, const struct st_tensor *t, int n_dims,
                              size_t d0, size_t d1)
{
    if (t->n_dims != n_dims || t->dim[0] != d0 || (n_dims == 2 && t->dim[1] != d1))
        return n_dims == 2
                   ? fail(E_FORMAT, "%s: tensor '%s' has another shape (expected [%zu, %zu])",
                          st_name(f), t->name, d0, d1)
                   : fail(E_FORMAT, "%s: tensor '%s' has another shape (expected [%zu])",
                          st_name(f), t->name, d0);
    return OK;
}

static enum status need_matrix(const struct st_file *f, const struct st_tensor *t, int rows_by)
{
    if (t->n_dims != 2 || t->dim[0] == 0 || t->dim[1] == 0 || t->dim[0] > MAX_SIDE ||
        t->dim[1] > MAX_SIDE || t->dim[0] % (size_t)rows_by != 0)
        return fail(E_FORMAT, "%s: tensor '%s' is no matrix of %s%d to %d rows and columns",
                    st_name(f), t->name, rows_by == 4 ? "4*n_hid, " : "", 1, MAX_SIDE);
    return OK;
}

/* The tensors of one layer; those that may be missing are NULL. */
struct layer_tensors {
    const struct st_tensor *ih, *hh, *bias_ih, *bias_hh, *hr, *peephole;
};

static enum status find_layer(const struct st_file *f, const char *prefix, int l,
                              struct layer_tensors *out)
{
    out->ih = stack_tensor(f, prefix, "weight_ih", l);
    out->hh = stack_tensor(f, prefix, "weight_hh", l);
    out->bias_ih = stack_tensor(f, prefix, "bias_ih", l);
    out->bias_hh = stack_tensor(f, prefix, "bias_hh", l);
    out->hr = stack_tensor(f, prefix, "weight_hr", l);
    out->peephole = stack_tensor(f, prefix, "peephole", l);
    if (out->ih == NULL || out->hh == NULL)
        return fail(E_FORMAT, "%s: tensor '%sweight_%s_l%d' is missing", st_name(f), prefix,
                    out->ih == NULL ? "ih" : "hh", l);
    return OK;
}

/* Shapes of one layer into the net's shape; n_in is what the layer below writes (0: layer 0). */
static enum status shape_layer(const struct st_file *f, const struct layer_tensors *t, int l,
                               struct net_shape *s)
{
    TRY(need_matrix(f, t->ih, 4));
    size_t rows = t->ih->dim[0], n_hid = rows / 4, n_rec = n_hid;
    if (t->hr != NULL) {
        TRY(need_matrix(f, t->hr, 1));
        n_rec = t->hr->dim[0];
        TRY(check_dims(f, t->hr, 2, n_rec, n_hid));
    }
    TRY(check_dims(f, t->hh, 2, rows, n_rec));
    if (l > 0)
        TRY(check_dims(f, t->ih, 2, rows,
                       (size_t)(s->n_proj[l - 1] != 0 ? s->n_proj[l - 1] : s->n_hid[l - 1])));
    else
        s->n_in = (int)t->ih->dim[1];
    if (t->bias_ih != NULL)
        TRY(check_dims(f, t->bias_ih, 1, rows, 0));
    if (t->bias_hh != NULL)
        TRY(check_dims(f, t->bias_hh, 1, rows, 0));
    if (t->peephole != NULL)
        TRY(check_dims(f, t->peephole, 2, 3, n_hid));
    s->n_hid[l] = (int)n_hid;
    s->n_proj[l] = t->hr != NULL ? (int)n_rec : 0;
    s->peephole |= t->peephole != NULL;
    return OK;
}

/* Columns that a classifier must have. */
static size_t classifier_cols(const struct net_shape *s)
{
    int top = s->n_layers - 1;
    if (top < 0)
        return (size_t)s->n_in;
    return (size_t)(s->n_proj[top] != 0 ? s->n_proj[top] : s->n_hid[top]);
}

/* A tied file may leave the second name out. */
static enum status read_tied(const struct st_file *f, int has_embedding, struct net_shape *s)
{
    const char *tied = st_meta(f, "tied");
    if (tied == NULL || strcmp(tied, "0") == 0)
        return OK;
    if (strcmp(tied, "1") != 0)
        return fail(E_FORMAT, "%s: __metadata__ tied is '%s' (expected 0 or 1)", st_name(f), tied);
    if (!has_embedding)
        return fail(E_FORMAT, "%s: __metadata__ says tied, but 'embedding.weight' is missing",
                    st_name(f));
    s->tied = 1;
    if (s->n_classes == 0)
        s->n_classes = s->n_vocab;
    if (s->n_classes != s->n_vocab || (size_t)s->n_in != classifier_cols(s))
        return fail(E_FORMAT,
                    "%s: __metadata__ says tied, but the embedding is [%d, %d] and the classifier "
                    "[%d, %zu]",
                    st_name(f), s->n_vocab, s->n_in, s->n_classes, classifier_cols(s));
    return OK;
}

static enum status shape_ends(const struct st_file *f, const struct st_tensor *embedding,
                              const struct st_tensor *classifier, const struct st_tensor *bias,
                              struct net_shape *s)
{
    if (embedding != NULL) {
        TRY(need_matrix(f, embedding, 1));
        if (s->n_layers == 0)
            s->n_in = (int)embedding->dim[1];
        TRY(check_dims(f, embedding, 2, embedding->dim[0], (size_t)s->n_in));
        s->n_vocab = (int)embedding->dim[0];
    }
    if (classifier != NULL) {
        TRY(need_matrix(f, classifier, 1));
        TRY(check_dims(f, classifier, 2, classifier->dim[0], classifier_cols(s)));
        s->n_classes = (int)classifier->dim[0];
    }
    TRY(read_tied(f, embedding != NULL, s));
    if (s->n_classes != 0 && bias != NULL)
        TRY(check_dims(f, bias, 1, (size_t)s->n_classes, 0));
    return OK;
}

static float *place(struct net *net, enum param_kind kind, int layer)
{
    return net->data + net_param(net, kind, layer)->at;
}

static enum status fill(const struct st_file *f, const struct st_tensor *t, float *out)
{
    return t != NULL ? st_floats(f, t, 1, out) : OK;
}

static enum status fill_bias(const struct st_file *f, const struct layer_tensors *t, float *bias,
                             size_t n)
{
    float *more;
    TRY(fill(f, t->bias_ih, bias));
    if (t->bias_hh == NULL)
        return OK;
    TRY(mem_new(&more, n, sizeof *more));
    enum status s = st_floats(f, t->bias_hh, 1, more);
    for (size_t i = 0; s == OK && i < n; i++) {
        bias[i] += more[i];
        if (!isfinite(bias[i]))
            s = fail(E_FORMAT, "%s: tensor '%s': element %zu plus bias_ih is %g (expected finite)",
                     st_name(f), t->bias_hh->name, i, (double)bias[i]);
    }
    mem_free(more);
    return s;
}

static enum status fill_layer(const struct st_file *f, const struct layer_tensors *t, int l,
                              struct net *net)
{
    TRY(fill(f, t->ih, place(net, PARAM_W_X, l)));
    TRY(fill(f, t->hh, place(net, PARAM_W_H, l)));
    if (t->hr != NULL)
        TRY(fill(f, t->hr, place(net, PARAM_W_R, l)));
    if (t->peephole != NULL)
        TRY(fill(f, t->peephole, place(net, PARAM_PEEPHOLE, l)));
    return fill_bias(f, t, place(net, PARAM_BIAS, l), 4 * (size_t)net->shape.n_hid[l]);
}

static enum status keep_meta(void *ctx, const char *key, const struct json *v)
{
    for (size_t i = 0; i < sizeof derived / sizeof *derived; i++)
        if (strcmp(key, derived[i]) == 0)
            return OK;
    return net_set_meta(ctx, key, json_text(v));
}

/* The second copy of a tied matrix. */
static enum status check_tied(const struct st_file *f, const struct st_tensor *classifier,
                              const struct net *net)
{
    const struct param *p = net_param(net, PARAM_EMBEDDING, 0);
    float *copy;
    TRY(mem_new(&copy, param_size(p), sizeof *copy));
    enum status s = st_floats(f, classifier, 1, copy);
    if (s == OK && memcmp(copy, net->data + p->at, param_size(p) * sizeof *copy) != 0)
        s = fail(E_FORMAT,
                 "%s: __metadata__ says tied, but tensor '%s' differs from 'embedding.weight'",
                 st_name(f), classifier->name);
    mem_free(copy);
    return s;
}

static enum status fill_net(const struct st_file *f, const struct layer_tensors *t,
                            const struct st_tensor *embedding, const struct st_tensor *classifier,
                            const struct st_tensor *bias, struct net *net)
{
    for (int l = 0; l < net->shape.n_layers; l++)
        TRY(fill_layer(f, &t[l], l, net));
    if (embedding != NULL)
        TRY(fill(f, embedding, place(net, PARAM_EMBEDDING, 0)));
    if (classifier != NULL && net->shape.tied)
        TRY(check_tied(f, classifier, net));
    else if (classifier != NULL)
        TRY(fill(f, classifier, place(net, PARAM_CLASSIFIER, 0)));
    if (net->shape.n_classes != 0)
        TRY(fill(f, bias, place(net, PARAM_CLASSIFIER_BIAS, 0)));
    TRY(weights_mask(f, net));
    return st_meta_each(f, keep_meta, net);
}

static enum status read_task(const struct st_file *f, enum task *out)
{
    const char *word = st_meta(f, "task");
    *out = TASK_LM;
    if (word != NULL && task_parse(word, out) != OK)
        return fail(E_FORMAT, "%s: __metadata__ task is '%s'", st_name(f), word);
    return OK;
}

/* How the classifier reads the outputs. */
static enum status read_head(const struct st_file *f, struct net_shape *s)
{
    const char *pool = st_meta(f, "pool"), *delay = st_meta(f, "delay");
    char *end;
    if (pool != NULL && !pooling_parse(pool, &s->pooling))
        return fail(E_FORMAT, "%s: __metadata__ pool is '%s' (expected last or mean)", st_name(f),
                    pool);
    if (delay == NULL)
        return OK;
    long v = strtol(delay, &end, 10);
    if (end == delay || *end != '\0' || v < 0 || v > MAX_DELAY)
        return fail(E_FORMAT, "%s: __metadata__ delay is '%s' (expected 0 to %d frames)",
                    st_name(f), delay, MAX_DELAY);
    s->delay = (int)v;
    return OK;
}

/* A control without an LSTM says so; any other file must have one. */
static enum status find_stack(const struct st_file *f, const char *prefix, char found[STACK_PREFIX],
                              int *n_layers)
{
    const char *layers = st_meta(f, "layers");
    *n_layers = 0;
    found[0] = '\0';
    return layers != NULL && strcmp(layers, "0") == 0 ? OK : stack_find(f, prefix, found, n_layers);
}

enum status weights_from(const struct st_file *f, const char *prefix, struct net **out)
{
    char found[STACK_PREFIX];
    struct layer_tensors t[LSTM_MAX_LAYERS];
    const struct st_tensor *embedding, *classifier, *bias;
    struct net_shape shape = {0};
    *out = NULL;
    TRY(find_stack(f, prefix, found, &shape.n_layers));
    for (int l = 0; l < shape.n_layers; l++) {
        TRY(find_layer(f, found, l, &t[l]));
        TRY(shape_layer(f, &t[l], l, &shape));
    }
    TRY(stack_end(f, "embedding.weight", &embedding));
    TRY(stack_end(f, "classifier.weight", &classifier));
    TRY(stack_end(f, "classifier.bias", &bias));
    TRY(shape_ends(f, embedding, classifier, bias, &shape));
    TRY(read_task(f, &shape.task));
    TRY(read_head(f, &shape));
    TRY(net_new(&shape, out));
    enum status s = fill_net(f, t, embedding, classifier, bias, *out);
    if (s != OK) {
        net_release(*out);
        *out = NULL;
    }
    return s;
}

enum status weights_load(const char *path, const char *prefix, struct net **out)
{
    struct st_file *f;
    char hex[HASH_HEX];
    *out = NULL;
    TRY(st_read(path, &f));
    enum status s = weights_from(f, prefix, out);
    st_release(f);
    TRY(s);
    s = hash_file(path, hex);
    if (s == OK) {
        memcpy((*out)->sha256, hex, sizeof hex);
        return OK;
    }
    net_release(*out);
    *out = NULL;
    return s;
}

enum status weights_others(const char *path, const char *prefix,
                           void (*fn)(void *ctx, const char *name), void *ctx)
{
    struct st_file *f;
    char found[STACK_PREFIX];
    int n_layers;
    TRY(st_read(path, &f));
    enum status s = find_stack(f, prefix, found, &n_layers);
    if (s == OK)
        stack_others(f, found, n_layers, fn, ctx);
    st_release(f);
    return s;
}

enum status weights_vocab(const struct net *net, const char *name, struct vocab **out)
{
    const char *text = net_meta(net, "vocab");
    if (text == NULL)
        return fail(E_FORMAT, "%s: holds no vocabulary (give it with --vocab FILE, a word a line)",
                    name);
    TRY(vocab_parse(text, name, out));
    if (vocab_size(*out) != (size_t)net->shape.n_vocab) {
        size_t n = vocab_size(*out);
        vocab_release(*out);
        *out = NULL;
        return fail(E_FORMAT, "%s: %zu words for an embedding of %d rows", name, n,
                    net->shape.n_vocab);
    }
    return OK;
}
