#include "model/bptt_layer.h"

#include "kernels/kern.h"

#include <string.h>

/* What a job of the pool works on. */
struct job {
    struct bptt *b;
    const struct lstm_layer *y;
    struct bptt_layer *m;
    int t;
    float *dp;   /* backward with peepholes: [3][n_hid], else NULL */
    float *grad; /* of the bias */
};

static struct job job_of(struct bptt *b, int l)
{
    return (struct job){.b = b, .y = bptt_shape(b, l), .m = &b->layer[l]};
}

/* A matrix as it lies in memory. */
static struct view rows_of(const float *at, int cols)
{
    return (struct view){at, (size_t)cols, 1};
}

/* The part's share [*lo, *lo + result) of n units or columns. */
static int share(int n, int part, int parts, size_t *lo)
{
    size_t hi;
    pool_share((size_t)n, BPTT_GRAIN, part, parts, lo, &hi);
    return (int)(hi - *lo);
}

/* Pre-activations from x and the bias for the part's units over the whole chunk, and W_h packed for
 * the steps. */
static void inputs_part(void *ctx, int part, int parts)
{
    const struct job *w = ctx;
    const struct lstm_layer *y = w->y;
    int rows = w->b->steps * w->b->lanes, n_rec = lstm_n_rec(y);
    size_t lo, n_hid = (size_t)y->n_hid, n_in = (size_t)y->n_in;
    int n = share(y->n_hid, part, parts, &lo);
    float *panels = w->b->panels + (size_t)part * w->b->panel_size;
    for (size_t g = 0; g < 4 && n > 0; g++) {
        size_t at = g * n_hid + lo;
        for (size_t i = 0; i < (size_t)rows; i++)
            memcpy(w->m->z + i * 4 * n_hid + at, y->bias + at, (size_t)n * sizeof(float));
        tiles_gemm_part(&w->b->tiles, part, (struct view){w->m->x, n_in, 1},
                        (struct view){y->w_x + at * n_in, 1, n_in}, rows, n, y->n_in, 1,
                        w->m->z + at, 4 * n_hid);
        tiles_pack((struct view){y->w_h + at * (size_t)n_rec, 1, (size_t)n_rec}, n_rec, n,
                   panels + g * tiles_size(n_rec, n));
    }
}

/* One step of the part's units: the recurrent product and the cell. */
static void forward_part(void *ctx, int part, int parts)
{
    const struct job *w = ctx;
    const struct lstm_layer *y = w->y;
    struct bptt_layer *m = w->m;
    int lanes = w->b->lanes, n_rec = lstm_n_rec(y);
    size_t lo, n_hid = (size_t)y->n_hid, block = (size_t)lanes * n_hid, at = (size_t)w->t * block;
    int n = share(y->n_hid, part, parts, &lo);
    const float *panels = w->b->panels + (size_t)part * w->b->panel_size;
    const struct view r = {m->r + (size_t)w->t * bptt_area(lanes, n_rec), (size_t)n_rec, 1};
    float *h = y->n_proj != 0 ? m->h : m->r + block;
    for (size_t g = 0; g < 4; g++)
        tiles_times(r, panels + g * tiles_size(n_rec, n), lanes, n, n_rec, 1,
                    m->z + 4 * at + g * n_hid + lo, 4 * n_hid);
    at += lo;
    for (int i = 0; i < lanes; i++, at += n_hid)
        kern_get()->cell_forward(m->z + 4 * (at - lo) + lo,
                                 y->peephole != NULL ? y->peephole + lo : NULL, m->c + at,
                                 m->c + at + block, m->tanh_c + at, h + at, n, y->n_hid);
}

void bptt_layer_forward(struct bptt *b, int l)
{
    struct job w = job_of(b, l);
    int n_rec = lstm_n_rec(w.y);
    size_t step_r = bptt_area(b->lanes, n_rec), step_h = bptt_area(b->lanes, w.y->n_hid);
    pool_run(b->pool, inputs_part, &w);
    for (w.t = 0; w.t < b->steps; w.t++) {
        pool_run(b->pool, forward_part, &w);
        if (w.y->n_proj != 0)
            tiles_gemm(&b->tiles, rows_of(w.m->h + (size_t)w.t * step_h, w.y->n_hid),
                       (struct view){w.y->w_r, 1, (size_t)w.y->n_hid}, b->lanes, n_rec, w.y->n_hid,
                       0, w.m->r + (size_t)(w.t + 1) * step_r);
    }
}

/* W_h packed for the way back, for the part's columns of r. */
static void back_pack_part(void *ctx, int part, int parts)
{
    const struct job *w = ctx;
    size_t lo, n_rec = (size_t)lstm_n_rec(w->y);
    int n = share((int)n_rec, part, parts, &lo);
    tiles_pack((struct view){w->y->w_h + lo, n_rec, 1}, 4 * w->y->n_hid, n,
               w->b->panels + (size_t)part * w->b->panel_size);
}

/* Gradient of the part's columns of r at step t: from above and from the step after. */
static void back_r(const struct job *w, int part, int parts, float *dr)
{
    const struct bptt *b = w->b;
    size_t lo, n_rec = (size_t)lstm_n_rec(w->y), gates = 4 * (size_t)w->y->n_hid;
    int n = share((int)n_rec, part, parts, &lo);
    size_t step = (size_t)b->lanes * n_rec;
    const float *dy = b->dy + (size_t)w->t * step;
    for (size_t i = 0; i < (size_t)b->lanes; i++)
        memcpy(dr + i * n_rec + lo, dy + i * n_rec + lo, (size_t)n * sizeof *dr);
    if (w->t + 1 < b->steps)
        tiles_times(
            (struct view){w->m->z + (size_t)(w->t + 1) * (size_t)b->lanes * gates, gates, 1},
            b->panels + (size_t)part * b->panel_size, b->lanes, n, (int)gates, 1, dr + lo, n_rec);
}

static void back_cells(const struct job *w, int part, int parts)
{
    const struct lstm_layer *y = w->y;
    struct bptt_layer *m = w->m;
    size_t lo, n_hid = (size_t)y->n_hid, block = (size_t)w->b->lanes * n_hid;
    int n = share(y->n_hid, part, parts, &lo);
    const float *p = y->peephole != NULL ? y->peephole + lo : NULL;
    size_t at = (size_t)w->t * block + lo, in = lo;
    for (int i = 0; i < w->b->lanes && n > 0; i++, at += n_hid, in += n_hid)
        kern_get()->cell_backward(m->z + 4 * (at - lo) + lo, p, m->c + at, m->c + at + block,
                                  m->tanh_c + at, w->b->dh + in, w->b->dc + in,
                                  w->dp != NULL ? w->dp + lo : NULL, n, y->n_hid);
}

/* Without a projection r is h, and the part's columns are its units. */
static void back_step_part(void *ctx, int part, int parts)
{
    const struct job *w = ctx;
    back_r(w, part, parts, w->b->dh);
    back_cells(w, part, parts);
}

static void back_r_part(void *ctx, int part, int parts)
{
    const struct job *w = ctx;
    back_r(w, part, parts, w->m->dr + (size_t)w->t * bptt_area(w->b->lanes, lstm_n_rec(w->y)));
}

static void back_cells_part(void *ctx, int part, int parts)
{
    back_cells(ctx, part, parts);
}

/* z becomes its gradient, from the last step to the first. */
static void back_steps(struct job *w)
{
    struct bptt *b = w->b;
    const struct lstm_layer *y = w->y;
    memset(b->dc, 0, bptt_area(b->lanes, y->n_hid) * sizeof(float));
    pool_run(b->pool, back_pack_part, w);
    for (w->t = b->steps - 1; w->t >= 0; w->t--) {
        if (y->n_proj == 0) {
            pool_run(b->pool, back_step_part, w);
            continue;
        }
        pool_run(b->pool, back_r_part, w);
        const float *dr = w->m->dr + (size_t)w->t * bptt_area(b->lanes, y->n_proj);
        tiles_gemm(&b->tiles, rows_of(dr, y->n_proj), rows_of(y->w_r, y->n_hid), b->lanes, y->n_hid,
                   y->n_proj, 0, b->dh);
        pool_run(b->pool, back_cells_part, w);
    }
}

static void bias_part(void *ctx, int part, int parts)
{
    const struct job *w = ctx;
    size_t lo, gates = 4 * (size_t)w->y->n_hid, rows = bptt_area(w->b->steps, w->b->lanes);
    int n = share((int)gates, part, parts, &lo);
    memset(w->grad + lo, 0, (size_t)n * sizeof(float));
    for (size_t i = 0; i < rows; i++)
        kern_get()->axpy(1, w->m->z + i * gates + lo, w->grad + lo, (size_t)n);
}

void bptt_layer_backward(struct bptt *b, int l, float *grad)
{
    const struct net *net = b->net;
    struct job w = job_of(b, l);
    const struct lstm_layer *y = w.y;
    const struct param *peephole = net_param(net, PARAM_PEEPHOLE, l);
    int rows = b->steps * b->lanes, n_rec = lstm_n_rec(y), gates = 4 * y->n_hid;
    const struct view z = rows_of(w.m->z, gates), z_t = {w.m->z, 1, (size_t)gates};
    memset(b->dp, 0, 3 * (size_t)y->n_hid * sizeof(float));
    w.dp = peephole != NULL ? b->dp : NULL;
    back_steps(&w);
    w.grad = grad + net_param(net, PARAM_BIAS, l)->at;
    pool_run(b->pool, bias_part, &w);
    tiles_gemm(&b->tiles, z_t, rows_of(w.m->x, y->n_in), gates, y->n_in, rows, 0,
               grad + net_param(net, PARAM_W_X, l)->at);
    tiles_gemm(&b->tiles, z_t, rows_of(w.m->r, n_rec), gates, n_rec, rows, 0,
               grad + net_param(net, PARAM_W_H, l)->at);
    if (y->n_proj != 0)
        tiles_gemm(&b->tiles, (struct view){w.m->dr, 1, (size_t)n_rec}, rows_of(w.m->h, y->n_hid),
                   n_rec, y->n_hid, rows, 0, grad + net_param(net, PARAM_W_R, l)->at);
    if (peephole != NULL)
        memcpy(grad + peephole->at, b->dp, param_size(peephole) * sizeof *grad);
    tiles_gemm(&b->tiles, z, rows_of(y->w_x, y->n_in), rows, y->n_in, gates, 0, b->dx);
}
