#include "model/bptt.h"

#include "base/mem.h"
#include "kernels/gemm.h"
#include "kernels/kern.h"

#include <string.h>

/* Number of floats of `rows` rows, or of one step of them. */
static size_t area(int rows, int cols)
{
    return (size_t)rows * (size_t)cols;
}

static const struct lstm_layer *shape(const struct bptt *b, int l)
{
    return &b->net->lstm.layer[l];
}

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
    const struct lstm_layer *y = shape(b, l);
    struct bptt_layer *m = &b->layer[l];
    size_t rows = area(b->max_steps, b->max_lanes), more = rows + (size_t)b->max_lanes;
    size_t n_hid = (size_t)y->n_hid * sizeof(float), n_rec = (size_t)lstm_n_rec(y) * sizeof(float);
    TRY(mem_new(&m->x, rows, (size_t)y->n_in * sizeof(float)));
    if (b->keep < 1)
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

static enum status init_rest(struct bptt *b)
{
    size_t rows = area(b->max_steps, b->max_lanes), lanes = (size_t)b->max_lanes;
    size_t wide = (size_t)widest(b->net) * sizeof(float);
    TRY(mem_new(&b->y, rows, wide));
    if (b->keep < 1)
        TRY(mem_new(&b->y_mask, rows, wide));
    TRY(mem_new(&b->dy, rows, wide));
    TRY(mem_new(&b->dx, rows, wide));
    TRY(mem_new(&b->dh, lanes, wide));
    TRY(mem_new(&b->dc, lanes, wide));
    TRY(mem_new(&b->dr, lanes, wide));
    TRY(mem_new(&b->dp, 3 * (size_t)pool_threads(b->pool), wide));
    TRY(mem_new(&b->touched, rows, sizeof *b->touched));
    return mem_new(&b->seen, (size_t)b->net->shape.n_vocab, 1);
}

enum status bptt_init(struct bptt *b, const struct net *net, int max_steps, int max_lanes,
                      float keep, struct rng *rng, struct pool *pool)
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
    float *all[] = {b->y, b->y_mask, b->dy, b->dx, b->dh, b->dc, b->dr, b->dp};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        mem_free(all[i]);
    mem_free(b->touched);
    mem_free(b->seen);
    *b = (struct bptt){0};
}

void bptt_reset(struct bptt *b)
{
    for (int l = 0; l < b->net->lstm.n_layers; l++) {
        const struct lstm_layer *y = shape(b, l);
        memset(b->layer[l].r, 0, area(b->max_lanes, lstm_n_rec(y)) * sizeof(float));
        memset(b->layer[l].c, 0, area(b->max_lanes, y->n_hid) * sizeof(float));
    }
}

void bptt_get_state(const struct bptt *b, int lanes, float *state)
{
    for (int l = 0; l < b->net->lstm.n_layers; l++) {
        size_t n = area(lanes, lstm_n_rec(shape(b, l)));
        memcpy(state, b->layer[l].r, n * sizeof *state);
        state += n;
    }
    for (int l = 0; l < b->net->lstm.n_layers; l++) {
        size_t n = area(lanes, shape(b, l)->n_hid);
        memcpy(state, b->layer[l].c, n * sizeof *state);
        state += n;
    }
}

void bptt_set_state(struct bptt *b, int lanes, const float *state)
{
    for (int l = 0; l < b->net->lstm.n_layers; l++) {
        size_t n = area(lanes, lstm_n_rec(shape(b, l)));
        memcpy(b->layer[l].r, state, n * sizeof *state);
        state += n;
    }
    for (int l = 0; l < b->net->lstm.n_layers; l++) {
        size_t n = area(lanes, shape(b, l)->n_hid);
        memcpy(b->layer[l].c, state, n * sizeof *state);
        state += n;
    }
}

static void embed(struct bptt *b, const int32_t *tokens)
{
    const struct param *p = net_param(b->net, PARAM_EMBEDDING, 0);
    size_t n = (size_t)p->cols;
    for (size_t i = 0; i < area(b->steps, b->lanes); i++)
        memcpy(b->layer[0].x + i * n, b->net->data + p->at + (size_t)tokens[i] * n,
               n * sizeof(float));
}

/* Draws a mask and applies it; nothing without dropout. */
static void drop(struct bptt *b, float *mask, float *x, size_t n)
{
    if (mask == NULL)
        return;
    rng_dropout(b->rng, mask, n, b->keep);
    for (size_t i = 0; i < n; i++)
        x[i] *= mask[i];
}

static void undrop(const float *mask, float *dx, size_t n)
{
    for (size_t i = 0; mask != NULL && i < n; i++)
        dx[i] *= mask[i];
}

/* The cells of one step, lanes split over the pool; forward or backward. */
struct cells {
    struct bptt *b;
    int l, t;
    float *dp; /* backward with peepholes: [parts][3][n_hid], else NULL */
};

static void forward_part(void *ctx, int part, int parts)
{
    const struct cells *w = ctx;
    const struct lstm_layer *y = shape(w->b, w->l);
    struct bptt_layer *m = &w->b->layer[w->l];
    size_t n = (size_t)y->n_hid, lanes = (size_t)w->b->lanes, lo, hi;
    float *h = y->n_proj != 0 ? m->h : m->r + lanes * n;
    pool_share(lanes, 1, part, parts, &lo, &hi);
    for (size_t b = lo; b < hi; b++) {
        size_t at = ((size_t)w->t * lanes + b) * n;
        kern_get()->cell_forward(m->z + 4 * at, y->peephole, m->c + at, m->c + at + lanes * n,
                                 m->tanh_c + at, h + at, y->n_hid);
    }
}

static void backward_part(void *ctx, int part, int parts)
{
    const struct cells *w = ctx;
    const struct lstm_layer *y = shape(w->b, w->l);
    struct bptt_layer *m = &w->b->layer[w->l];
    size_t n = (size_t)y->n_hid, lanes = (size_t)w->b->lanes, lo, hi;
    float *dp = w->dp != NULL ? w->dp + 3 * n * (size_t)part : NULL;
    pool_share(lanes, 1, part, parts, &lo, &hi);
    for (size_t b = lo; b < hi; b++) {
        size_t at = ((size_t)w->t * lanes + b) * n;
        kern_get()->cell_backward(m->z + 4 * at, y->peephole, m->c + at, m->c + at + lanes * n,
                                  m->tanh_c + at, w->b->dh + b * n, w->b->dc + b * n, dp, y->n_hid);
    }
}

static void forward_layer(struct bptt *b, int l)
{
    const struct lstm_layer *y = shape(b, l);
    struct bptt_layer *m = &b->layer[l];
    int n_rec = lstm_n_rec(y), rows = b->steps * b->lanes;
    size_t step_r = area(b->lanes, n_rec), step_h = area(b->lanes, y->n_hid);
    drop(b, m->mask, m->x, area(rows, y->n_in));
    for (int i = 0; i < rows; i++)
        memcpy(m->z + area(i, 4 * y->n_hid), y->bias, 4 * (size_t)y->n_hid * sizeof(float));
    gemm_nt(b->pool, rows, 4 * y->n_hid, y->n_in, m->x, y->w_x, 1, m->z);
    for (int t = 0; t < b->steps; t++) {
        struct cells w = {b, l, t, NULL};
        float *r = m->r + (size_t)t * step_r;
        gemm_nt(b->pool, b->lanes, 4 * y->n_hid, n_rec, r, y->w_h, 1,
                m->z + 4 * (size_t)t * step_h);
        pool_run(b->pool, forward_part, &w);
        if (y->n_proj != 0)
            gemm_nt(b->pool, b->lanes, n_rec, y->n_hid, m->h + (size_t)t * step_h, y->w_r, 0,
                    r + step_r);
    }
}

void bptt_forward(struct bptt *b, int steps, int lanes, const int32_t *tokens)
{
    int top = b->net->lstm.n_layers - 1;
    b->steps = steps;
    b->lanes = lanes;
    embed(b, tokens);
    for (int l = 0; l <= top; l++) {
        const struct lstm_layer *y = shape(b, l);
        size_t step_r = area(lanes, lstm_n_rec(y));
        forward_layer(b, l);
        memcpy(l < top ? b->layer[l + 1].x : b->y, b->layer[l].r + step_r,
               (size_t)steps * step_r * sizeof(float));
    }
    drop(b, b->y_mask, b->y, area(steps * lanes, lstm_n_rec(shape(b, top))));
}

/* The state after the chunk moves to block 0, where the next chunk starts. */
static void carry_state(struct bptt *b)
{
    for (int l = 0; l < b->net->lstm.n_layers; l++) {
        const struct lstm_layer *y = shape(b, l);
        size_t n_r = area(b->lanes, lstm_n_rec(y)), n_c = area(b->lanes, y->n_hid);
        struct bptt_layer *m = &b->layer[l];
        memcpy(m->r, m->r + (size_t)b->steps * n_r, n_r * sizeof(float));
        memcpy(m->c, m->c + (size_t)b->steps * n_c, n_c * sizeof(float));
    }
}

/* Gradient through time of one layer: z becomes dz; b->dy holds the gradient of r from above. */
static void backward_steps(struct bptt *b, int l, float *dp)
{
    const struct lstm_layer *y = shape(b, l);
    struct bptt_layer *m = &b->layer[l];
    int n_rec = lstm_n_rec(y);
    size_t step_r = area(b->lanes, n_rec), step_h = area(b->lanes, y->n_hid);
    memset(b->dr, 0, step_r * sizeof(float));
    memset(b->dc, 0, step_h * sizeof(float));
    for (int t = b->steps - 1; t >= 0; t--) {
        struct cells w = {b, l, t, dp};
        float *dr = y->n_proj != 0 ? m->dr + (size_t)t * step_r : b->dh;
        for (size_t i = 0; i < step_r; i++)
            dr[i] = b->dy[(size_t)t * step_r + i] + b->dr[i];
        if (y->n_proj != 0)
            gemm_nn(b->pool, b->lanes, y->n_hid, n_rec, dr, y->w_r, 0, b->dh);
        pool_run(b->pool, backward_part, &w);
        gemm_nn(b->pool, b->lanes, n_rec, 4 * y->n_hid, m->z + 4 * (size_t)t * step_h, y->w_h, 0,
                b->dr);
    }
}

static void sum_rows(const float *z, int rows, int cols, float *out)
{
    memset(out, 0, (size_t)cols * sizeof *out);
    for (int i = 0; i < rows; i++)
        kern_get()->axpy(1, z + area(i, cols), out, (size_t)cols);
}

static void backward_layer(struct bptt *b, int l, float *grad)
{
    const struct net *net = b->net;
    const struct lstm_layer *y = shape(b, l);
    struct bptt_layer *m = &b->layer[l];
    const struct param *peephole = net_param(net, PARAM_PEEPHOLE, l);
    int rows = b->steps * b->lanes, n_rec = lstm_n_rec(y), parts = pool_threads(b->pool);
    memset(b->dp, 0, 3 * area(parts, y->n_hid) * sizeof(float));
    backward_steps(b, l, peephole != NULL ? b->dp : NULL);
    gemm_tn(b->pool, 4 * y->n_hid, y->n_in, rows, m->z, m->x, 0,
            grad + net_param(net, PARAM_W_X, l)->at);
    gemm_tn(b->pool, 4 * y->n_hid, n_rec, rows, m->z, m->r, 0,
            grad + net_param(net, PARAM_W_H, l)->at);
    if (y->n_proj != 0)
        gemm_tn(b->pool, n_rec, y->n_hid, rows, m->dr, m->h, 0,
                grad + net_param(net, PARAM_W_R, l)->at);
    sum_rows(m->z, rows, 4 * y->n_hid, grad + net_param(net, PARAM_BIAS, l)->at);
    if (peephole != NULL)
        sum_rows(b->dp, parts, 3 * y->n_hid, grad + peephole->at);
    gemm_nn(b->pool, rows, y->n_in, 4 * y->n_hid, m->z, y->w_x, 0, b->dx);
    undrop(m->mask, b->dx, area(rows, y->n_in));
}

static void backward_embedding(struct bptt *b, const int32_t *tokens, const float *dx, float *grad)
{
    const struct param *p = net_param(b->net, PARAM_EMBEDDING, 0);
    size_t n = (size_t)p->cols;
    for (size_t i = 0; i < area(b->steps, b->lanes); i++) {
        int32_t id = tokens[i];
        if (!b->seen[id])
            b->touched[b->n_touched++] = id;
        b->seen[id] = 1;
        kern_get()->axpy(1, dx + i * n, grad + p->at + (size_t)id * n, n);
    }
}

void bptt_backward(struct bptt *b, const int32_t *tokens, float *grad)
{
    int top = b->net->lstm.n_layers - 1;
    undrop(b->y_mask, b->dy, area(b->steps * b->lanes, lstm_n_rec(shape(b, top))));
    for (int l = top; l >= 0; l--) {
        backward_layer(b, l, grad);
        float *below = b->dx;
        b->dx = b->dy;
        b->dy = below;
    }
    backward_embedding(b, tokens, b->dy, grad);
    carry_state(b);
}

void bptt_clear_touched(struct bptt *b, float *grad)
{
    const struct param *p = net_param(b->net, PARAM_EMBEDDING, 0);
    for (size_t i = 0; i < b->n_touched; i++) {
        memset(grad + p->at + area(b->touched[i], p->cols), 0, (size_t)p->cols * sizeof *grad);
        b->seen[b->touched[i]] = 0;
    }
    b->n_touched = 0;
}
