#include "kernels/fixed_cell.h"

#include "kernels/fixed.h"
#include "kernels/kern.h"

static int16_t narrow(int64_t v, struct fixed_counts *n)
{
    int16_t s = fixed_sat16(v);
    n->saturations += s != v;
    return s;
}

/* The peephole's part of a row's sum; `which` counts i f o. */
static int64_t peephole(const struct quant_layer *q, int which, int j, int16_t c)
{
    int at = which * q->n_hid + j;
    if (q->p != NULL)
        return (int64_t)q->p[at] * c * ((int64_t)1 << q->p_shift);
    return q->m_p != NULL ? (int64_t)q->m_p[at] * c : 0;
}

/* z of one row in Q4.11, before saturation. */
static int64_t pre_activation(const struct quant_layer *q, const int32_t *sum_x,
                              const int32_t *sum_h, int row, int64_t peep)
{
    int64_t sum = q->precision != PREC_Q8 ? (int64_t)sum_x[row] + sum_h[row] + q->bias[row]
                                          : (int64_t)q->m_x[row] * sum_x[row] +
                                                (int64_t)q->m_h[row] * sum_h[row] + q->bias8[row];
    return fixed_round(sum + peep, q->z_shift);
}

/* Peepholes put c' between the gates, so unit by unit. */
static void cell_with_peepholes(const struct quant_layer *q, const int32_t *sum_x,
                                const int32_t *sum_h, int16_t *c, int16_t *h,
                                struct fixed_counts *n)
{
    int H = q->n_hid;
    for (int j = 0; j < H; j++) {
        int16_t old = c[j];
        int16_t zi = narrow(pre_activation(q, sum_x, sum_h, j, peephole(q, 0, j, old)), n);
        int16_t zf = narrow(pre_activation(q, sum_x, sum_h, H + j, peephole(q, 1, j, old)), n);
        int16_t zg = narrow(pre_activation(q, sum_x, sum_h, 2 * H + j, 0), n);
        int16_t now =
            narrow(fixed_c(fixed_sigmoid(zi), fixed_sigmoid(zf), fixed_tanh(zg), old, q->f_c), n);
        int16_t zo = narrow(pre_activation(q, sum_x, sum_h, 3 * H + j, peephole(q, 2, j, now)), n);
        c[j] = now;
        h[j] = fixed_h(fixed_sigmoid(zo), now, q->f_c);
    }
}

void fixed_cell(const struct quant_layer *q, const int32_t *sum_x, const int32_t *sum_h, int16_t *z,
                int16_t *c, int16_t *h, struct fixed_counts *n)
{
    const struct kern *k = kern_get();
    int rows = 4 * q->n_hid;
    if (q->p != NULL || q->m_p != NULL) {
        cell_with_peepholes(q, sum_x, sum_h, c, h, n);
        return;
    }
    n->saturations +=
        q->precision != PREC_Q8
            ? k->fixed_z_q16(sum_x, sum_h, q->bias, rows, q->z_shift, z)
            : k->fixed_z_q8(sum_x, sum_h, q->m_x, q->m_h, q->bias8, rows, q->z_shift, z);
    n->saturations += k->fixed_gates(z, q->n_hid, q->f_c, c, h);
}

void fixed_project(const struct quant_layer *q, const int32_t *sum, int16_t *r,
                   struct fixed_counts *n)
{
    for (int j = 0; j < q->n_proj; j++) {
        int64_t v = q->precision != PREC_Q8 ? sum[j] : (int64_t)q->m_r[j] * sum[j];
        r[j] = narrow(fixed_round(v, q->r_shift), n);
    }
}
