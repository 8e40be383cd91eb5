/* The onednn backend: what a PyTorch user gets. oneDNN's primitives are made for fixed numbers of
 * steps and samples; calls of other sizes, and lengths, are put together from those. */
#include "base/mem.h"
#include "kernels/cpu_fixed.h"
#include "kernels/onednn.h"
#include "kernels/quant.h"

#include <string.h>

enum { MOST_EXTENTS = 4 };

struct onednn_plan {
    struct lstm_net net;
    enum precision precision;
    int max_batch;
    struct onednn_extent extent[MOST_EXTENTS];
    int n_extents;
    struct onednn_layer *layer[LSTM_MAX_LAYERS];
    float *y[2];  /* [max_steps*max_batch][widest] between layers */
    float *x;     /* [max_steps][n_in] one sample's inputs */
    float *out;   /* [max_steps][n_rec of the last layer] and its outputs */
    float *h, *c; /* and its state */
};

static enum status supports(const struct lstm_net *net, const struct lstm_options *opt)
{
    if (opt->precision != PREC_F32 && opt->precision != PREC_BF16 && opt->precision != PREC_Q8)
        return fail(E_UNSUPPORTED, "backend onednn: has no precision %s (f32, bf16, q8)",
                    precision_name(opt->precision));
    for (int l = 0; opt->precision == PREC_BF16 && l < net->n_layers; l++)
        if (net->layer[l].n_proj != 0) /* 2.6.3: values up to 1e35 from weights below 1 */
            return fail(E_UNSUPPORTED, "backend onednn: layer %d: its projection in bf16 is broken",
                        l);
    return opt->precision == PREC_Q8 ? fixed_supports(net, opt) : OK;
}

static void add_extent(struct onednn_plan *p, int steps, int batch)
{
    for (int i = 0; i < p->n_extents; i++)
        if (p->extent[i].steps == steps && p->extent[i].batch == batch)
            return;
    p->extent[p->n_extents++] = (struct onednn_extent){steps, batch};
}

static void release(void *plan)
{
    struct onednn_plan *p = plan;
    for (int l = 0; l < p->net.n_layers; l++)
        onednn_layer_release(p->layer[l]);
    void *all[] = {p->y[0], p->y[1], p->x, p->out, p->h, p->c, p};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        mem_free(all[i]);
}

static enum status make_layers(struct onednn_plan *p, const struct lstm_options *opt)
{
    for (int l = 0; l < p->net.n_layers; l++) {
        float range = 1;
        if (opt->precision == PREC_Q8) {
            const struct quant_range *q = &opt->quant->layer[l];
            range = q->x > q->r ? q->x : q->r;
        }
        TRY(onednn_layer_new(&p->net.layer[l], opt->precision, range, p->extent, p->n_extents,
                             opt->threads, &p->layer[l]));
    }
    return OK;
}

static enum status make_buffers(struct onednn_plan *p, const struct lstm_options *opt)
{
    size_t wide = 0, steps = (size_t)opt->max_steps, rows = steps * (size_t)opt->max_batch;
    for (int l = 0; l < p->net.n_layers; l++)
        if ((size_t)lstm_n_rec(&p->net.layer[l]) > wide)
            wide = (size_t)lstm_n_rec(&p->net.layer[l]);
    TRY(mem_new(&p->y[0], rows, wide * sizeof(float)));
    TRY(mem_new(&p->y[1], rows, wide * sizeof(float)));
    TRY(mem_new(&p->x, steps, (size_t)p->net.layer[0].n_in * sizeof(float)));
    TRY(mem_new(&p->out, steps, wide * sizeof(float)));
    TRY(mem_new(&p->h, lstm_h_size(&p->net, 1), sizeof(float)));
    return mem_new(&p->c, lstm_c_size(&p->net, 1), sizeof(float));
}

static enum status prepare(const struct lstm_net *net, const struct lstm_options *opt, void **plan)
{
    struct onednn_plan *p;
    TRY(mem_new(&p, 1, sizeof *p));
    p->net = *net;
    p->precision = opt->precision;
    p->max_batch = opt->max_batch;
    add_extent(p, opt->max_steps, opt->max_batch);
    add_extent(p, 1, opt->max_batch);
    add_extent(p, opt->max_steps, 1);
    add_extent(p, 1, 1);
    enum status s = make_buffers(p, opt);
    if (s == OK)
        s = make_layers(p, opt);
    if (s != OK) {
        release(p);
        return s;
    }
    *plan = p;
    return OK;
}

/* All layers over one of the prepared extents. */
static enum status run_extent(struct onednn_plan *p, int i, const float *x, float *h, float *c,
                              float *y)
{
    size_t batch = (size_t)p->extent[i].batch;
    int last = p->net.n_layers - 1;
    for (int l = 0; l <= last; l++) {
        const struct lstm_layer *layer = &p->net.layer[l];
        float *out = l == last && y != NULL ? y : p->y[l % 2];
        TRY(onednn_layer_run(p->layer[l], i, x, h, c, out));
        x = out;
        h += batch * (size_t)lstm_n_rec(layer);
        c += batch * (size_t)layer->n_hid;
    }
    return OK;
}

static int find_extent(const struct onednn_plan *p, int steps, int batch)
{
    for (int i = 0; i < p->n_extents; i++)
        if (p->extent[i].steps == steps && p->extent[i].batch == batch)
            return i;
    return -1;
}

/* `batch` is 1 or what the plan was made for; any number of steps, at need one by one. */
static enum status run_steps(struct onednn_plan *p, int steps, int batch, const float *x, float *h,
                             float *c, float *y)
{
    size_t n_x = (size_t)batch * (size_t)p->net.layer[0].n_in;
    size_t n_y = (size_t)batch * (size_t)lstm_n_rec(&p->net.layer[p->net.n_layers - 1]);
    int whole = find_extent(p, steps, batch), one = find_extent(p, 1, batch);
    if (whole >= 0)
        return run_extent(p, whole, x, h, c, y);
    for (int t = 0; t < steps; t++) {
        TRY(run_extent(p, one, x, h, c, y));
        x += n_x;
        y += y != NULL ? n_y : 0;
    }
    return OK;
}

/* Sample b's part of the state [layer][batch][width] into one [layer][width], or back. */
static void move_state(const struct onednn_plan *p, int batch, int b, int back, float *all,
                       float *one, int cells)
{
    for (int l = 0; l < p->net.n_layers; l++) {
        const struct lstm_layer *y = &p->net.layer[l];
        size_t n = (size_t)(cells ? y->n_hid : lstm_n_rec(y));
        float *there = all + (size_t)b * n;
        memcpy(back ? there : one, back ? one : there, n * sizeof *one);
        all += (size_t)batch * n;
        one += n;
    }
}

static enum status run_sample(struct onednn_plan *p, const struct lstm_io *io, int b)
{
    size_t n_in = (size_t)p->net.layer[0].n_in, batch = (size_t)io->batch;
    size_t n_out = (size_t)lstm_n_rec(&p->net.layer[p->net.n_layers - 1]);
    int len = io->len != NULL ? io->len[b] : io->steps;
    for (size_t t = 0; t < (size_t)len; t++)
        memcpy(p->x + t * n_in, io->x + (t * batch + (size_t)b) * n_in, n_in * sizeof *p->x);
    move_state(p, io->batch, b, 0, io->h, p->h, 0);
    move_state(p, io->batch, b, 0, io->c, p->c, 1);
    if (len > 0)
        TRY(run_steps(p, len, 1, p->x, p->h, p->c, p->out));
    move_state(p, io->batch, b, 1, io->h, p->h, 0);
    move_state(p, io->batch, b, 1, io->c, p->c, 1);
    for (size_t t = 0; io->y != NULL && t < (size_t)io->steps; t++) {
        float *to = io->y + (t * batch + (size_t)b) * n_out;
        if (t < (size_t)len)
            memcpy(to, p->out + t * n_out, n_out * sizeof *to);
        else
            memset(to, 0, n_out * sizeof *to);
    }
    return OK;
}

static int all_full(const struct lstm_io *io)
{
    for (int b = 0; io->len != NULL && b < io->batch; b++)
        if (io->len[b] != io->steps)
            return 0;
    return 1;
}

static enum status run(void *plan, const struct lstm_io *io)
{
    struct onednn_plan *p = plan;
    if (io->batch == p->max_batch && all_full(io))
        return run_steps(p, io->steps, io->batch, io->x, io->h, io->c, io->y);
    for (int b = 0; b < io->batch; b++)
        TRY(run_sample(p, io, b));
    return OK;
}

static const char *variant(const void *plan)
{
    return onednn_layer_variant(((const struct onednn_plan *)plan)->layer[0]);
}

static void facts(const void *plan, struct lstm_facts *out)
{
    const struct onednn_plan *p = plan;
    out->macs = (double)lstm_n_weights(&p->net);
    out->weight_bytes = out->macs * (p->precision == PREC_F32  ? 4
                                     : p->precision == PREC_Q8 ? 1
                                                               : 2);
}

const struct lstm_backend cpu_onednn_backend = {
    .name = "onednn",
    .about = "dense LSTM primitives of oneDNN, as PyTorch uses them",
    .foreign = 1,
    .supports = supports,
    .prepare = prepare,
    .run = run,
    .variant = variant,
    .facts = facts,
    .release = release,
};
