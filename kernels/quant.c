#include "kernels/quant_make.h"

#include "base/mem.h"
#include "kernels/fixed.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_BITS = 22, LEAST_BITS = -15 }; /* beyond these, small or large tensors gain nothing */

float quant_largest(const float *w, size_t n)
{
    float max = 0;
    for (size_t i = 0; w != NULL && i < n; i++)
        max = fabsf(w[i]) > max ? fabsf(w[i]) : max;
    return max;
}

int quant_fit_bits(float max)
{
    int bits = MOST_BITS;
    while (bits > LEAST_BITS && ldexp(max, bits) > 32767)
        bits--;
    return bits;
}

int64_t quant_sum_abs(const int16_t *w, size_t n)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += labs(w[i]);
    return sum;
}

static int c_bits(float c_max)
{
    return c_max < 8 ? 12 : c_max < 16 ? 11 : 10;
}

static int r_bits(const struct lstm_layer *y, const struct quant_range *range)
{
    return y->n_proj != 0 ? quant_fit_bits(range->r) : FIXED_G_BITS;
}

static enum status make(const struct lstm_layer *y, int l, struct quant_layer *q)
{
    size_t rows = 4 * (size_t)y->n_hid;
    TRY(mem_new(&q->w_x, rows, (size_t)y->n_in * sizeof *q->w_x));
    TRY(mem_new(&q->w_h, rows, (size_t)lstm_n_rec(y) * sizeof *q->w_h));
    if (y->n_proj != 0)
        TRY(mem_new(&q->w_r, (size_t)y->n_proj, (size_t)y->n_hid * sizeof *q->w_r));
    return q->precision != PREC_Q8 ? quant_make_q16(y, l, q) : quant_make_q8(y, l, q);
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
        .f_x = l == 0 ? quant_fit_bits(quant->layer[0].x)
                      : r_bits(&net->layer[l - 1], &quant->layer[l - 1]),
        .f_r = r_bits(y, &quant->layer[l]),
        .f_c = c_bits(quant->layer[l].c),
        .x_scale = l == 0 ? quant->layer[0].x / 127 : 0,
    };
    if (l == 0 && !(q->x_scale > 0))
        q->x_scale = 1.0f / 127; /* only zeros were seen */
    enum status s = make(y, l, q);
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
