#include "kernels/rounded_net.h"

#include "base/mem.h"

int rounded_net_needed(enum precision p)
{
    return p == PREC_F27 || p == PREC_BF16;
}

/* Rounds n weights into *to; returns where they stand and moves *to on. */
static const float *round_into(float **to, const float *w, size_t n, enum precision p)
{
    float *at = *to;
    for (size_t i = 0; i < n; i++)
        at[i] = p == PREC_F27 ? precision_f27(w[i]) : precision_bf16(w[i]);
    *to += n;
    return at;
}

enum status rounded_net_make(const struct lstm_net *net, enum precision p, struct rounded_net *out)
{
    *out = (struct rounded_net){.net = *net};
    TRY(mem_new(&out->weights, lstm_n_weights(net), sizeof *out->weights));
    float *to = out->weights;
    for (int l = 0; l < net->n_layers; l++) {
        struct lstm_layer *y = &out->net.layer[l];
        size_t rows = 4 * (size_t)y->n_hid;
        y->w_x = round_into(&to, y->w_x, rows * (size_t)y->n_in, p);
        y->w_h = round_into(&to, y->w_h, rows * (size_t)lstm_n_rec(y), p);
        if (y->n_proj != 0)
            y->w_r = round_into(&to, y->w_r, (size_t)y->n_proj * (size_t)y->n_hid, p);
    }
    return OK;
}

void rounded_net_release(struct rounded_net *r)
{
    mem_free(r->weights);
    *r = (struct rounded_net){0};
}
