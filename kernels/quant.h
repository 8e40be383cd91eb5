/* quant.h - calibration, and a layer in the integers of q16 or q8.
 *
 * Calibration is a range a tensor; everything else follows from it and the weights, the same on
 * every machine. q16: accumulators of W_x x and W_h r share A fraction bits, so one int32 sum, one
 * rounding. q8: activations in 8 bits with zero point 128, weights in 8 bits with a scale a row;
 * both sums are exact in int32 and meet in z through integer multipliers and one shift. */
#ifndef KERNELS_QUANT_H
#define KERNELS_QUANT_H

#include "base/status.h"
#include "kernels/lstm.h"

#include <stdint.h>

/* Largest magnitudes seen, of the layer's input, of what it feeds back, and of its cell state. */
struct quant_range {
    float x, r, c;
};

/* Calibration of a stack; lstm_options.quant points to it. */
struct quant {
    int n_layers;
    struct quant_range layer[LSTM_MAX_LAYERS];
};

/* One layer in integers. Dense storage, rows as in struct lstm_layer; pruned weights are 0. */
struct quant_layer {
    enum precision precision; /* PREC_Q16, PREC_Q8, or PREC_Q10: q16 whose weights are coarser */
    int n_in, n_hid, n_proj;
    int f_x, f_r, f_c; /* fraction bits of x, r (int16) and c */
    int16_t *w_x, *w_h, *w_r;
    /* q16: z = sat(round(sum_x + sum_h + bias + p*c*2^p_shift, z_shift)) */
    int z_shift;   /* A - 11 */
    int32_t *bias; /* [4*n_hid], A fraction bits */
    int16_t *p;    /* [3][n_hid] or NULL */
    int p_shift;
    int r_shift; /* r = sat(round(sum_r, r_shift)); q8: after the multiplier */
    /* q8: z = sat(round(m_x*sum_x + m_h*sum_h + bias8 + m_p*c, z_shift)) */
    float x_scale;      /* of layer 0: x = x_scale * (u8 - 128); 0 for later layers */
    int32_t *m_x, *m_h; /* [4*n_hid] */
    int32_t *m_r;       /* [n_proj] or NULL */
    int64_t *bias8;     /* [4*n_hid] */
    int32_t *m_p;       /* [3][n_hid] or NULL */
};

/* 1 for q16 and q8, which need a calibration. */
static inline int quant_needed(enum precision p)
{
    return p == PREC_Q16 || p == PREC_Q8 || p == PREC_Q10;
}

/* Makes layer l of a net. E_UNSUPPORTED when its weights cannot be represented. For q16 it proves
 * for every row that 32768*(sum|w_x| + sum|w_h|) + |bias| + |peephole term| + rounding < 2^31,
 * lowering the weights' fraction until it holds, so int32 addition is exact in any order. For q8 it
 * proves for every row that 383*sum|w| < 2^31, 255 for the activation and 128 for its zero point,
 * and chooses z_shift so that the sum of a row fits int64. */
enum status quant_layer_make(const struct lstm_net *net, int l, enum precision precision,
                             const struct quant *quant, struct quant_layer *out);
void quant_layer_release(struct quant_layer *q);

/* The int16 r as the 8-bit activation that q8 multiplies, 0..255 with zero point 128. */
static inline uint8_t quant_u8(int16_t r)
{
    int v = (r + 128) >> 8;
    return (uint8_t)((v > 127 ? 127 : v) + 128);
}

#endif
