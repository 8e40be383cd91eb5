/* A layer in q16: the largest accumulator fraction A that no row can drive out of int32. */
#include "base/mem.h"
#include "kernels/fixed.h"
#include "kernels/quant_make.h"

#include <math.h>
#include <stdlib.h>

static void quantize(const float *w, size_t n, int bits, int16_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (int16_t)fixed_from(w[i], bits, -32767, 32767);
}

/* Weights of a matrix. Those of q10 are multiples of 64: ten bits above the place of the index. */
static void quantize_weights(const struct quant_layer *q, const float *w, size_t n, int bits,
                             int16_t *out)
{
    if (q->precision != PREC_Q10) {
        quantize(w, n, bits, out);
        return;
    }
    for (size_t i = 0; i < n; i++)
        out[i] = (int16_t)(64 * fixed_from(w[i], bits - 6, -511, 511));
}

/* Which peephole row a gate row has (I F G O -> i f - o), or -1. */
static int peephole_row(int gate)
{
    return gate == 3 ? 2 : gate == 2 ? -1 : gate;
}

/* 1 if no row of the gates can leave int32 at this A. x and r go down to -32768. */
static int gates_fit(const struct quant_layer *q, int n_rec)
{
    for (int row = 0; row < 4 * q->n_hid; row++) {
        int pr = peephole_row(row / q->n_hid);
        int64_t sum = quant_sum_abs(q->w_x + (size_t)row * (size_t)q->n_in, (size_t)q->n_in) +
                      quant_sum_abs(q->w_h + (size_t)row * (size_t)n_rec, (size_t)n_rec);
        int64_t bound = 32768 * sum + llabs(q->bias[row]) + ((int64_t)1 << (q->z_shift - 1));
        if (q->p != NULL && pr >= 0)
            bound += (int64_t)labs(q->p[pr * q->n_hid + row % q->n_hid]) << (15 + q->p_shift);
        if (bound >= (int64_t)1 << 31)
            return 0;
    }
    return 1;
}

/* Peepholes in the most bits that fit them; 0 if they are out of int32's reach at this A. */
static int try_peepholes(const struct lstm_layer *y, int a, struct quant_layer *q)
{
    size_t n = 3 * (size_t)y->n_hid;
    int bits = quant_fit_bits(quant_largest(y->peephole, n));
    bits = bits < a - q->f_c ? bits : a - q->f_c;
    q->p_shift = a - q->f_c - bits;
    if (q->p_shift > 16) /* one of them is then 2^14 or more, and times 2^(15 + 16) far too large */
        return 0;
    quantize(y->peephole, n, bits, q->p);
    return 1;
}

/* Writes the integers of the gates for A fraction bits; 0 if something does not fit. */
static int try_gates(const struct lstm_layer *y, int a, struct quant_layer *q)
{
    int n_rec = lstm_n_rec(y);
    size_t rows = 4 * (size_t)y->n_hid;
    q->z_shift = a - FIXED_Z_BITS;
    for (size_t i = 0; i < rows; i++) {
        if (ldexp(fabs((double)y->bias[i]), a) >= 0x1p31)
            return 0;
        q->bias[i] = fixed_from(y->bias[i], a, INT32_MIN + 1, INT32_MAX);
    }
    if (q->p != NULL && !try_peepholes(y, a, q))
        return 0;
    quantize_weights(q, y->w_x, rows * (size_t)y->n_in, a - q->f_x, q->w_x);
    quantize_weights(q, y->w_h, rows * (size_t)n_rec, a - q->f_r, q->w_h);
    return gates_fit(q, n_rec);
}

static enum status make_gates(const struct lstm_layer *y, int l, struct quant_layer *q)
{
    size_t rows = 4 * (size_t)y->n_hid;
    int a_x = quant_fit_bits(quant_largest(y->w_x, rows * (size_t)y->n_in)) + q->f_x;
    int a_h = quant_fit_bits(quant_largest(y->w_h, rows * (size_t)lstm_n_rec(y))) + q->f_r;
    int a = a_x < a_h ? a_x : a_h;
    TRY(mem_new(&q->bias, rows, sizeof *q->bias));
    if (y->peephole != NULL)
        TRY(mem_new(&q->p, 3 * (size_t)y->n_hid, sizeof *q->p));
    for (a = a < 30 ? a : 30; a > FIXED_Z_BITS; a--)
        if (try_gates(y, a, q))
            return OK;
    return fail(E_UNSUPPORTED, "layer %d: its weights, biases or peepholes are too large for q16",
                l);
}

/* 1 if no row of the projection can leave int32; h is never -32768. */
static int projection_fits(const struct quant_layer *q)
{
    size_t n = (size_t)q->n_hid;
    for (size_t row = 0; row < (size_t)q->n_proj; row++)
        if (32767 * quant_sum_abs(q->w_r + row * n, n) + ((int64_t)1 << (q->r_shift - 1)) >=
            (int64_t)1 << 31)
            return 0;
    return 1;
}

static enum status make_projection(const struct lstm_layer *y, int l, struct quant_layer *q)
{
    size_t n = (size_t)y->n_proj * (size_t)y->n_hid;
    int bits = quant_fit_bits(quant_largest(y->w_r, n));
    for (; bits + FIXED_G_BITS > q->f_r; bits--) {
        q->r_shift = bits + FIXED_G_BITS - q->f_r;
        quantize_weights(q, y->w_r, n, bits, q->w_r);
        if (projection_fits(q))
            return OK;
    }
    return fail(E_UNSUPPORTED, "layer %d: its projection is too large for q16", l);
}

enum status quant_make_q16(const struct lstm_layer *y, int l, struct quant_layer *q)
{
    TRY(make_gates(y, l, q));
    return y->n_proj != 0 ? make_projection(y, l, q) : OK;
}
