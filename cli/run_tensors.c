#include "cli/run_tensors.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "model/safetensors.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK_ROWS = 4096 }; /* samples of one call: enough for one large product, little memory */

/* h or c: how wide each layer is, and what its tensors are called. */
struct state_kind {
    const char *in, *out;
    int (*width)(const struct lstm_layer *y);
};

static int width_of_c(const struct lstm_layer *y)
{
    return y->n_hid;
}

static const struct state_kind state_h = {"h0", "hn", lstm_n_rec};
static const struct state_kind state_c = {"c0", "cn", width_of_c};

/* The width that all layers share, or 0. */
static int one_width(const struct lstm_net *net, const struct state_kind *k)
{
    int width = k->width(&net->layer[0]);
    for (int l = 1; l < net->n_layers; l++)
        if (k->width(&net->layer[l]) != width)
            return 0;
    return width;
}

static void write_shape(char out[160], int n_dims, const size_t *dim)
{
    int n = snprintf(out, 160, "[");
    for (int i = 0; i < n_dims; i++)
        n += snprintf(out + n, (size_t)(160 - n), "%s%zu", i != 0 ? ", " : "", dim[i]);
    snprintf(out + n, (size_t)(160 - n), "]");
}

/* E_FORMAT with both shapes unless the tensor has this one. */
static enum status check_shape(const struct st_file *f, const struct st_tensor *t, int n_dims,
                               const size_t *dim)
{
    char is[160], wanted[160];
    if (t->n_dims == n_dims && memcmp(t->dim, dim, (size_t)n_dims * sizeof *dim) == 0)
        return OK;
    write_shape(is, t->n_dims, t->dim);
    write_shape(wanted, n_dims, dim);
    return fail(E_FORMAT, "%s: tensor '%s' is %s (expected %s)", st_name(f), t->name, is, wanted);
}

static enum status check_input(const struct st_file *f, const struct lstm_net *net,
                               const struct st_tensor *t)
{
    char is[160];
    if (t == NULL)
        return fail(E_FORMAT, "%s: tensor 'input' is missing (expected [steps, batch, %d])",
                    st_name(f), net->layer[0].n_in);
    write_shape(is, t->n_dims, t->dim);
    if (t->n_dims != 3 || t->dim[2] != (size_t)net->layer[0].n_in)
        return fail(E_FORMAT,
                    "%s: tensor 'input' is %s (expected [steps, batch, %d], as layer 0 reads %d "
                    "values)",
                    st_name(f), is, net->layer[0].n_in, net->layer[0].n_in);
    if (t->dim[0] < 1 || t->dim[0] > INT_MAX || t->dim[1] < 1 || t->dim[1] > INT_MAX)
        return fail(E_FORMAT, "%s: tensor 'input' is %s (expected at least one step and sample)",
                    st_name(f), is);
    return OK;
}

static enum status allocate(struct run_tensors *t)
{
    const struct lstm_layer *first = &t->net->layer[0];
    const struct lstm_layer *last = &t->net->layer[t->net->n_layers - 1];
    size_t rows = (size_t)t->steps * (size_t)t->batch;
    TRY(mem_new(&t->x, rows, (size_t)first->n_in * sizeof *t->x));
    TRY(mem_new(&t->y, rows, (size_t)lstm_n_rec(last) * sizeof *t->y));
    TRY(mem_new(&t->h, lstm_h_size(t->net, 1), (size_t)t->batch * sizeof *t->h));
    return mem_new(&t->c, lstm_c_size(t->net, 1), (size_t)t->batch * sizeof *t->c);
}

/* Layers in turn: the layout of [layers,batch,width] and of one tensor a layer alike. */
static enum status read_state(const struct st_file *f, const struct run_tensors *t,
                              const struct state_kind *k, float *out)
{
    int width = one_width(t->net, k), n = width != 0 ? 1 : t->net->n_layers;
    for (int l = 0; l < n; l++) {
        char name[32];
        const size_t dim[3] = {(size_t)t->net->n_layers, (size_t)t->batch,
                               (size_t)k->width(&t->net->layer[l])};
        snprintf(name, sizeof name, width != 0 ? "%s" : "%s_l%d", k->in, l);
        const struct st_tensor *st = st_find(f, name);
        if (st != NULL && width != 0)
            TRY(check_shape(f, st, 3, dim));
        else if (st != NULL)
            TRY(check_shape(f, st, 2, dim + 1));
        if (st != NULL)
            TRY(st_floats(f, st, 0, out));
        out += dim[1] * dim[2];
    }
    return OK;
}

static enum status read_len(const struct st_file *f, struct run_tensors *t)
{
    const struct st_tensor *st = st_find(f, "len");
    const size_t dim[1] = {(size_t)t->batch};
    if (st == NULL)
        return OK;
    TRY(check_shape(f, st, 1, dim));
    TRY(mem_new(&t->len, (size_t)t->batch, sizeof *t->len));
    TRY(st_ints(f, st, t->len));
    for (int b = 0; b < t->batch; b++)
        if (t->len[b] < 0 || t->len[b] > t->steps)
            return fail(E_FORMAT, "%s: tensor 'len': element %d is %d (expected 0 to %d steps)",
                        st_name(f), b, t->len[b], t->steps);
    return OK;
}

/* 1 for the one name of a state, or for one of a layer where layers differ. */
static int is_state(const struct lstm_net *net, const struct state_kind *k, const char *name)
{
    char mine[32];
    if (one_width(net, k) != 0)
        return strcmp(name, k->in) == 0;
    for (int l = 0; l < net->n_layers; l++) {
        snprintf(mine, sizeof mine, "%s_l%d", k->in, l);
        if (strcmp(name, mine) == 0)
            return 1;
    }
    return 0;
}

static enum status check_names(const struct st_file *f, const struct lstm_net *net)
{
    for (size_t i = 0; i < st_count(f); i++) {
        const char *name = st_at(f, i)->name;
        if (strcmp(name, "input") != 0 && strcmp(name, "len") != 0 &&
            !is_state(net, &state_h, name) && !is_state(net, &state_c, name))
            return fail(E_FORMAT, "%s: unknown tensor '%s' (expected input, %s, %s or len)",
                        st_name(f), name, one_width(net, &state_h) != 0 ? "h0" : "h0_l0, h0_l1, ..",
                        one_width(net, &state_c) != 0 ? "c0" : "c0_l0, c0_l1, ..");
    }
    return OK;
}

static enum status read_all(const struct st_file *f, struct run_tensors *t)
{
    const struct st_tensor *input = st_find(f, "input");
    TRY(check_names(f, t->net));
    TRY(check_input(f, t->net, input));
    t->steps = (int)input->dim[0];
    t->batch = (int)input->dim[1];
    TRY(allocate(t));
    TRY(st_floats(f, input, 0, t->x));
    TRY(read_state(f, t, &state_h, t->h));
    TRY(read_state(f, t, &state_c, t->c));
    return read_len(f, t);
}

enum status run_tensors_read(const char *path, const struct lstm_net *net, struct run_tensors *out)
{
    struct st_file *f;
    *out = (struct run_tensors){.net = net};
    TRY(st_read(path, &f));
    enum status s = read_all(f, out);
    st_release(f);
    if (s != OK)
        run_tensors_release(out);
    return s;
}

void run_tensors_release(struct run_tensors *t)
{
    mem_free(t->x);
    mem_free(t->y);
    mem_free(t->h);
    mem_free(t->c);
    mem_free(t->len);
    *t = (struct run_tensors){0};
}

int run_tensors_chunk(const struct run_tensors *t)
{
    int n = t->batch < CHUNK_ROWS ? CHUNK_ROWS / t->batch : 1;
    return n < t->steps ? n : t->steps;
}

static int within(int v, int hi)
{
    return v < 0 ? 0 : v > hi ? hi : v;
}

static enum status run_chunks(struct run_tensors *t, struct lstm_plan *plan, int *len)
{
    const struct lstm_layer *last = &t->net->layer[t->net->n_layers - 1];
    size_t n_in = (size_t)t->net->layer[0].n_in, n_out = (size_t)lstm_n_rec(last);
    int chunk = run_tensors_chunk(t);
    for (int at = 0; at < t->steps; at += chunk) {
        size_t row = (size_t)at * (size_t)t->batch;
        struct lstm_io io = {.steps = within(t->steps - at, chunk),
                             .batch = t->batch,
                             .x = t->x + row * n_in,
                             .y = t->y + row * n_out,
                             .h = t->h,
                             .c = t->c,
                             .len = t->len != NULL ? len : NULL};
        for (int b = 0; t->len != NULL && b < t->batch; b++)
            len[b] = within(t->len[b] - at, io.steps);
        TRY(lstm_run(plan, &io));
    }
    return OK;
}

enum status run_tensors_run(struct run_tensors *t, struct lstm_plan *plan)
{
    int *len; /* of each sample in the chunk at hand */
    TRY(mem_new(&len, (size_t)t->batch, sizeof *len));
    enum status s = run_chunks(t, plan, len);
    mem_free(len);
    return s;
}

static enum status add_state(const struct run_tensors *t, const struct state_kind *k,
                             const float *data, struct st_writer *w)
{
    int width = one_width(t->net, k), n = width != 0 ? 1 : t->net->n_layers;
    for (int l = 0; l < n; l++) {
        char name[32];
        const size_t dim[3] = {(size_t)t->net->n_layers, (size_t)t->batch,
                               (size_t)k->width(&t->net->layer[l])};
        snprintf(name, sizeof name, width != 0 ? "%s" : "%s_l%d", k->out, l);
        if (width != 0)
            return st_writer_add(w, name, ST_F32, 3, dim, data);
        TRY(st_writer_add(w, name, ST_F32, 2, dim + 1, data));
        data += dim[1] * dim[2];
    }
    return OK;
}

static enum status add_all(const struct run_tensors *t, struct st_writer *w)
{
    const struct lstm_layer *last = &t->net->layer[t->net->n_layers - 1];
    const size_t dim[3] = {(size_t)t->steps, (size_t)t->batch, (size_t)lstm_n_rec(last)};
    TRY(st_writer_add(w, "output", ST_F32, 3, dim, t->y));
    TRY(add_state(t, &state_h, t->h, w));
    return add_state(t, &state_c, t->c, w);
}

enum status run_tensors_write(const struct run_tensors *t, const char *path)
{
    struct st_writer *w;
    TRY(st_writer_new(&w));
    enum status s = add_all(t, w);
    if (s == OK)
        s = st_writer_save(w, path);
    st_writer_release(w);
    return s;
}
