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
    int16_t *seq;           /* [max_steps][max_batch][widest] what the layers hand on */
    int16_t *z;             /* [4*widest] */
    int16_t *rec, *c, *h;   /* one sample's r, c, and cell output [widest] */
    int16_t *x16;           /* [widest + FIXED_X_PAD] operand of a product in q16 */
    uint8_t *x8;            /* [widest + FIXED_X_PAD] in q8 */
    int32_t *sum_x, *sum_h; /* [4*widest] */
    void *gate_x, *gate_r;  /* operands of fixed_stack_gates, padded like x16 or x8 */
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

static enum status allocate(struct fixed_stack *s, const struct lstm_options *opt)
{
    size_t wide = widest(&s->net), rows;
    if (!mem_mul((size_t)opt->max_steps, (size_t)opt->max_batch, &rows))
        return fail(E_NOMEM, "memory: %d steps of batch %d do not fit", opt->max_steps,
                    opt->max_batch);
    TRY(pool_new(opt->threads, opt->pin, &s->pool));
    TRY(mem_new(&s->seq, rows, wide * sizeof *s->seq));
    TRY(mem_new(&s->z, 4 * wide, sizeof *s->z));
    TRY(mem_new(&s->rec, wide, sizeof *s->rec));
    TRY(mem_new(&s->c, wide, sizeof *s->c));
    TRY(mem_new(&s->h, wide, sizeof *s->h));
    TRY(mem_new(&s->x16, wide + FIXED_X_PAD, sizeof *s->x16));
    TRY(mem_new(&s->x8, wide + FIXED_X_PAD, 1));
    TRY(mem_new(&s->sum_x, 4 * wide, sizeof *s->sum_x));
    return mem_new(&s->sum_h, 4 * wide, sizeof *s->sum_h);
}

/* An operand of n random elements and the padding of its precision. */
static enum status make_gate_operand(const struct fixed_stack *s, struct rng *r, int n, void **out)
{
    size_t total = (size_t)n + FIXED_X_PAD;
    int16_t *x16 = NULL;
    uint8_t *x8 = NULL;
    TRY(s->precision != PREC_Q8 ? mem_new(&x16, total, sizeof *x16) : mem_new(&x8, total, 1));
    for (size_t i = 0; i < (size_t)n; i++) {
        if (s->precision != PREC_Q8)
            x16[i] = (int16_t)(rng_below(r, 65536) - 32768);
        else
            x8[i] = (uint8_t)rng_below(r, 256);
    }
    if (x8 != NULL)
        memset(x8 + n, 128, FIXED_X_PAD);
    *out = x16 != NULL ? (void *)x16 : (void *)x8;
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
    void *all[] = {s->seq, s->z,     s->rec,   s->c,      s->h,     s->x16,
                   s->x8,  s->sum_x, s->sum_h, s->gate_x, s->gate_r};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        mem_free(all[i]);
    mem_free(s);
}

/* The operand of a product from n int16 values, with its padding. */
static const void *operand(struct fixed_stack *s, const int16_t *r, int n)
{
    if (s->precision != PREC_Q8) {
        memcpy(s->x16, r, (size_t)n * sizeof *r);
        memset(s->x16 + n, 0, FIXED_X_PAD * sizeof *s->x16);
        return s->x16;
    }
    kern_get()->fixed_u8(r, n, s->x8);
    memset(s->x8 + n, 128, FIXED_X_PAD);
    return s->x8;
}

/* n floats as integers of lo..hi, saturations and NaNs counted. */
static void quantize(struct fixed_stack *s, const float *x, int n, double times, int lo, int hi,
                     int16_t *out)
{
    s->counts.saturations += kern_get()->fixed_quantize(x, n, times, lo, hi, out, &s->counts.nans);
}

/* The operand from the f32 input of layer 0. */
static const void *operand_f32(struct fixed_stack *s, const float *x, int n)
{
    const struct quant_layer *q = &s->layer[0].q;
    if (s->precision != PREC_Q8) {
        quantize(s, x, n, ldexp(1, q->f_x), INT16_MIN, INT16_MAX, s->x16);
        memset(s->x16 + n, 0, FIXED_X_PAD * sizeof *s->x16);
        return s->x16;
    }
    quantize(s, x, n, 1 / (double)q->x_scale, -128, 127, s->x16);
    for (int i = 0; i < n; i++)
        s->x8[i] = (uint8_t)(s->x16[i] + 128);
    memset(s->x8 + n, 128, FIXED_X_PAD);
    return s->x8;
}

/* One step of one sample; sum_x is there. s->rec and s->c are updated. */
static void step(struct fixed_stack *s, const struct fixed_layer *m)
{
    const struct quant_layer *q = &m->q;
    s->product->mul(m->h, s->pool, operand(s, s->rec, m->n_rec), s->sum_h);
    fixed_cell(q, s->sum_x, s->sum_h, s->z, s->c, q->n_proj != 0 ? s->h : s->rec, &s->counts);
    if (q->n_proj == 0)
        return;
    s->product->mul(m->r, s->pool, operand(s, s->h, q->n_hid), s->sum_x);
    fixed_project(q, s->sum_x, s->rec, &s->counts);
}

static void load_state(struct fixed_stack *s, const struct fixed_layer *m, const float *r,
                       const float *c)
{
    quantize(s, r, m->n_rec, ldexp(1, m->q.f_r), INT16_MIN, INT16_MAX, s->rec);
    quantize(s, c, m->q.n_hid, ldexp(1, m->q.f_c), INT16_MIN, INT16_MAX, s->c);
}

static void to_float(const int16_t *from, int n, int bits, float *to)
{
    kern_get()->fixed_floats(from, n, ldexpf(1, -bits), to);
}

/* One sample through layer l. Its inputs are io->x or what the layer below left in s->seq, where
 * this layer's outputs go too, row by row. */
static void run_sample(struct fixed_stack *s, int l, const struct lstm_io *io, int b, float *r,
                       float *c)
{
    const struct fixed_layer *m = &s->layer[l];
    int n_in = m->q.n_in, n_rec = m->n_rec, len = io->len != NULL ? io->len[b] : io->steps;
    size_t wide = widest(&s->net);
    if (len == 0)
        return; /* its state stays as it is, rounded to no scale */
    load_state(s, m, r, c);
    for (int t = 0; t < len; t++) {
        size_t row = (size_t)t * (size_t)io->batch + (size_t)b;
        int16_t *seq = s->seq + row * wide;
        const void *x =
            l == 0 ? operand_f32(s, io->x + row * (size_t)n_in, n_in) : operand(s, seq, n_in);
        s->product->mul(m->x, s->pool, x, s->sum_x);
        step(s, m);
        memcpy(seq, s->rec, (size_t)n_rec * sizeof *seq);
    }
    to_float(s->rec, n_rec, m->q.f_r, r);
    to_float(s->c, m->q.n_hid, m->q.f_c, c);
}

static void write_outputs(struct fixed_stack *s, const struct lstm_io *io)
{
    const struct fixed_layer *top = &s->layer[s->net.n_layers - 1];
    size_t wide = widest(&s->net), n = (size_t)top->n_rec;
    for (int t = 0; t < io->steps; t++)
        for (int b = 0; b < io->batch; b++) {
            size_t row = (size_t)t * (size_t)io->batch + (size_t)b;
            if (io->len != NULL && t >= io->len[b])
                memset(io->y + row * n, 0, n * sizeof *io->y);
            else
                to_float(s->seq + row * wide, top->n_rec, top->q.f_r, io->y + row * n);
        }
}

void fixed_stack_run(struct fixed_stack *s, const struct lstm_io *io)
{
    float *r = io->h, *c = io->c;
    for (int l = 0; l < s->net.n_layers; l++) {
        for (int b = 0; b < io->batch; b++) {
            run_sample(s, l, io, b, r, c);
            r += s->layer[l].n_rec;
            c += s->layer[l].q.n_hid;
        }
    }
    if (io->y != NULL)
        write_outputs(s, io);
}

void fixed_stack_gates(struct fixed_stack *s)
{
    s->product->mul(s->layer[0].x, s->pool, s->gate_x, s->sum_x);
    s->product->mul(s->layer[0].h, s->pool, s->gate_r, s->sum_h);
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
