/* A layer in q8: 8-bit weights with a scale a row, and the multipliers that bring sums to z. */
#include "base/mem.h"
#include "kernels/fixed.h"
#include "kernels/quant_make.h"

#include <math.h>

enum {
    MOST_SHIFT = 46,
    /* With fewer bits, left over by large biases or peepholes, rounding the multipliers would show
     * in z. Large weights alone may take them: their multipliers still have 30 bits. */
    LEAST_SHIFT = 16
};

/* 8-bit weights of one matrix with a scale a row; scale[row] is what 1 stands for, 0 in a row of
 * zeros. E_UNSUPPORTED unless the sum of u8 x s8, in any order and with the zero point's part,
 * stays in int32. */
static enum status quantize_rows(const float *w, int rows, int cols, int l, int16_t *out,
                                 double *scale)
{
    for (int r = 0; r < rows; r++) {
        size_t at = (size_t)r * (size_t)cols, n = (size_t)cols;
        double unit = (double)quant_largest(w + at, n) / 127;
        for (size_t c = at; c < at + n; c++)
            out[c] = (int16_t)(unit > 0 ? floor(w[c] / unit + 0.5) : 0);
        if ((255 + 128) * quant_sum_abs(out + at, n) >= (int64_t)1 << 31)
            return fail(E_UNSUPPORTED, "layer %d: a row of %d weights is too long for q8", l, cols);
        scale[r] = unit;
    }
    return OK;
}

/* Most shift, at most `most`, with which `max` * 2^shift stays below `limit`; may be negative. */
static int shift_below(double max, double limit, int most)
{
    while (ldexp(max, most) >= limit)
        most--;
    return most;
}

static double largest_scale(const double *scale, int n)
{
    double max = 0;
    for (int i = 0; i < n; i++)
        max = scale[i] > max ? scale[i] : max;
    return max;
}

static int32_t multiplier(double scale, int shift)
{
    return (int32_t)floor(ldexp(scale, shift) + 0.5);
}

/* The shift of z. |m_x*sum_x| and |m_h*sum_h| stay below 2^61, |bias8| below 2^61 and |m_p*c| below
 * 2^46, so their sum is exact in int64. 0 if there is none. */
static int choose_shift(const struct lstm_layer *y, double largest, const struct quant_layer *q)
{
    size_t n = (size_t)y->n_hid;
    int by_weights = shift_below(largest, 0x1p30 - 1, MOST_SHIFT);
    int shift = shift_below(ldexp(quant_largest(y->bias, 4 * n), FIXED_Z_BITS), 0x1p61, by_weights);
    shift = shift_below(ldexp(quant_largest(y->peephole, 3 * n), FIXED_Z_BITS - q->f_c), 0x1p31 - 1,
                        shift);
    if (shift < 1 || (shift < by_weights && shift < LEAST_SHIFT))
        return 0;
    return shift;
}

/* scale [2*rows]: of a row's x sum and h sum, in z's unit. */
static enum status make_multipliers(const struct lstm_layer *y, int l, const double *scale,
                                    struct quant_layer *q)
{
    int rows = 4 * y->n_hid, p_bits;
    q->z_shift = choose_shift(y, largest_scale(scale, 2 * rows), q);
    if (q->z_shift == 0)
        return fail(E_UNSUPPORTED,
                    "layer %d: its weights, biases or peepholes are too large for q8", l);
    TRY(mem_new(&q->m_x, (size_t)rows, sizeof *q->m_x));
    TRY(mem_new(&q->m_h, (size_t)rows, sizeof *q->m_h));
    TRY(mem_new(&q->bias8, (size_t)rows, sizeof *q->bias8));
    for (int i = 0; i < rows; i++) {
        q->m_x[i] = multiplier(scale[i], q->z_shift);
        q->m_h[i] = multiplier(scale[rows + i], q->z_shift);
        q->bias8[i] = (int64_t)floor(ldexp(y->bias[i], FIXED_Z_BITS + q->z_shift) + 0.5);
    }
    if (y->peephole == NULL)
        return OK;
    TRY(mem_new(&q->m_p, 3 * (size_t)y->n_hid, sizeof *q->m_p));
    p_bits = FIXED_Z_BITS + q->z_shift - q->f_c;
    for (int i = 0; i < 3 * y->n_hid; i++)
        q->m_p[i] = fixed_from(y->peephole[i], p_bits, -INT32_MAX, INT32_MAX);
    return OK;
}

static enum status make_gates(const struct lstm_layer *y, int l, double *scale,
                              struct quant_layer *q)
{
    int rows = 4 * y->n_hid;
    double x_unit = q->x_scale > 0 ? (double)q->x_scale : ldexp(1, 8 - q->f_x);
    TRY(quantize_rows(y->w_x, rows, y->n_in, l, q->w_x, scale));
    TRY(quantize_rows(y->w_h, rows, lstm_n_rec(y), l, q->w_h, scale + rows));
    for (int i = 0; i < rows; i++) {
        scale[i] *= ldexp(x_unit, FIXED_Z_BITS);
        scale[rows + i] *= ldexp(1, 8 - q->f_r + FIXED_Z_BITS);
    }
    return make_multipliers(y, l, scale, q);
}

static enum status make_projection(const struct lstm_layer *y, int l, double *scale,
                                   struct quant_layer *q)
{
    TRY(quantize_rows(y->w_r, y->n_proj, y->n_hid, l, q->w_r, scale));
    for (int i = 0; i < y->n_proj; i++)
        scale[i] *= ldexp(1, 8 - FIXED_G_BITS + q->f_r);
    q->r_shift = shift_below(largest_scale(scale, y->n_proj), 0x1p30 - 1, MOST_SHIFT);
    if (q->r_shift < 1)
        return fail(E_UNSUPPORTED, "layer %d: its projection is too large for q8", l);
    TRY(mem_new(&q->m_r, (size_t)y->n_proj, sizeof *q->m_r));
    for (int i = 0; i < y->n_proj; i++)
        q->m_r[i] = multiplier(scale[i], q->r_shift);
    return OK;
}

enum status quant_make_q8(const struct lstm_layer *y, int l, struct quant_layer *q)
{
    double *scale;
    size_t rows = 8 * (size_t)y->n_hid;
    TRY(mem_new(&scale, rows > (size_t)y->n_proj ? rows : (size_t)y->n_proj, sizeof *scale));
    enum status s = make_gates(y, l, scale, q);
    if (s == OK && y->n_proj != 0)
        s = make_projection(y, l, scale, q);
    mem_free(scale);
    return s;
}
