#include "tests/plain_fixed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_WIDTH = 512, KNOTS = 33 };

/* One sample's way through the stack. */
struct plain {
    struct quant_layer q[LSTM_MAX_LAYERS];
    int n_layers, sigmoid[KNOTS], tangent[KNOTS];
    struct plain_counts *n;
};

/* floor(v/2^s + 1/2) */
static int64_t half_up(int64_t v, int s)
{
    int64_t d = (int64_t)1 << s, whole = v / d, rest = v % d;
    whole -= rest < 0;
    rest += rest < 0 ? d : 0;
    return whole + (2 * rest >= d && s > 0);
}

static int64_t clip(struct plain *p, int64_t v, int64_t lo, int64_t hi)
{
    p->n->saturations += v < lo || v > hi;
    return v < lo ? lo : v > hi ? hi : v;
}

static int64_t from_float(struct plain *p, double v, int64_t lo, int64_t hi)
{
    p->n->nans += v != v;
    if (v != v)
        return 0;
    v = floor(v + 0.5);
    p->n->saturations += v < (double)lo || v > (double)hi;
    return v < (double)lo ? lo : v > (double)hi ? hi : (int64_t)v;
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* Knots at i*h, lifted by h^2/16*|f''|; the last half way to 1. */
static void make_tables(struct plain *p)
{
    for (int i = 0; i < KNOTS; i++) {
        double s = sigmoid(i * 0.25), t = tanh(i * 0.125);
        double ds = s * (1 - s) * (2 * s - 1), dt = 2 * t * (1 - t * t);
        s = i < KNOTS - 1 ? s + 0.25 * 0.25 / 16 * ds : (s + 1) / 2;
        t = i < KNOTS - 1 ? t + 0.125 * 0.125 / 16 * dt : (t + 1) / 2;
        p->sigmoid[i] = (int)floor(s * 32768 + 0.5);
        p->tangent[i] = (int)floor(t * 32768 + 0.5);
    }
}

/* Of |z| in Q4.11 with segments of 2^shift. */
static int64_t table_at(const int *knot, int64_t z, int shift)
{
    int64_t size = (int64_t)1 << shift, i = llabs(z) / size, part = llabs(z) % size;
    return i >= KNOTS - 1 ? knot[KNOTS - 1]
                          : knot[i] + half_up((knot[i + 1] - knot[i]) * part, shift);
}

static int64_t gate(const struct plain *p, int64_t z)
{
    int64_t y = table_at(p->sigmoid, z, 9);
    return z < 0 ? 32768 - y : y;
}

static int64_t squash(const struct plain *p, int64_t z)
{
    int64_t y = table_at(p->tangent, z, 8);
    return z < 0 ? -y : y;
}

static int64_t dot(const int16_t *w, const int64_t *x, int n)
{
    int64_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += w[i] * x[i];
    return sum;
}

/* Pre-activation of gate g (I F G O) of unit j; peephole `which` (i f o, or -1) sees c. */
static int64_t row_of(struct plain *p, const struct quant_layer *q, int g, int j, int which,
                      const int64_t *x, const int64_t *r, int64_t c)
{
    int row = g * q->n_hid + j, n_rec = q->n_proj != 0 ? q->n_proj : q->n_hid;
    int64_t sx = dot(q->w_x + row * q->n_in, x, q->n_in), sr = dot(q->w_h + row * n_rec, r, n_rec);
    int64_t z = q->precision != PREC_Q8 ? sx + sr + q->bias[row]
                                        : q->m_x[row] * sx + q->m_h[row] * sr + q->bias8[row];
    if (q->precision != PREC_Q8 && q->p != NULL && which >= 0)
        z += q->p[which * q->n_hid + j] * c * ((int64_t)1 << q->p_shift);
    if (q->precision == PREC_Q8 && q->m_p != NULL && which >= 0)
        z += q->m_p[which * q->n_hid + j] * c;
    return clip(p, half_up(z, q->z_shift), -32768, 32767);
}

/* What a product sees of int16 values. */
static void operand(const struct quant_layer *q, const int64_t *v, int n, int64_t *out)
{
    for (int i = 0; i < n; i++) {
        int64_t high = half_up(v[i], 8);
        out[i] = q->precision != PREC_Q8 ? v[i] : high > 127 ? 127 : high;
    }
}

/* One step of one layer: r [n_rec] and c [n_hid] are updated. */
static void step(struct plain *p, const struct quant_layer *q, const int64_t *x, int64_t *r,
                 int64_t *c)
{
    int64_t h[MAX_WIDTH], in[MAX_WIDTH];
    operand(q, r, q->n_proj != 0 ? q->n_proj : q->n_hid, in);
    for (int j = 0; j < q->n_hid; j++) {
        int64_t i = gate(p, row_of(p, q, 0, j, 0, x, in, c[j]));
        int64_t f = gate(p, row_of(p, q, 1, j, 1, x, in, c[j]));
        int64_t g = squash(p, row_of(p, q, 2, j, -1, x, in, 0));
        /* f*c has 15 + f_c fraction bits, i*g has 30 */
        int64_t now = half_up(f * c[j] * ((int64_t)1 << (15 - q->f_c)) + i * g, 30 - q->f_c);
        c[j] = clip(p, now, -32768, 32767);
        int64_t o = gate(p, row_of(p, q, 3, j, 2, x, in, c[j]));
        int64_t z = q->f_c == 12 ? half_up(c[j], 1) : c[j] * (q->f_c == 10 ? 2 : 1);
        h[j] = half_up(o * squash(p, z < -32768 ? -32768 : z > 32767 ? 32767 : z), 15);
    }
    for (int j = 0; q->n_proj == 0 && j < q->n_hid; j++)
        r[j] = h[j];
    operand(q, h, q->n_hid, in);
    for (int j = 0; j < q->n_proj; j++) {
        int64_t sum = dot(q->w_r + j * q->n_hid, in, q->n_hid);
        sum *= q->precision == PREC_Q8 ? q->m_r[j] : 1;
        r[j] = clip(p, half_up(sum, q->r_shift), -32768, 32767);
    }
}

static void first_operand(struct plain *p, const float *x, int64_t *out)
{
    const struct quant_layer *q = &p->q[0];
    for (int i = 0; i < q->n_in; i++)
        out[i] = q->precision != PREC_Q8
                     ? from_float(p, ldexp(x[i], q->f_x), -32768, 32767)
                     : from_float(p, (double)x[i] / (double)q->x_scale, -128, 127);
}

/* State in and out: the float holds the integer times its scale. */
static void exchange(struct plain *p, float *f, int64_t *v, int n, int bits, int in)
{
    for (int i = 0; i < n; i++)
        if (in)
            v[i] = from_float(p, ldexp(f[i], bits), -32768, 32767);
        else
            f[i] = (float)ldexp((double)v[i], -bits);
}

/* State of sample b of every layer. */
static void exchange_all(struct plain *p, const struct lstm_io *io, int b, int in,
                         int64_t r[][MAX_WIDTH], int64_t c[][MAX_WIDTH])
{
    float *h_at = io->h, *c_at = io->c;
    for (int l = 0; l < p->n_layers; l++) {
        const struct quant_layer *q = &p->q[l];
        int n_rec = q->n_proj != 0 ? q->n_proj : q->n_hid;
        exchange(p, h_at + b * n_rec, r[l], n_rec, q->f_r, in);
        exchange(p, c_at + b * q->n_hid, c[l], q->n_hid, q->f_c, in);
        h_at += io->batch * n_rec;
        c_at += io->batch * q->n_hid;
    }
}

static void run_sample(struct plain *p, const struct lstm_io *io, int b, float *y, int n_out)
{
    static int64_t r[LSTM_MAX_LAYERS][MAX_WIDTH], c[LSTM_MAX_LAYERS][MAX_WIDTH];
    const struct quant_layer *top = &p->q[p->n_layers - 1];
    int len = io->len != NULL ? io->len[b] : io->steps;
    if (len != 0)
        exchange_all(p, io, b, 1, r, c);
    for (int t = 0; t < io->steps; t++) {
        int64_t x[MAX_WIDTH];
        int row = t * io->batch + b;
        for (int j = 0; t >= len && j < n_out; j++)
            y[row * n_out + j] = 0;
        if (t >= len)
            continue;
        first_operand(p, io->x + row * p->q[0].n_in, x);
        for (int l = 0; l < p->n_layers; l++) {
            if (l > 0)
                operand(&p->q[l], r[l - 1], p->q[l].n_in, x);
            step(p, &p->q[l], x, r[l], c[l]);
        }
        exchange(p, y + row * n_out, r[p->n_layers - 1], n_out, top->f_r, 0);
    }
    if (len != 0)
        exchange_all(p, io, b, 0, r, c);
}

void plain_fixed_run(const struct lstm_net *net, enum precision precision,
                     const struct quant *quant, const struct lstm_io *io, struct plain_counts *n)
{
    struct plain p = {.n_layers = net->n_layers, .n = n};
    *n = (struct plain_counts){0};
    make_tables(&p);
    for (int l = 0; l < net->n_layers; l++) {
        const struct lstm_layer *y = &net->layer[l];
        if (y->n_in > MAX_WIDTH || y->n_hid > MAX_WIDTH || y->n_proj > MAX_WIDTH ||
            quant_layer_make(net, l, precision, quant, &p.q[l]) != OK) {
            fprintf(stderr, "plain_fixed: layer %d cannot be run\n", l);
            abort(); /* a broken helper must not look like a passed test */
        }
    }
    for (int b = 0; b < io->batch; b++)
        run_sample(&p, io, b, io->y, lstm_n_rec(&net->layer[net->n_layers - 1]));
    for (int l = 0; l < net->n_layers; l++)
        quant_layer_release(&p.q[l]);
}
