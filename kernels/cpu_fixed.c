#include "kernels/cpu_fixed.h"

#include "base/mem.h"
#include "base/rng.h"
#include "kernels/fixed.h"
#include "kernels/fixed_cell.h"
#include "kernels/kern.h"

#include <math.h>
#include <string.h>

struct fixed_layer {
    struct quant_layer q;
    void *x, *h, *r; /* packed by the product; r is NULL without projection */
    int n_rec;
};

struct fixed_stack {
    struct lstm_net net;
    enum precision precision;
    const struct fixed_product *product;
    struct pool *pool;
    struct fixed_layer layer[LSTM_MAX_LAYERS];
    size_t wide, stride;    /* widest vector; elements from one operand to the next */
    int16_t *seq;           /* [max_steps][max_batch][wide] what the layers hand on */
    int16_t *z;             /* [4*wide] */
    int16_t *rec, *c, *h;   /* [max_batch][wide] r, c, and cell output */
    void *x, *r;            /* [max_steps*max_batch][stride], [max_batch][stride] operands */
    int32_t *sum_x, *sum_h; /* [max_steps*max_batch][4*wide], [max_batch][4*wide] */
    void *gate_x, *gate_r;  /* operands of fixed_stack_gates */
    struct fixed_counts counts;
};

enum status fixed_supports(const struct lstm_net *net, const struct lstm_options *opt)
{
    if (opt->quant == NULL || opt->quant->n_layers != net->n_layers)
        return fail(E_USAGE, "precision %s needs a calibration of %d layers (brds calibrate)",
                    precision_name(opt->precision), net->n_layers);
    return OK;
}

static enum status make_layer(struct fixed_stack *s, int l, const struct quant *quant)
{
    const struct lstm_layer *y = &s->net.layer[l];
    struct fixed_layer *m = &s->layer[l];
    const struct fixed_product *p = s->product;
    enum precision prec = s->precision;
    m->n_rec = lstm_n_rec(y);
    TRY(quant_layer_make(&s->net, l, prec, quant, &m->q));
    TRY(p->pack(m->q.w_x, 4 * y->n_hid, y->n_in, y->k_x, prec, &m->x));
    TRY(p->pack(m->q.w_h, 4 * y->n_hid, m->n_rec, y->k_h, prec, &m->h));
    return y->n_proj == 0 ? OK : p->pack(m->q.w_r, y->n_proj, y->n_hid, y->k_r, prec, &m->r);
}

static size_t widest(const struct lstm_net *net)
{
    int wide = net->layer[0].n_in;
    for (int l = 0; l < net->n_layers; l++) {
        wide = net->layer[l].n_hid > wide ? net->layer[l].n_hid : wide;
        wide = net->layer[l].n_proj > wide ? net->layer[l].n_proj : wide;
    }
    return (size_t)wide;
}

/* Bytes of an element of an operand, and the value that stands for 0. */
static size_t element(const struct fixed_stack *s)
{
    return s->precision != PREC_Q8 ? 2 : 1;
}

static int neutral(const struct fixed_stack *s)
{
    return s->precision != PREC_Q8 ? 0 : 128;
}

/* `rows` operands, padding in place. */
static enum status new_operands(const struct fixed_stack *s, size_t rows, void **out)
{
    TRY(mem_new(out, rows, s->stride * element(s)));
    memset(*out, neutral(s), rows * s->stride * element(s));
    return OK;
}

static enum status allocate(struct fixed_stack *s, const struct lstm_options *opt)
{
    size_t lanes = (size_t)opt->max_batch, rows = lanes * (size_t)opt->max_steps, wide;
    s->wide = wide = widest(&s->net);
    s->stride = (wide + FIXED_X_PAD + 63) / 64 * 64;
    TRY(pool_new(opt->threads, opt->pin, &s->pool));
    TRY(mem_new(&s->seq, rows, wide * sizeof *s->seq));
    TRY(mem_new(&s->z, 4 * wide, sizeof *s->z));
    TRY(mem_new(&s->rec, lanes, wide * sizeof *s->rec));
    TRY(mem_new(&s->c, lanes, wide * sizeof *s->c));
    TRY(mem_new(&s->h, lanes, wide * sizeof *s->h));
    TRY(new_operands(s, rows, &s->x));
    TRY(new_operands(s, lanes, &s->r));
    TRY(mem_new(&s->sum_x, rows, 4 * wide * sizeof *s->sum_x));
    return mem_new(&s->sum_h, lanes, 4 * wide * sizeof *s->sum_h);
}

/* An operand of n random elements. */
static enum status make_gate_operand(const struct fixed_stack *s, struct rng *r, int n, void **out)
{
    TRY(new_operands(s, 1, out));
    for (int i = 0; i < n; i++) {
        if (s->precision != PREC_Q8)
            ((int16_t *)*out)[i] = (int16_t)(rng_below(r, 65536) - 32768);
        else
            ((uint8_t *)*out)[i] = (uint8_t)rng_below(r, 256);
    }
    return OK;
}

static enum status make_gate_operands(struct fixed_stack *s)
{
    struct rng r;
    rng_seed(&r, 1, 1);
    TRY(make_gate_operand(s, &r, s->net.layer[0].n_in, &s->gate_x));
    return make_gate_operand(s, &r, lstm_n_rec(&s->net.layer[0]), &s->gate_r);
}

enum status fixed_stack_new(const struct lstm_net *net, const struct lstm_options *opt,
                            const struct fixed_product *product, struct fixed_stack **out)
{
    struct fixed_stack *s;
    *out = NULL;
    TRY(mem_new(&s, 1, sizeof *s));
    s->net = *net;
    s->precision = opt->precision;
    s->product = product;
    enum status st = allocate(s, opt);
    for (int l = 0; st == OK && l < net->n_layers; l++)
        st = make_layer(s, l, opt->quant);
    if (st == OK)
        st = make_gate_operands(s);
    if (st != OK) {
        fixed_stack_release(s);
        return st;
    }
    *out = s;
    return OK;
}

void fixed_stack_release(struct fixed_stack *s)
{
    for (int l = 0; l < LSTM_MAX_LAYERS; l++) {
        struct fixed_layer *m = &s->layer[l];
        void *packed[] = {m->x, m->h, m->r};
        for (int i = 0; i < 3; i++)
            if (packed[i] != NULL)
                s->product->release(packed[i]);
        quant_layer_release(&m->q);
    }
    pool_release(s->pool);
    void *all[] = {s->seq, s->z,     s->rec,   s->c,      s->h,     s->x,
                   s->r,   s->sum_x, s->sum_h, s->gate_x, s->gate_r};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        mem_free(all[i]);
    mem_free(s);
}

static void *operand_at(const struct fixed_stack *s, void *operands, size_t row)
{
    return (char *)operands + row * s->stride * element(s);
}

/* Elements from n on back to neutral: another layer may have been wider. */
static void pad(const struct fixed_stack *s, void *operand, int n)
{
    memset((char *)operand + (size_t)n * element(s), neutral(s), FIXED_X_PAD * element(s));
}

/* An operand from n int16 values. */
static void put_operand(const struct fixed_stack *s, const int16_t *r, int n, void *operand)
{
    if (s->precision != PREC_Q8)
        memcpy(operand, r, (size_t)n * sizeof *r);
    else
        kern_get()->fixed_u8(r, n, operand);
    pad(s, operand, n);
}

/* n floats as integers of lo..hi, saturations and NaNs counted. */
static void quantize(struct fixed_stack *s, const float *x, int n, double times, int lo, int hi,
                     int16_t *out)
{
    s->counts.saturations += kern_get()->fixed_quantize(x, n, times, lo, hi, out, &s->counts.nans);
}

/* An operand from the f32 input of layer 0. */
static void put_input(struct fixed_stack *s, const float *x, int n, void *operand)
{
    const struct quant_layer *q = &s->layer[0].q;
    if (s->precision != PREC_Q8) {
        quantize(s, x, n, ldexp(1, q->f_x), INT16_MIN, INT16_MAX, operand);
    } else {
        uint8_t *x8 = operand;
        quantize(s, x, n, 1 / (double)q->x_scale, -128, 127, s->z);
        for (int i = 0; i < n; i++)
            x8[i] = (uint8_t)(s->z[i] + 128);
    }
    pad(s, operand, n);
}

/* 1 while the sample has not ended at step t. */
static int runs(const struct lstm_io *io, int b, int t)
{
    return io->len == NULL || t < io->len[b];
}

/* The operands of all rows of a call that run. */
static void put_inputs(struct fixed_stack *s, int l, const struct lstm_io *io)
{
    int n_in = s->layer[l].q.n_in;
    for (int t = 0; t < io->steps; t++)
        for (int b = 0; b < io->batch; b++) {
            size_t row = (size_t)t * (size_t)io->batch + (size_t)b;
            if (runs(io, b, t) && l == 0)
                put_input(s, io->x + row * (size_t)n_in, n_in, operand_at(s, s->x, row));
            else if (runs(io, b, t))
                put_operand(s, s->seq + row * s->wide, n_in, operand_at(s, s->x, row));
        }
}

/* The projection of the lanes that run at step t: s->h to s->rec. */
static void project(struct fixed_stack *s, const struct fixed_layer *m, const struct lstm_io *io,
                    int t)
{
    for (int b = 0; b < io->batch; b++)
        put_operand(s, s->h + (size_t)b * s->wide, m->q.n_hid, operand_at(s, s->r, (size_t)b));
    s->product->mul(m->r, s->pool, io->batch, s->r, s->stride, s->sum_h);
    for (int b = 0; b < io->batch; b++)
        if (runs(io, b, t))
            fixed_project(&m->q, s->sum_h + (size_t)b * (size_t)m->q.n_proj,
                          s->rec + (size_t)b * s->wide, &s->counts);
}

/* Step t of all lanes; s->sum_x is there. s->rec, s->c and s->seq are updated. */
static void step(struct fixed_stack *s, const struct fixed_layer *m, const struct lstm_io *io,
                 int t)
{
    const struct quant_layer *q = &m->q;
    size_t rows = 4 * (size_t)q->n_hid;
    for (int b = 0; b < io->batch; b++)
        put_operand(s, s->rec + (size_t)b * s->wide, m->n_rec, operand_at(s, s->r, (size_t)b));
    s->product->mul(m->h, s->pool, io->batch, s->r, s->stride, s->sum_h);
    for (int b = 0; b < io->batch; b++) {
        size_t at = (size_t)b * s->wide, row = (size_t)t * (size_t)io->batch + (size_t)b;
        if (runs(io, b, t))
            fixed_cell(q, s->sum_x + row * rows, s->sum_h + (size_t)b * rows, s->z, s->c + at,
                       (q->n_proj != 0 ? s->h : s->rec) + at, &s->counts);
    }
    if (q->n_proj != 0)
        project(s, m, io, t);
    for (int b = 0; b < io->batch; b++)
        memcpy(s->seq + ((size_t)t * (size_t)io->batch + (size_t)b) * s->wide,
               s->rec + (size_t)b * s->wide, (size_t)m->n_rec * sizeof *s->seq);
}

static void to_float(const int16_t *from, int n, int bits, float *to)
{
    kern_get()->fixed_floats(from, n, ldexpf(1, -bits), to);
}

/* The state of a lane that runs at all; else it stays as it is, rounded to no scale. */
static void load_state(struct fixed_stack *s, const struct fixed_layer *m, int b, const float *r,
                       const float *c)
{
    size_t at = (size_t)b * s->wide;
    quantize(s, r, m->n_rec, ldexp(1, m->q.f_r), INT16_MIN, INT16_MAX, s->rec + at);
    quantize(s, c, m->q.n_hid, ldexp(1, m->q.f_c), INT16_MIN, INT16_MAX, s->c + at);
}

static void store_state(const struct fixed_stack *s, const struct fixed_layer *m, int b, float *r,
                        float *c)
{
    size_t at = (size_t)b * s->wide;
    to_float(s->rec + at, m->n_rec, m->q.f_r, r);
    to_float(s->c + at, m->q.n_hid, m->q.f_c, c);
}

/* Layer l over a call: one product for the inputs of all steps, then step by step. Its inputs are
 * io->x or what the layer below left in s->seq, where its outputs go too. */
static void run_layer(struct fixed_stack *s, int l, const struct lstm_io *io, float *r, float *c)
{
    const struct fixed_layer *m = &s->layer[l];
    size_t n_rec = (size_t)m->n_rec, n_hid = (size_t)m->q.n_hid;
    for (int b = 0; b < io->batch; b++)
        if (runs(io, b, 0))
            load_state(s, m, b, r + (size_t)b * n_rec, c + (size_t)b * n_hid);
    put_inputs(s, l, io);
    s->product->mul(m->x, s->pool, io->steps * io->batch, s->x, s->stride, s->sum_x);
    for (int t = 0; t < io->steps; t++)
        step(s, m, io, t);
    for (int b = 0; b < io->batch; b++)
        if (runs(io, b, 0))
            store_state(s, m, b, r + (size_t)b * n_rec, c + (size_t)b * n_hid);
}

static void write_outputs(struct fixed_stack *s, const struct lstm_io *io)
{
    const struct fixed_layer *top = &s->layer[s->net.n_layers - 1];
    size_t n = (size_t)top->n_rec;
    for (int t = 0; t < io->steps; t++)
        for (int b = 0; b < io->batch; b++) {
            size_t row = (size_t)t * (size_t)io->batch + (size_t)b;
            if (!runs(io, b, t))
                memset(io->y + row * n, 0, n * sizeof *io->y);
            else
                to_float(s->seq + row * s->wide, top->n_rec, top->q.f_r, io->y + row * n);
        }
}

void fixed_stack_run(struct fixed_stack *s, const struct lstm_io *io)
{
    float *r = io->h, *c = io->c;
    for (int l = 0; l < s->net.n_layers; l++) {
        run_layer(s, l, io, r, c);
        r += (size_t)io->batch * (size_t)s->layer[l].n_rec;
        c += (size_t)io->batch * (size_t)s->layer[l].q.n_hid;
    }
    if (io->y != NULL)
        write_outputs(s, io);
}

const void *fixed_stack_packed_h(const struct fixed_stack *s)
{
    return s->layer[0].h;
}

void fixed_stack_gates(struct fixed_stack *s)
{
    s->product->mul(s->layer[0].x, s->pool, 1, s->gate_x, s->stride, s->sum_x);
    s->product->mul(s->layer[0].h, s->pool, 1, s->gate_r, s->stride, s->sum_h);
}

void fixed_stack_facts(const struct fixed_stack *s, struct lstm_facts *out)
{
    out->saturations = (double)s->counts.saturations;
    out->nans = (double)s->counts.nans;
    for (int l = 0; l < s->net.n_layers; l++) {
        const struct fixed_layer *m = &s->layer[l];
        s->product->facts(m->x, out);
        s->product->facts(m->h, out);
        if (l == 0)
            out->gate_bytes = out->weight_bytes + out->index_bytes;
        if (m->r != NULL)
            s->product->facts(m->r, out);
    }
}
