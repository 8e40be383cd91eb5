#include "base/mem.h"
#include "model/weights.h"

#include <stdio.h>
#include <string.h>

/* The tensor name of a parameter. */
static void name_of(const struct param *p, char out[64])
{
    static const char *const layered[] = {[PARAM_W_X] = "weight_ih",
                                          [PARAM_W_H] = "weight_hh",
                                          [PARAM_W_R] = "weight_hr",
                                          [PARAM_BIAS] = "bias_ih",
                                          [PARAM_PEEPHOLE] = "peephole"};
    if (p->kind == PARAM_EMBEDDING)
        snprintf(out, 64, "embedding.weight");
    else if (p->kind == PARAM_CLASSIFIER)
        snprintf(out, 64, "classifier.weight");
    else if (p->kind == PARAM_CLASSIFIER_BIAS)
        snprintf(out, 64, "classifier.bias");
    else
        snprintf(out, 64, "%s_l%d", layered[p->kind], p->layer);
}

static enum status add_param(const struct net *net, const struct param *p, struct st_writer *w)
{
    char name[64];
    const size_t dim[2] = {(size_t)p->rows, (size_t)p->cols};
    int vector = p->kind == PARAM_BIAS || p->kind == PARAM_CLASSIFIER_BIAS;
    name_of(p, name);
    return st_writer_add(w, name, ST_F32, vector ? 1 : 2, dim, net->data + p->at);
}

/* bias_hh of zeros beside the one trained bias, so that PyTorch finds both. The zeros must outlive
 * the writer: a block of the longest bias, kept for the process. */
static enum status add_zero_bias(const struct param *p, struct st_writer *w)
{
    static const float zeros[1 << 16];
    char name[64];
    const size_t dim[1] = {(size_t)p->rows};
    if (dim[0] > sizeof zeros / sizeof *zeros)
        return OK; /* a missing bias is 0 when it is read */
    snprintf(name, sizeof name, "bias_hh_l%d", p->layer);
    return st_writer_add(w, name, ST_F32, 1, dim, zeros);
}

static enum status add_counts(const struct net *net, const char *key, int which,
                              struct st_writer *w)
{
    struct strbuf b = {0};
    for (int l = 0; l < net->lstm.n_layers; l++) {
        const struct lstm_layer *y = &net->lstm.layer[l];
        strbuf_addf(&b, "%s%d", l != 0 ? ";" : "",
                    which == 0   ? y->k_x
                    : which == 1 ? y->k_h
                                 : y->k_r);
    }
    enum status s = strbuf_check(&b);
    if (s == OK)
        s = st_writer_meta(w, key, b.s);
    strbuf_release(&b);
    return s;
}

/* PyTorch's state dict of a tied net has both names. */
static enum status add_tied(const struct net *net, struct st_writer *w)
{
    const struct param *p = net_param(net, PARAM_EMBEDDING, 0);
    const size_t dim[2] = {(size_t)p->rows, (size_t)p->cols};
    return st_writer_add(w, "classifier.weight", ST_F32, 2, dim, net->data + p->at);
}

static enum status add_string(void *ctx, const char *key, const struct json *v)
{
    return st_writer_meta(ctx, key, json_text(v));
}

/* How the classifier reads the outputs; nothing of a language model, whose files stay as they
 * were. */
static enum status add_head(const struct net_shape *s, struct st_writer *w)
{
    char text[16];
    if (s->n_layers == 0)
        TRY(st_writer_meta(w, "layers", "0"));
    if (s->task == TASK_CLASSIFY)
        return st_writer_meta(w, "pool", pooling_name(s->pooling));
    snprintf(text, sizeof text, "%d", s->delay);
    return s->task == TASK_FRAMES ? st_writer_meta(w, "delay", text) : OK;
}

enum status weights_add(const struct net *net, struct st_writer *w)
{
    static const char *const count[] = {"k_x", "k_h", "k_r"};
    for (int i = 0; i < net->n_params; i++) {
        if (net->shape.tied && net->param[i].kind == PARAM_CLASSIFIER_BIAS)
            TRY(add_tied(net, w));
        TRY(add_param(net, &net->param[i], w));
        if (net->param[i].kind == PARAM_BIAS)
            TRY(add_zero_bias(&net->param[i], w));
    }
    TRY(json_each(net->meta, add_string, w));
    for (int which = 0; net->shape.n_layers != 0 && which < 3; which++)
        TRY(add_counts(net, count[which], which, w));
    if (net->shape.n_classes != 0)
        TRY(st_writer_meta(w, "task", task_name(net->shape.task)));
    if (net->shape.task != TASK_LM)
        TRY(add_head(&net->shape, w));
    return st_writer_meta(w, "tied", net->shape.tied ? "1" : "0");
}

enum status weights_save(struct net *net, const char *path)
{
    struct st_writer *w;
    enum status s = net_check_finite(net);
    if (s != OK)
        return fail_in(s, "%s: not written", path);
    TRY(st_writer_new(&w));
    s = weights_add(net, w);
    if (s == OK)
        s = st_writer_save(w, path);
    st_writer_release(w);
    TRY(s);
    return hash_file(path, net->sha256);
}
