#include "kernels/quant.h"

#include "base/mem.h"
#include "kernels/fixed.h"

#include <math.h>
#include <stdlib.h>

enum {
    MOST_BITS = 22,      /* fraction bits beyond which small tensors gain nothing */
    MULTIPLIER_BITS = 30 /* multipliers of q8 are below 2^30 */
};

static float largest(const float *w, size_t n)
{
    float max = 0;
    for (size_t i = 0; w != NULL && i < n; i++)
        max = fabsf(w[i]) > max ? fabsf(w[i]) : max;
    return max;
}

/* Most fraction bits with which `max` still fits an int16. */
static int fit_bits(float max)
{
    int bits = MOST_BITS;
    while (bits > -15 && ldexp(max, bits) > 32767)
        bits--;
    return bits;
}

static int c_bits(float c_max)
{
    return c_max < 8 ? 12 : c_max < 16 ? 11 : 10;
}

static int64_t sum_abs(const int16_t *w, size_t n)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += labs(w[i]);
    return sum;
}

static void quantize(const float *w, size_t n, int bits, int16_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (int16_t)fixed_from(w[i], bits, -32767, 32767);
}

/* Which peephole row a gate row has (I F G O -> i f - o), or -1. */
static int peephole_row(int gate)
{
    return gate == 3 ? 2 : gate == 2 ? -1 : gate;
}

/* 1 if no row of the gates can leave int32 at this A. */
static int gates_fit(const struct quant_layer *q, int n_rec)
{
    for (int row = 0; row < 4 * q->n_hid; row++) {
        int pr = peephole_row(row / q->n_hid);
        int64_t sum = sum_abs(q->w_x + (size_t)row * (size_t)q->n_in, (size_t)q->n_in) +
                      sum_abs(q->w_h + (size_t)row * (size_t)n_rec, (size_t)n_rec);
        int64_t bound = 32767 * sum + llabs(q->bias[row]) + ((int64_t)1 << (q->z_shift - 1));
        if (q->p != NULL && pr >= 0)
            bound += (int64_t)labs(q->p[pr * q->n_hid + row % q->n_hid]) << (15 + q->p_shift);
        if (bound >= (int64_t)1 << 31)
            return 0;
    }
    return 1;
}

/* Writes the integers of the gates for A fraction bits; 0 if something does not fit. */
static int try_gates(const struct lstm_layer *y, int a, struct quant_layer *q)
{
    int n_rec = lstm_n_rec(y);
    size_t rows = 4 * (size_t)y->n_hid;
    q->z_shift = a - FIXED_Z_BITS;
    quantize(y->w_x, rows * (size_t)y->n_in, a - q->f_x, q->w_x);
    quantize(y->w_h, rows * (size_t)n_rec, a - q->f_r, q->w_h);
    for (size_t i = 0; i < rows; i++) {
        if (ldexp(fabs((double)y->bias[i]), a) >= 0x1p31)
            return 0;
        q->bias[i] = fixed_from(y->bias[i], a, INT32_MIN + 1, INT32_MAX);
    }
    if (q->p != NULL) {
        int bits = fit_bits(largest(y->peephole, 3 * (size_t)y->n_hid));
        bits = bits < a - q->f_c ? bits : a - q->f_c;
        q->p_shift = a - q->f_c - bits;
        quantize(y->peephole, 3 * (size_t)y->n_hid, bits, q->p);
    }
    return gates_fit(q, n_rec);
}

static enum status make_gates_q16(const struct lstm_layer *y, int l, struct quant_layer *q)
{
    int n_rec = lstm_n_rec(y);
    size_t rows = 4 * (size_t)y->n_hid;
    int a_x = fit_bits(largest(y->w_x, rows * (size_t)y->n_in)) + q->f_x;
    int a_h = fit_bits(largest(y->w_h, rows * (size_t)n_rec)) + q->f_r;
    int a = a_x < a_h ? a_x : a_h;
    TRY(mem_new(&q->bias, rows, sizeof *q->bias));
    if (y->peephole != NULL)
        TRY(mem_new(&q->p, 3 * (size_t)y->n_hid, sizeof *q->p));
    for (a = a < 30 ? a : 30; a > FIXED_Z_BITS; a--)
        if (try_gates(y, a, q))
            return OK;
    return fail(E_UNSUPPORTED, "layer %d: its weights are too large for q16", l);
}

static enum status make_projection_q16(const struct lstm_layer *y, int l, struct quant_layer *q)
{
    size_t n = (size_t)y->n_proj * (size_t)y->n_hid;
    for (int bits = fit_bits(largest(y->w_r, n)); bits + FIXED_G_BITS > q->f_r; bits--) {
        int fits = 1;
        q->r_shift = bits + FIXED_G_BITS - q->f_r;
        quantize(y->w_r, n, bits, q->w_r);
        for (int row = 0; fits && row < y->n_proj; row++)
            fits = 32767 * sum_abs(q->w_r + (size_t)row * (size_t)y->n_hid, (size_t)y->n_hid) +
                       ((int64_t)1 << (q->r_shift - 1)) <
                   (int64_t)1 << 31;
        if (fits)
            return OK;
    }
    return fail(E_UNSUPPORTED, "layer %d: its projection is too large for q16", l);
}

/* 8-bit weights of one matrix with a scale a row; scale[row] is what 1 stands for. */
static void quantize_rows(const float *w, int rows, int cols, int16_t *out, double *scale)
{
    for (int r = 0; r < rows; r++) {
        size_t at = (size_t)r * (size_t)cols;
        float max = largest(w + at, (size_t)cols);
        scale[r] = max > 0 ? (double)max / 127 : 1;
        for (int c = 0; c < cols; c++)
            out[at + (size_t)c] = (int16_t)floor(w[at + (size_t)c] / scale[r] + 0.5);
    }
}

/* Most shift with which the largest scale stays a multiplier below 2^30. */
static int multiplier_shift(const double *scale, int n)
{
    double max = 0;
    int shift = 46;
    for (int i = 0; i < n; i++)
        max = scale[i] > max ? scale[i] : max;
    while (shift > 1 && ldexp(max, shift) >= 0x1p30 - 1)
        shift--;
    return shift;
}

static int32_t multiplier(double scale, int shift)
{
    double v = floor(ldexp(scale, shift) + 0.5);
    return v < 0x1p31 - 1 ? (int32_t)v : INT32_MAX;
}

/* scale [2*rows]: of a row's x sum and h sum, as parts of z's unit. */
static enum status make_multipliers(const struct lstm_layer *y, const double *scale,
                                    struct quant_layer *q)
{
    int rows = 4 * y->n_hid;
    TRY(mem_new(&q->m_x, (size_t)rows, sizeof *q->m_x));
    TRY(mem_new(&q->m_h, (size_t)rows, sizeof *q->m_h));
    TRY(mem_new(&q->bias8, (size_t)rows, sizeof *q->bias8));
    q->z_shift = multiplier_shift(scale, 2 * rows);
    for (int i = 0; i < rows; i++) {
        q->m_x[i] = multiplier(scale[i], q->z_shift);
        q->m_h[i] = multiplier(scale[rows + i], q->z_shift);
        q->bias8[i] = (int64_t)floor(ldexp(y->bias[i], FIXED_Z_BITS + q->z_shift) + 0.5);
    }
    if (y->peephole == NULL)
        return OK;
    TRY(mem_new(&q->m_p, 3 * (size_t)y->n_hid, sizeof *q->m_p));
    for (int i = 0; i < 3 * y->n_hid; i++)
        q->m_p[i] =
            fixed_from(y->peephole[i], FIXED_Z_BITS + q->z_shift - q->f_c, -INT32_MAX, INT32_MAX);
    return OK;
}

static enum status make_gates_q8(const struct lstm_layer *y, struct quant_layer *q)
{
    int rows = 4 * y->n_hid;
    double *scale, x_unit = q->x_scale > 0 ? (double)q->x_scale : ldexp(1, 8 - q->f_x);
    TRY(mem_new(&scale, 2 * (size_t)rows, sizeof *scale));
    quantize_rows(y->w_x, rows, y->n_in, q->w_x, scale);
    quantize_rows(y->w_h, rows, lstm_n_rec(y), q->w_h, scale + rows);
    for (int i = 0; i < rows; i++) {
        scale[i] *= ldexp(x_unit, FIXED_Z_BITS);
        scale[rows + i] *= ldexp(1, 8 - q->f_r + FIXED_Z_BITS);
    }
    enum status s = make_multipliers(y, scale, q);
    mem_free(scale);
    return s;
}

static enum status make_projection_q8(const struct lstm_layer *y, struct quant_layer *q)
{
    double *scale;
    TRY(mem_new(&scale, (size_t)y->n_proj, sizeof *scale));
    quantize_rows(y->w_r, y->n_proj, y->n_hid, q->w_r, scale);
    for (int i = 0; i < y->n_proj; i++)
        scale[i] *= ldexp(1, 8 - FIXED_G_BITS + q->f_r);
    q->r_shift = multiplier_shift(scale, y->n_proj);
    enum status s = mem_new(&q->m_r, (size_t)y->n_proj, sizeof *q->m_r);
    for (int i = 0; s == OK && i < y->n_proj; i++)
        q->m_r[i] = multiplier(scale[i], q->r_shift);
    mem_free(scale);
    return s;
}

static enum status make(const struct lstm_net *net, int l, const struct quant *quant,
                        struct quant_layer *q)
{
    const struct lstm_layer *y = &net->layer[l];
    size_t rows = 4 * (size_t)y->n_hid;
    TRY(mem_new(&q->w_x, rows, (size_t)y->n_in * sizeof *q->w_x));
    TRY(mem_new(&q->w_h, rows, (size_t)lstm_n_rec(y) * sizeof *q->w_h));
    if (q->precision == PREC_Q16)
        TRY(make_gates_q16(y, l, q));
    else
        TRY(make_gates_q8(y, q));
    if (y->n_proj == 0)
        return OK;
    TRY(mem_new(&q->w_r, (size_t)y->n_proj, (size_t)y->n_hid * sizeof *q->w_r));
    return q->precision == PREC_Q16 ? make_projection_q16(y, l, q) : make_projection_q8(y, q);
}

static int r_bits(const struct lstm_layer *y, const struct quant_range *range)
{
    return y->n_proj != 0 ? fit_bits(range->r) : FIXED_G_BITS;
}

enum status quant_layer_make(const struct lstm_net *net, int l, enum precision precision,
                             const struct quant *quant, struct quant_layer *q)
{
    const struct lstm_layer *y = &net->layer[l];
    *q = (struct quant_layer){
        .precision = precision,
        .n_in = y->n_in,
        .n_hid = y->n_hid,
        .n_proj = y->n_proj,
        .f_x =
            l == 0 ? fit_bits(quant->layer[0].x) : r_bits(&net->layer[l - 1], &quant->layer[l - 1]),
        .f_r = r_bits(y, &quant->layer[l]),
        .f_c = c_bits(quant->layer[l].c),
        .x_scale = l == 0 ? quant->layer[0].x / 127 : 0,
    };
    if (l == 0 && !(q->x_scale > 0))
        q->x_scale = 1.0f / 127; /* only zeros were seen */
    enum status s = make(net, l, quant, q);
    if (s != OK)
        quant_layer_release(q);
    return s;
}

void quant_layer_release(struct quant_layer *q)
{
    void *all[] = {q->w_x, q->w_h, q->w_r, q->bias, q->p, q->m_x, q->m_h, q->m_r, q->bias8, q->m_p};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        mem_free(all[i]);
    *q = (struct quant_layer){0};
}
