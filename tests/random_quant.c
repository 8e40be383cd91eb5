#include "tests/random_quant.h"

#include <math.h>

static void scale_block(float *w, size_t n, double by)
{
    for (size_t i = 0; w != NULL && i < n; i++)
        w[i] = (float)(w[i] * by);
}

void random_extreme_layer(struct random_stack *s, struct quant *quant, struct rng *r, int flat)
{
    struct random_want want = {1, 40, 0.5, 0.6, 0.5};
    random_stack_make(s, r, &want);
    struct lstm_layer *y = &s->net.layer[0];
    size_t rows = 4 * (size_t)y->n_hid, n_rec = (size_t)lstm_n_rec(y);
    size_t n[] = {rows * (size_t)y->n_in, rows * n_rec, (size_t)y->n_proj * (size_t)y->n_hid, rows,
                  3 * (size_t)y->n_hid};
    for (int i = 0; i < 5; i++) {
        if (flat && s->block[0][i] != NULL)
            for (size_t j = 0; j < n[i]; j++)
                s->block[0][i][j] = copysignf(1, s->block[0][i][j]);
        int spread = i == 3 || i == 4 ? 10 : 6;
        scale_block(s->block[0][i], n[i], pow(10, rng_below(r, (uint32_t)spread + 3) - 3.0));
    }
    *quant = (struct quant){.n_layers = 1};
    quant->layer[0].x = powf(10, (float)rng_below(r, 7) - 4);
    quant->layer[0].r = powf(10, (float)rng_below(r, 4) - 3);
    quant->layer[0].c = (float)rng_below(r, 30);
}

void random_ranges(struct quant *quant, struct rng *r, const struct lstm_net *net)
{
    static const float x[] = {1, 0.9f, 3, 0.01f}, c[] = {1, 7.9f, 8, 15.9f, 16, 100};
    *quant = (struct quant){.n_layers = net->n_layers};
    for (int l = 0; l < net->n_layers; l++) {
        quant->layer[l].x = x[rng_below(r, 4)];
        quant->layer[l].r = x[rng_below(r, 4)];
        quant->layer[l].c = c[rng_below(r, 6)];
    }
}
