/* The reference: plain C in double precision, written straight from the formulas of lstm.h. State
 * is kept in double within a call and rounded to f32 where it crosses the interface. */
#include "base/mem.h"
#include "kernels/cpu_fixed.h"
#include "kernels/cpu_stack.h"
#include "kernels/rounded_net.h"

#include <math.h>

struct ref_plan {
    struct fixed_stack *fixed;  /* q16 and q8; NULL in the float formats, which use the rest */
    struct rounded_net rounded; /* f27 and bf16 */
    struct lstm_net net;
    int bf16;              /* 1: operands of products are rounded too */
    double *x, *r, *c, *h; /* [widest] one sample's input, state and cell output */
    double *z;             /* [4*widest] */
    float *y[2];           /* [max_steps][max_batch][widest] layer outputs */
};

/* Four sums hide the latency of the addition; a branch on zero would cost more than the product. */
static double dot(const float *w, const double *x, int n)
{
    double sum[4] = {0};
    int i = 0;
    for (; i + 4 <= n; i += 4)
        for (int j = 0; j < 4; j++)
            sum[j] += w[i + j] * x[i + j];
    for (; i < n; i++)
        sum[0] += w[i] * x[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static void cell(const struct lstm_layer *y, const double *z, double *c, double *h)
{
    int n = y->n_hid;
    const float *p = y->peephole;
    for (int j = 0; j < n; j++) {
        double pi = p != NULL ? p[j] : 0, pf = p != NULL ? p[n + j] : 0;
        double po = p != NULL ? p[2 * n + j] : 0;
        double i = sigmoid(z[j] + pi * c[j]), f = sigmoid(z[n + j] + pf * c[j]);
        c[j] = f * c[j] + i * tanh(z[2 * n + j]);
        h[j] = sigmoid(z[3 * n + j] + po * c[j]) * tanh(c[j]);
    }
}

/* What a product takes of an operand. */
static void round_operand(const struct ref_plan *p, double *x, int n)
{
    for (int i = 0; p->bf16 && i < n; i++)
        x[i] = (double)precision_bf16((float)x[i]);
}

/* One step of one sample: p->x, p->r, p->c are read, p->r and p->c updated. */
static void step(struct ref_plan *p, const struct lstm_layer *y)
{
    int n_rec = lstm_n_rec(y);
    round_operand(p, p->x, y->n_in);
    round_operand(p, p->r, n_rec);
    for (int j = 0; j < 4 * y->n_hid; j++)
        p->z[j] = y->bias[j] + dot(y->w_x + (size_t)j * (size_t)y->n_in, p->x, y->n_in) +
                  dot(y->w_h + (size_t)j * (size_t)n_rec, p->r, n_rec);
    cell(y, p->z, p->c, p->h);
    if (y->n_proj != 0)
        round_operand(p, p->h, y->n_hid);
    for (int j = 0; j < n_rec; j++)
        p->r[j] =
            y->n_proj == 0 ? p->h[j] : dot(y->w_r + (size_t)j * (size_t)y->n_hid, p->h, y->n_hid);
}

static void widen(const float *from, double *to, int n)
{
    for (int i = 0; i < n; i++)
        to[i] = from[i];
}

static void narrow(const double *from, float *to, int n)
{
    for (int i = 0; i < n; i++)
        to[i] = (float)from[i];
}

/* One sample through one layer; x and out are [steps][batch][..], r and c this sample's state. */
static void run_sample(struct ref_plan *p, const struct lstm_layer *y, const struct lstm_io *io,
                       int b, const float *x, float *r, float *c, float *out)
{
    int n_rec = lstm_n_rec(y), len = io->len != NULL ? io->len[b] : io->steps;
    widen(r, p->r, n_rec);
    widen(c, p->c, y->n_hid);
    for (int t = 0; t < io->steps; t++) {
        size_t row = (size_t)t * (size_t)io->batch + (size_t)b;
        float *to = out + row * (size_t)n_rec;
        if (t >= len) {
            for (int j = 0; j < n_rec; j++)
                to[j] = 0;
            continue;
        }
        widen(x + row * (size_t)y->n_in, p->x, y->n_in);
        step(p, y);
        narrow(p->r, to, n_rec);
    }
    narrow(p->r, r, n_rec);
    narrow(p->c, c, y->n_hid);
}

static enum status run(void *plan, const struct lstm_io *io)
{
    struct ref_plan *p = plan;
    if (p->fixed != NULL) {
        fixed_stack_run(p->fixed, io);
        return OK;
    }
    const float *x = io->x;
    float *r = io->h, *c = io->c;
    int last = p->net.n_layers - 1;
    for (int l = 0; l <= last; l++) {
        const struct lstm_layer *y = &p->net.layer[l];
        float *out = l == last && io->y != NULL ? io->y : p->y[l % 2];
        for (int b = 0; b < io->batch; b++) {
            run_sample(p, y, io, b, x, r, c, out);
            r += lstm_n_rec(y);
            c += y->n_hid;
        }
        x = out;
    }
    return OK;
}

static enum status supports(const struct lstm_net *net, const struct lstm_options *opt)
{
    return opt->precision == PREC_BF16 ? OK : cpu_supports("ref", PREC_F27, net, opt);
}

static void release(void *plan)
{
    struct ref_plan *p = plan;
    if (p->fixed != NULL)
        fixed_stack_release(p->fixed);
    rounded_net_release(&p->rounded);
    mem_free(p->x);
    mem_free(p->r);
    mem_free(p->c);
    mem_free(p->h);
    mem_free(p->z);
    mem_free(p->y[0]);
    mem_free(p->y[1]);
    mem_free(p);
}

static enum status allocate(struct ref_plan *p, const struct lstm_options *opt)
{
    size_t wide = 0, rows = (size_t)opt->max_steps * (size_t)opt->max_batch;
    for (int l = 0; l < p->net.n_layers; l++) {
        const struct lstm_layer *y = &p->net.layer[l];
        wide = (size_t)y->n_in > wide ? (size_t)y->n_in : wide;
        wide = (size_t)y->n_hid > wide ? (size_t)y->n_hid : wide;
        wide = (size_t)y->n_proj > wide ? (size_t)y->n_proj : wide;
    }
    TRY(mem_new(&p->x, wide, sizeof *p->x));
    TRY(mem_new(&p->r, wide, sizeof *p->r));
    TRY(mem_new(&p->c, wide, sizeof *p->c));
    TRY(mem_new(&p->h, wide, sizeof *p->h));
    TRY(mem_new(&p->z, 4 * wide, sizeof *p->z));
    TRY(mem_new(&p->y[0], rows, wide * sizeof(float)));
    return mem_new(&p->y[1], rows, wide * sizeof(float));
}

static enum status prepare(const struct lstm_net *net, const struct lstm_options *opt, void **plan)
{
    struct ref_plan *p;
    TRY(mem_new(&p, 1, sizeof *p));
    p->net = *net;
    p->bf16 = opt->precision == PREC_BF16;
    enum status s = OK;
    if (rounded_net_needed(opt->precision)) {
        s = rounded_net_make(net, opt->precision, &p->rounded);
        p->net = p->rounded.net;
    }
    if (s == OK)
        s = quant_needed(opt->precision)
                ? fixed_stack_new(net, opt, &fixed_product_plain, &p->fixed)
                : allocate(p, opt);
    if (s != OK) {
        release(p);
        return s;
    }
    *plan = p;
    return OK;
}

static const char *variant(const void *plan)
{
    return ((const struct ref_plan *)plan)->fixed != NULL ? "plain" : "double";
}

static void facts(const void *plan, struct lstm_facts *out)
{
    const struct ref_plan *p = plan;
    if (p->fixed != NULL) {
        fixed_stack_facts(p->fixed, out);
        return;
    }
    out->macs = (double)lstm_n_weights(&p->net);
    out->weight_bytes = out->macs * sizeof(float);
}

const struct lstm_backend cpu_ref_backend = {
    .name = "ref",
    .about = "plain C in double precision, the meaning of every other backend",
    .supports = supports,
    .prepare = prepare,
    .run = run,
    .variant = variant,
    .facts = facts,
    .release = release,
};
