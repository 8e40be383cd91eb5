#include "tests/random_stack.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A broken helper must not look like a passed test. */
static void need(enum status s)
{
    if (s != OK) {
        fprintf(stderr, "random_stack: %s\n", status_message());
        abort();
    }
}

int random_chance(struct rng *r, double p)
{
    return rng_below(r, 1 << 20) < p * (1 << 20);
}

float *random_floats(struct rng *r, size_t n)
{
    float *p;
    need(mem_new(&p, n, sizeof *p));
    rng_uniform(r, p, n, -1, 1);
    return p;
}

void random_prune(struct rng *r, float *w, int rows, int cols, int k)
{
    uint32_t *order;
    need(mem_new(&order, (size_t)cols, sizeof *order));
    for (int row = 0; row < rows; row++) {
        rng_permute(r, order, (size_t)cols);
        for (int j = k; j < cols; j++)
            w[(size_t)row * (size_t)cols + order[j]] = 0;
    }
    mem_free(order);
}

int random_prune_banks(struct rng *r, float *w, int rows, int cols, int bank, int keep)
{
    int k = 0;
    for (int s = 0; s < cols; s += bank) {
        int width = s + bank < cols ? bank : cols - s, kept = keep < width ? keep : width;
        k += kept;
        for (int row = 0; row < rows; row++)
            random_prune(r, w + (size_t)row * (size_t)cols + (size_t)s, 1, width, kept);
    }
    return k;
}

/* A matrix of weights of the size that keeps sums near 1, dense, or pruned to *k, one time in three
 * in banks. */
static float *matrix(struct rng *r, int rows, int cols, int prune, int *k)
{
    size_t n = (size_t)rows * (size_t)cols;
    float *w = random_floats(r, n);
    *k = prune ? (int)rng_below(r, (uint32_t)cols + 1) : cols;
    if (prune && random_chance(r, 1.0 / 3))
        *k = random_prune_banks(r, w, rows, cols, 16, 1 + (int)rng_below(r, 8));
    else if (prune)
        random_prune(r, w, rows, cols, *k);
    float scale = 1.5f / sqrtf((float)(*k + 1));
    for (size_t i = 0; i < n; i++)
        w[i] *= scale;
    return w;
}

void random_stack_make(struct random_stack *s, struct rng *r, const struct random_want *want)
{
    uint32_t most = (uint32_t)want->max_size;
    *s = (struct random_stack){.net.n_layers = want->n_layers};
    for (int l = 0; l < want->n_layers; l++) {
        struct lstm_layer *y = &s->net.layer[l];
        float **block = s->block[l];
        y->n_in = l == 0 ? 1 + (int)rng_below(r, most) : lstm_n_rec(y - 1);
        y->n_hid = 1 + (int)rng_below(r, most);
        y->n_proj = random_chance(r, want->project) ? 1 + (int)rng_below(r, most) : 0;
        int prune = random_chance(r, want->prune), n_rec = lstm_n_rec(y);
        y->w_x = block[0] = matrix(r, 4 * y->n_hid, y->n_in, prune, &y->k_x);
        y->w_h = block[1] = matrix(r, 4 * y->n_hid, n_rec, prune, &y->k_h);
        if (y->n_proj != 0)
            y->w_r = block[2] = matrix(r, n_rec, y->n_hid, prune, &y->k_r);
        y->bias = block[3] = random_floats(r, 4 * (size_t)y->n_hid);
        if (random_chance(r, want->peephole))
            y->peephole = block[4] = random_floats(r, 3 * (size_t)y->n_hid);
    }
}

void random_stack_release(struct random_stack *s)
{
    for (int l = 0; l < s->net.n_layers; l++)
        for (int i = 0; i < 5; i++)
            mem_free(s->block[l][i]);
}

static float *nans(size_t n)
{
    float *p;
    need(mem_new(&p, n, sizeof *p));
    for (size_t i = 0; i < n; i++)
        p[i] = NAN;
    return p;
}

void random_call_make(struct random_call *k, struct rng *r, const struct lstm_net *net, int steps,
                      int batch, int lengths)
{
    size_t rows = (size_t)steps * (size_t)batch;
    *k = (struct random_call){.io = {.steps = steps, .batch = batch}};
    k->n_y = rows * (size_t)lstm_n_rec(&net->layer[net->n_layers - 1]);
    k->n_h = lstm_h_size(net, batch);
    k->n_c = lstm_c_size(net, batch);
    k->io.x = k->x = random_floats(r, rows * (size_t)net->layer[0].n_in);
    k->io.y = nans(k->n_y);
    k->io.h = random_floats(r, k->n_h);
    k->io.c = random_floats(r, k->n_c);
    if (!lengths)
        return;
    need(mem_new(&k->len, (size_t)batch, sizeof *k->len));
    for (int b = 0; b < batch; b++) /* 0 and the full length are likely */
        k->len[b] = (int)rng_below(r, (uint32_t)steps + 3) - 1;
    for (int b = 0; b < batch; b++)
        k->len[b] = k->len[b] < 0 ? 0 : k->len[b] > steps ? steps : k->len[b];
    k->io.len = k->len;
}

void random_call_copy(const struct random_call *from, struct random_call *to)
{
    *to = *from;
    to->io.y = nans(from->n_y);
    need(mem_copy(&to->io.h, from->io.h, from->n_h, sizeof *to->io.h));
    need(mem_copy(&to->io.c, from->io.c, from->n_c, sizeof *to->io.c));
}

void random_call_release_copy(struct random_call *k)
{
    mem_free(k->io.y);
    mem_free(k->io.h);
    mem_free(k->io.c);
}

void random_call_release(struct random_call *k)
{
    random_call_release_copy(k);
    mem_free(k->x);
    mem_free(k->len);
}
