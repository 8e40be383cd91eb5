#include "model/checkpoint.h"

#include "model/weights.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum status add_all(const struct net *net, const struct checkpoint *c, struct st_writer *w)
{
    char text[64];
    const size_t n_state[1] = {c->n_state};
    TRY(weights_add(net, w));
    TRY(st_writer_add(w, "train.state", ST_F32, 1, n_state, c->state));
    TRY(st_writer_meta(w, "train.job", c->job));
    snprintf(text, sizeof text, "%zu", c->step);
    TRY(st_writer_meta(w, "train.step", text));
    snprintf(text, sizeof text, "%a", c->epoch_nll);
    TRY(st_writer_meta(w, "train.epoch_nll", text));
    snprintf(text, sizeof text, "%zu", c->epoch_tokens);
    TRY(st_writer_meta(w, "train.epoch_tokens", text));
    snprintf(text, sizeof text, "%a", c->valid_ppl);
    TRY(st_writer_meta(w, "train.valid_ppl", text));
    snprintf(text, sizeof text, "%llx %llx", (unsigned long long)c->rng.opaque[0],
             (unsigned long long)c->rng.opaque[1]);
    return st_writer_meta(w, "train.rng", text);
}

enum status checkpoint_save(const char *path, const struct net *net, const struct checkpoint *c)
{
    struct st_writer *w;
    TRY(st_writer_new(&w));
    enum status s = add_all(net, c, w);
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
    TRY(need(f, "train.valid_ppl", &text));
    c->valid_ppl = strtod(text, NULL);
    TRY(need(f, "train.rng", &text));
    if (sscanf(text, "%llx %llx", &a, &b) != 2)
        return fail(E_FORMAT, "%s: __metadata__ 'train.rng' is not two numbers", st_name(f));
    c->rng.opaque[0] = a;
    c->rng.opaque[1] = b;
    return OK;
}

static enum status read_all(const struct st_file *f, struct net *net, struct checkpoint *c)
{
    struct net *stored;
    const char *job;
    const struct st_tensor *state = st_find(f, "train.state");
    TRY(need(f, "train.job", &job));
    if (strcmp(job, c->job) != 0)
        return fail(
            E_USAGE,
            "%s: the checkpoint of another job (other weights, data or options; remove it to "
            "start anew)",
            st_name(f));
    if (state == NULL || state->n != c->n_state)
        return fail(E_FORMAT, "%s: tensor 'train.state' is missing or of another size", st_name(f));
    TRY(read_numbers(f, c));
    TRY(st_floats(f, state, 1, c->state));
    TRY(weights_from(f, NULL, &stored));
    if (stored->n_data != net->n_data) {
        net_release(stored);
        return fail(E_FORMAT, "%s: a net of another size", st_name(f));
    }
    memcpy(net->data, stored->data, net->n_data * sizeof *net->data);
    net_release(stored);
    return OK;
}

enum status checkpoint_load(const char *path, struct net *net, struct checkpoint *c)
{
    struct st_file *f;
    TRY(st_read(path, &f));
    enum status s = read_all(f, net, c);
    st_release(f);
    return s;
}
