#include "kernels/cpu_stack.h"

#include "base/mem.h"
#include "base/rng.h"
#include "kernels/cpu_fixed.h"
#include "kernels/kern.h"

#include <string.h>

static size_t widest(const struct lstm_net *net, int (*of)(const struct lstm_layer *))
{
    int n = 0;
    for (int l = 0; l < net->n_layers; l++)
        n = of(&net->layer[l]) > n ? of(&net->layer[l]) : n;
    return (size_t)n;
}

static int hidden(const struct lstm_layer *y)
{
    return y->n_hid;
}

static enum status make_gate_operands(struct cpu_stack *s)
{
    const struct lstm_layer *y = &s->net.layer[0];
    size_t n_in = (size_t)y->n_in, n_rec = (size_t)lstm_n_rec(y);
    struct rng r;
    TRY(mem_new(&s->gate_x, n_in, sizeof *s->gate_x));
    TRY(mem_new(&s->gate_r, n_rec, sizeof *s->gate_r));
    rng_seed(&r, 1, 1);
    rng_uniform(&r, s->gate_x, n_in, -1, 1);
    rng_uniform(&r, s->gate_r, n_rec, -1, 1);
    return OK;
}

enum status cpu_stack_init(struct cpu_stack *s, const struct lstm_net *net,
                           const struct lstm_options *opt, const struct cpu_products *products,
                           size_t n_scratch)
{
    size_t lanes = (size_t)opt->max_batch, rows = lanes * (size_t)opt->max_steps;
    size_t n_hid = widest(net, hidden), n_rec = widest(net, lstm_n_rec);
    *s = (struct cpu_stack){.net = *net, .opt = *opt, .products = products};
    enum status st = pool_new(opt->threads, opt->pin, &s->pool);
    if (st == OK)
        st = mem_new(&s->z, rows, 4 * n_hid * sizeof(float));
    for (int i = 0; st == OK && i < 2; i++)
        st = mem_new(&s->y[i], rows, n_rec * sizeof(float));
    if (st == OK)
        st = mem_new(&s->h, lanes, n_hid * sizeof(float));
    if (st == OK)
        st = mem_new(&s->r, lanes, n_rec * sizeof(float));
    if (st == OK)
        st = mem_new(&s->c, lanes, n_hid * sizeof(float));
    if (st == OK)
        st = make_gate_operands(s);
    if (st == OK && n_scratch != 0)
        st = mem_new(&s->scratch, n_scratch, sizeof(float));
    if (st != OK)
        cpu_stack_release(s);
    return st;
}

void cpu_stack_release(struct cpu_stack *s)
{
    pool_release(s->pool);
    mem_free(s->z);
    mem_free(s->y[0]);
    mem_free(s->y[1]);
    mem_free(s->h);
    mem_free(s->r);
    mem_free(s->c);
    mem_free(s->gate_x);
    mem_free(s->gate_r);
    mem_free(s->scratch);
}

static void fill_bias(const struct lstm_layer *y, size_t rows, float *z)
{
    size_t n = 4 * (size_t)y->n_hid;
    for (size_t i = 0; i < rows; i++)
        memcpy(z + i * n, y->bias, n * sizeof *z);
}

/* The cell of every sample of one step: z -> c and h (before the projection). */
static void cells(const struct lstm_layer *y, int batch, float *z, float *c, float *h)
{
    const struct kern *k = kern_get();
    for (size_t b = 0; b < (size_t)batch; b++) {
        size_t n = (size_t)y->n_hid;
        k->cell_forward(z + b * 4 * n, y->peephole, c + b * n, c + b * n, NULL, h + b * n, y->n_hid,
                        y->n_hid);
    }
}

/* Puts back the state of lanes that had ended before this step, and blanks their output. */
static void freeze_ended(int batch, const int *len, int step, size_t width, const float *old,
                         float *state)
{
    for (int b = 0; b < batch; b++)
        if (step >= len[b])
            memcpy(state + (size_t)b * width, old + (size_t)b * width, width * sizeof *state);
}

static void blank_ended(int batch, const int *len, int step, size_t width, float *y)
{
    for (int b = 0; b < batch; b++)
        if (step >= len[b])
            memset(y + (size_t)b * width, 0, width * sizeof *y);
}

/* One step of one layer: z holds the input part; r and c are the carried state. The new r is left
 * in `out` too. */
static void layer_step(struct cpu_stack *s, int l, int batch, float *z, float *r, float *c,
                       float *out)
{
    const struct lstm_layer *y = &s->net.layer[l];
    size_t r_bytes = (size_t)batch * (size_t)lstm_n_rec(y) * sizeof *r;
    s->products->recurrent(s, l, batch, r, z);
    if (y->n_proj == 0) {
        cells(y, batch, z, c, out);
    } else {
        cells(y, batch, z, c, s->h);
        s->products->project(s, l, batch, s->h, out);
    }
    memcpy(r, out, r_bytes);
}

static void run_layer(struct cpu_stack *s, int l, const struct lstm_io *io, const float *x,
                      float *r, float *c, float *out)
{
    const struct lstm_layer *y = &s->net.layer[l];
    size_t batch = (size_t)io->batch, rows = (size_t)io->steps * batch;
    size_t n_rec = (size_t)lstm_n_rec(y), n_hid = (size_t)y->n_hid;
    fill_bias(y, rows, s->z);
    s->products->input(s, l, (int)rows, x, s->z);
    for (int t = 0; t < io->steps; t++) {
        float *out_t = out + (size_t)t * batch * n_rec;
        if (io->len != NULL) {
            memcpy(s->r, r, batch * n_rec * sizeof *r);
            memcpy(s->c, c, batch * n_hid * sizeof *c);
        }
        layer_step(s, l, io->batch, s->z + (size_t)t * batch * 4 * n_hid, r, c, out_t);
        if (io->len != NULL) {
            freeze_ended(io->batch, io->len, t, n_rec, s->r, r);
            freeze_ended(io->batch, io->len, t, n_hid, s->c, c);
            blank_ended(io->batch, io->len, t, n_rec, out_t);
        }
    }
}

void cpu_stack_run(struct cpu_stack *s, const struct lstm_io *io)
{
    const float *x = io->x;
    float *r = io->h, *c = io->c;
    int last = s->net.n_layers - 1;
    for (int l = 0; l <= last; l++) {
        const struct lstm_layer *y = &s->net.layer[l];
        float *out = l == last && io->y != NULL ? io->y : s->y[l % 2];
        run_layer(s, l, io, x, r, c, out);
        x = out;
        r += (size_t)io->batch * (size_t)lstm_n_rec(y);
        c += (size_t)io->batch * (size_t)y->n_hid;
    }
}

/* The products add to z, whose values are of no interest here; `run` fills it anew. */
void cpu_stack_gates(struct cpu_stack *s)
{
    s->products->input(s, 0, 1, s->gate_x, s->z);
    s->products->recurrent(s, 0, 1, s->gate_r, s->z);
}

enum status cpu_supports(const char *backend, enum precision also, const struct lstm_net *net,
                         const struct lstm_options *opt)
{
    if (quant_needed(opt->precision))
        return fixed_supports(net, opt);
    if (opt->precision != PREC_F32 && opt->precision != also)
        return fail(E_UNSUPPORTED, "backend %s: has no precision %s (f32, %s, q16, q10, q8)",
                    backend, precision_name(opt->precision), precision_name(also));
    return OK;
}
