#include "model/checkpoint.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "model/weights.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char mask_name[] = "train.mask";
/* The name is older than metrics beside perplexity; checkpoints from then are still gone on
 * from. */
static const char valid_name[] = "train.valid_ppl";

static int is_there(const struct checkpoint_block *b)
{
    return b->is_there == NULL || *b->is_there;
}

static enum status check_finite(const struct net *net, const struct checkpoint *c)
{
    TRY(net_check_finite(net));
    for (int i = 0; i < c->n_blocks; i++)
        for (size_t j = 0; is_there(&c->block[i]) && j < c->block[i].n; j++)
            if (!isfinite(c->block[i].at[j]))
                return fail(E_NUMERIC, "tensor '%s': element %zu is %g (expected finite)",
                            c->block[i].name, j, (double)c->block[i].at[j]);
    return OK;
}

static enum status add_numbers(const struct checkpoint *c, struct st_writer *w)
{
    char text[128];
    TRY(st_writer_meta(w, "train.job", c->job));
    snprintf(text, sizeof text, "%zu", c->step);
    TRY(st_writer_meta(w, "train.step", text));
    snprintf(text, sizeof text, "%a", c->epoch_nll);
    TRY(st_writer_meta(w, "train.epoch_nll", text));
    snprintf(text, sizeof text, "%zu", c->epoch_tokens);
    TRY(st_writer_meta(w, "train.epoch_tokens", text));
    snprintf(text, sizeof text, "%a", c->loss);
    TRY(st_writer_meta(w, "train.loss", text));
    snprintf(text, sizeof text, "%a", c->valid);
    TRY(st_writer_meta(w, valid_name, text));
    snprintf(text, sizeof text, "%d", c->valid_due);
    TRY(st_writer_meta(w, "train.valid_due", text));
    snprintf(text, sizeof text, "%a %d %d %a", c->rate.best, c->rate.waited, c->rate.patience,
             c->rate.scale);
    TRY(st_writer_meta(w, "train.rate", text));
    snprintf(text, sizeof text, "%llx %llx", (unsigned long long)c->rng.opaque[0],
             (unsigned long long)c->rng.opaque[1]);
    return st_writer_meta(w, "train.rng", text);
}

static enum status add_all(const struct net *net, const struct checkpoint *c, struct st_writer *w)
{
    TRY(weights_add(net, w));
    for (int i = 0; i < c->n_blocks; i++)
        if (is_there(&c->block[i]))
            TRY(st_writer_add(w, c->block[i].name, ST_F32, 1, &c->block[i].n, c->block[i].at));
    if (c->has_mask && net->keep != NULL)
        TRY(st_writer_add(w, mask_name, ST_U8, 1, &net->n_data, net->keep));
    return add_numbers(c, w);
}

enum status checkpoint_save(const char *path, const struct net *net, const struct checkpoint *c)
{
    struct st_writer *w;
    enum status s = check_finite(net, c);
    if (s != OK)
        return fail_in(s, "%s: not written", path);
    TRY(st_writer_new(&w));
    s = add_all(net, c, w);
    if (s == OK)
        s = st_writer_save(w, path);
    st_writer_release(w);
    return s;
}

static enum status need(const struct st_file *f, const char *key, const char **text)
{
    *text = st_meta(f, key);
    return *text != NULL
               ? OK
               : fail(E_FORMAT, "%s: no checkpoint: __metadata__ '%s' is missing", st_name(f), key);
}

/* What the first version of checkpoints did not hold. */
static enum status read_rate(const struct st_file *f, struct checkpoint *c)
{
    const char *due = st_meta(f, "train.valid_due"), *rate = st_meta(f, "train.rate");
    const char *loss = st_meta(f, "train.loss");
    c->loss = loss != NULL ? strtod(loss, NULL) : NAN;
    c->valid_due = due != NULL && strcmp(due, "0") != 0;
    if (rate == NULL)
        return OK;
    if (sscanf(rate, "%la %d %d %la", &c->rate.best, &c->rate.waited, &c->rate.patience,
               &c->rate.scale) != 4)
        return fail(E_FORMAT, "%s: __metadata__ 'train.rate' is not four numbers", st_name(f));
    return OK;
}

static enum status read_numbers(const struct st_file *f, struct checkpoint *c)
{
    const char *text;
    unsigned long long a, b;
    TRY(need(f, "train.step", &text));
    c->step = (size_t)strtoull(text, NULL, 10);
    TRY(need(f, "train.epoch_nll", &text));
    c->epoch_nll = strtod(text, NULL);
    TRY(need(f, "train.epoch_tokens", &text));
    c->epoch_tokens = (size_t)strtoull(text, NULL, 10);
    TRY(need(f, valid_name, &text));
    c->valid = strtod(text, NULL);
    TRY(need(f, "train.rng", &text));
    if (sscanf(text, "%llx %llx", &a, &b) != 2)
        return fail(E_FORMAT, "%s: __metadata__ 'train.rng' is not two numbers", st_name(f));
    c->rng.opaque[0] = a;
    c->rng.opaque[1] = b;
    return read_rate(f, c);
}

static enum status check_job(const struct st_file *f, const struct checkpoint *c)
{
    const char *job;
    TRY(need(f, "train.job", &job));
    if (strcmp(job, c->job) == 0)
        return OK;
    return fail(E_USAGE,
                "%s: the checkpoint of another job (other weights, data or options; remove it to "
                "start anew)",
                st_name(f));
}

static enum status read_block(const struct st_file *f, struct checkpoint_block *b)
{
    const struct st_tensor *t = st_find(f, b->name);
    if (b->is_there != NULL)
        *b->is_there = t != NULL;
    if (t == NULL && b->is_there != NULL)
        return OK;
    if (t == NULL || t->n != b->n)
        return fail(E_FORMAT, "%s: tensor '%s' is missing or of another size", st_name(f), b->name);
    return st_floats(f, t, 1, b->at);
}

/* The mask, and what pruning set with it. */
static enum status read_mask(const struct st_file *f, const struct net *stored, struct net *net)
{
    const struct st_tensor *t = st_find(f, mask_name);
    const char *pattern = net_meta(stored, "pattern");
    if (t == NULL)
        return OK;
    if (t->type != ST_U8 || t->n != net->n_data)
        return fail(E_FORMAT, "%s: tensor '%s' is of another size", st_name(f), mask_name);
    TRY(net_need_keep(net));
    memcpy(net->keep, t->data, t->n);
    for (int l = 0; l < net->lstm.n_layers; l++) {
        net->lstm.layer[l].k_x = stored->lstm.layer[l].k_x;
        net->lstm.layer[l].k_h = stored->lstm.layer[l].k_h;
        net->lstm.layer[l].k_r = stored->lstm.layer[l].k_r;
    }
    return pattern != NULL ? net_set_meta(net, "pattern", pattern) : OK;
}

static enum status read_net(const struct st_file *f, struct net *net, const struct checkpoint *c)
{
    struct net *stored;
    TRY(weights_from(f, NULL, &stored));
    enum status s = OK;
    if (stored->n_data != net->n_data)
        s = fail(E_FORMAT, "%s: a net of another size", st_name(f));
    if (s == OK && c->has_mask)
        s = read_mask(f, stored, net);
    if (s == OK)
        memcpy(net->data, stored->data, net->n_data * sizeof *net->data);
    net_release(stored);
    return s;
}

static enum status read_all(const struct st_file *f, struct net *net, struct checkpoint *c)
{
    TRY(check_job(f, c));
    TRY(read_numbers(f, c));
    for (int i = 0; i < c->n_blocks; i++)
        TRY(read_block(f, &c->block[i]));
    return read_net(f, net, c);
}

enum status checkpoint_load(const char *path, struct net *net, struct checkpoint *c)
{
    struct st_file *f;
    TRY(st_read(path, &f));
    enum status s = read_all(f, net, c);
    st_release(f);
    return s;
}
