#include "model/bptt.h"

#include "base/mem.h"
#include "kernels/kern.h"
#include "model/bptt_layer.h"

#include <string.h>

static int widest(const struct net *net)
{
    int wide = net->shape.n_in;
    for (int l = 0; l < net->lstm.n_layers; l++) {
        const struct lstm_layer *y = &net->lstm.layer[l];
        wide = y->n_hid > wide ? y->n_hid : wide;
        wide = y->n_proj > wide ? y->n_proj : wide;
    }
    return wide;
}

static enum status init_layer(struct bptt *b, int l)
{
    const struct lstm_layer *y = bptt_shape(b, l);
    struct bptt_layer *m = &b->layer[l];
    size_t rows = bptt_area(b->max_steps, b->max_lanes), more = rows + (size_t)b->max_lanes;
    size_t n_hid = (size_t)y->n_hid * sizeof(float), n_rec = (size_t)lstm_n_rec(y) * sizeof(float);
    TRY(mem_new(&m->x, rows, (size_t)y->n_in * sizeof(float)));
    if ((l == 0 ? b->keep.in : b->keep.between) < 1)
        TRY(mem_new(&m->mask, rows, (size_t)y->n_in * sizeof(float)));
    TRY(mem_new(&m->z, rows, 4 * n_hid));
    TRY(mem_new(&m->c, more, n_hid));
    TRY(mem_new(&m->tanh_c, rows, n_hid));
    TRY(mem_new(&m->r, more, n_rec));
    if (y->n_proj == 0)
        return OK;
    TRY(mem_new(&m->h, rows, n_hid));
    return mem_new(&m->dr, rows, n_rec);
}

/* Floats of W_h in panels for one thread, whichever way it is packed. */
static size_t panel_size(const struct bptt *b)
{
    size_t most = 0;
    for (int l = 0; l < b->net->lstm.n_layers; l++) {
        const struct lstm_layer *y = bptt_shape(b, l);
        int parts = pool_threads(b->pool), n_rec = lstm_n_rec(y);
        size_t forward = 4 * tiles_size(n_rec, y->n_hid / parts + 2 * BPTT_GRAIN);
        size_t backward = tiles_size(4 * y->n_hid, n_rec / parts + 2 * BPTT_GRAIN);
        most = forward > most ? forward : most;
        most = backward > most ? backward : most;
    }
    return most;
}

static enum status init_rest(struct bptt *b)
{
    size_t rows = bptt_area(b->max_steps, b->max_lanes), lanes = (size_t)b->max_lanes;
    size_t wide = (size_t)widest(b->net) * sizeof(float);
    TRY(mem_new(&b->y, rows, wide));
    if (b->keep.out < 1)
        TRY(mem_new(&b->y_mask, rows, wide));
    TRY(mem_new(&b->dy, rows, wide));
    TRY(mem_new(&b->dx, rows, wide));
    TRY(mem_new(&b->dh, lanes, wide));
    TRY(mem_new(&b->dc, lanes, wide));
    TRY(mem_new(&b->dr, lanes, wide));
    TRY(mem_new(&b->dp, 3, wide));
    b->panel_size = panel_size(b);
    TRY(mem_new(&b->panels, (size_t)pool_threads(b->pool), b->panel_size * sizeof(float)));
    TRY(tiles_init(&b->tiles, b->pool));
    TRY(mem_new(&b->touched, rows, sizeof *b->touched));
    return mem_new(&b->seen, (size_t)b->net->shape.n_vocab, 1);
}

enum status bptt_init(struct bptt *b, const struct net *net, int max_steps, int max_lanes,
                      struct bptt_keep keep, struct rng *rng, struct pool *pool)
{
    enum status s = OK;
    *b = (struct bptt){.net = net,
                       .pool = pool,
                       .max_steps = max_steps,
                       .max_lanes = max_lanes,
                       .lanes = max_lanes,
                       .keep = keep,
                       .rng = rng};
    for (int l = 0; s == OK && l < net->lstm.n_layers; l++)
        s = init_layer(b, l);
    if (s == OK)
        s = init_rest(b);
    if (s != OK)
        bptt_release(b);
    return s;
}

void bptt_release(struct bptt *b)
{
    for (int l = 0; l < LSTM_MAX_LAYERS; l++) {
        struct bptt_layer *m = &b->layer[l];
        float *all[] = {m->x, m->mask, m->z, m->c, m->tanh_c, m->h, m->r, m->dr};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)
            mem_free(all[i]);
    }
    float *all[] = {b->y, b->y_mask, b->dy, b->dx, b->dh, b->dc, b->dr, b->dp, b->panels};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        mem_free(all[i]);
    tiles_release(&b->tiles);
    mem_free(b->touched);
    mem_free(b->seen);
    *b = (struct bptt){0};
}

void bptt_reset(struct bptt *b)
{
    for (int l = 0; l < b->net->lstm.n_layers; l++) {
        const struct lstm_layer *y = bptt_shape(b, l);
        memset(b->layer[l].r, 0, bptt_area(b->max_lanes, lstm_n_rec(y)) * sizeof(float));
        memset(b->layer[l].c, 0, bptt_area(b->max_lanes, y->n_hid) * sizeof(float));
    }
}

void bptt_get_state(const struct bptt *b, int lanes, float *state)
{
    for (int l = 0; l < b->net->lstm.n_layers; l++) {
        size_t n = bptt_area(lanes, lstm_n_rec(bptt_shape(b, l)));
        memcpy(state, b->layer[l].r, n * sizeof *state);
        state += n;
    }
    for (int l = 0; l < b->net->lstm.n_layers; l++) {
        size_t n = bptt_area(lanes, bptt_shape(b, l)->n_hid);
        memcpy(state, b->layer[l].c, n * sizeof *state);
        state += n;
    }
}

void bptt_set_state(struct bptt *b, int lanes, const float *state)
{
    for (int l = 0; l < b->net->lstm.n_layers; l++) {
        size_t n = bptt_area(lanes, lstm_n_rec(bptt_shape(b, l)));
        memcpy(b->layer[l].r, state, n * sizeof *state);
        state += n;
    }
    for (int l = 0; l < b->net->lstm.n_layers; l++) {
        size_t n = bptt_area(lanes, bptt_shape(b, l)->n_hid);
        memcpy(b->layer[l].c, state, n * sizeof *state);
        state += n;
    }
}

/* The batch's rows as layer 0 reads them, without dropout. */
static void load(const struct bptt *b, const struct batch *batch, float *x)
{
    const struct param *p = net_param(b->net, PARAM_EMBEDDING, 0);
    size_t n = (size_t)b->net->shape.n_in, rows = bptt_area(b->steps, b->lanes);
    if (p == NULL) {
        memcpy(x, batch->frames, rows * n * sizeof(float));
        return;
    }
    for (size_t i = 0; i < rows; i++)
        memcpy(x + i * n, b->net->data + p->at + (size_t)batch->tokens[i] * n, n * sizeof(float));
}

/* Draws a mask and applies it; nothing without dropout. */
static void drop(struct bptt *b, float keep, float *mask, float *x, size_t n)
{
    if (mask == NULL)
        return;
    rng_dropout(b->rng, mask, n, keep);
    for (size_t i = 0; i < n; i++)
        x[i] *= mask[i];
}

static void undrop(const float *mask, float *dx, size_t n)
{
    for (size_t i = 0; mask != NULL && i < n; i++)
        dx[i] *= mask[i];
}

void bptt_forward(struct bptt *b, const struct batch *batch)
{
    int top = b->net->lstm.n_layers - 1, steps = batch->steps, lanes = batch->lanes;
    b->steps = steps;
    b->lanes = lanes;
    load(b, batch, top >= 0 ? b->layer[0].x : b->y);
    for (int l = 0; l <= top; l++) {
        const struct lstm_layer *y = bptt_shape(b, l);
        size_t step_r = bptt_area(lanes, lstm_n_rec(y));
        drop(b, l == 0 ? b->keep.in : b->keep.between, b->layer[l].mask, b->layer[l].x,
             bptt_area(steps * lanes, y->n_in));
        bptt_layer_forward(b, l);
        memcpy(l < top ? b->layer[l + 1].x : b->y, b->layer[l].r + step_r,
               (size_t)steps * step_r * sizeof(float));
    }
    drop(b, b->keep.out, b->y_mask, b->y, bptt_area(steps * lanes, net_n_out(b->net)));
}

/* To block 0. */
void bptt_carry(struct bptt *b)
{
    for (int l = 0; l < b->net->lstm.n_layers; l++) {
        const struct lstm_layer *y = bptt_shape(b, l);
        size_t n_r = bptt_area(b->lanes, lstm_n_rec(y)), n_c = bptt_area(b->lanes, y->n_hid);
        struct bptt_layer *m = &b->layer[l];
        memcpy(m->r, m->r + (size_t)b->steps * n_r, n_r * sizeof(float));
        memcpy(m->c, m->c + (size_t)b->steps * n_c, n_c * sizeof(float));
    }
}

static void backward_embedding(struct bptt *b, const int32_t *tokens, const float *dx, float *grad)
{
    const struct param *p = net_param(b->net, PARAM_EMBEDDING, 0);
    size_t n = (size_t)p->cols;
    for (size_t i = 0; i < bptt_area(b->steps, b->lanes); i++) {
        int32_t id = tokens[i];
        if (!b->seen[id])
            b->touched[b->n_touched++] = id;
        b->seen[id] = 1;
        kern_get()->axpy(1, dx + i * n, grad + p->at + (size_t)id * n, n);
    }
}

void bptt_backward(struct bptt *b, const struct batch *batch, float *grad)
{
    int top = b->net->lstm.n_layers - 1;
    undrop(b->y_mask, b->dy, bptt_area(b->steps * b->lanes, net_n_out(b->net)));
    for (int l = top; l >= 0; l--) {
        bptt_layer_backward(b, l, grad);
        undrop(b->layer[l].mask, b->dx, bptt_area(b->steps * b->lanes, bptt_shape(b, l)->n_in));
        float *below = b->dx;
        b->dx = b->dy;
        b->dy = below;
    }
    if (b->net->shape.n_vocab != 0)
        backward_embedding(b, batch->tokens, b->dy, grad);
    bptt_carry(b);
}

void bptt_clear_touched(struct bptt *b, float *grad)
{
    const struct param *p = net_param(b->net, PARAM_EMBEDDING, 0);
    for (size_t i = 0; i < b->n_touched; i++) {
        memset(grad + p->at + bptt_area(b->touched[i], p->cols), 0, (size_t)p->cols * sizeof *grad);
        b->seen[b->touched[i]] = 0;
    }
    b->n_touched = 0;
}
