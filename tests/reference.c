#include "tests/reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double *new_doubles(size_t n)
{
    double *p = calloc(n != 0 ? n : 1, sizeof *p);
    if (p == NULL) {
        perror("reference");
        abort();
    }
    return p;
}

static int width_of(const struct reference_layer *y)
{
    return y->n_proj > 0 ? y->n_proj : y->n_hid;
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* (W v)[row]; entries that are zero do not count, whatever v holds there. */
static double row_times(const double *w, int row, const double *v, int n)
{
    double sum = 0;
    w += (size_t)row * (size_t)n;
    for (int i = 0; i < n; i++)
        sum += w[i] != 0 ? w[i] * v[i] : 0;
    return sum;
}

/* One step of one sample: r and c are read and updated. */
static void one_step(const struct reference_layer *y, const double *x, double *r, double *c)
{
    int n = y->n_hid, n_rec = width_of(y);
    double *h = new_doubles((size_t)n), *z = new_doubles((size_t)n * 4);
    for (int row = 0; row < 4 * n; row++)
        z[row] =
            row_times(y->w_x, row, x, y->n_in) + row_times(y->w_h, row, r, n_rec) + y->bias[row];
    for (int u = 0; u < n; u++) {
        const double *p = y->peephole;
        double i = sigmoid(z[u] + (p ? p[u] * c[u] : 0));
        double f = sigmoid(z[n + u] + (p ? p[n + u] * c[u] : 0));
        double g = tanh(z[2 * n + u]);
        c[u] = f * c[u] + i * g;
        h[u] = sigmoid(z[3 * n + u] + (p ? p[2 * n + u] * c[u] : 0)) * tanh(c[u]);
    }
    for (int u = 0; u < n_rec; u++)
        r[u] = y->n_proj > 0 ? row_times(y->w_r, u, h, n) : h[u];
    free(h);
    free(z);
}

static void multiply(double *x, const double *mask, size_t n)
{
    for (size_t i = 0; mask != NULL && i < n; i++)
        x[i] *= mask[i];
}

void reference_run(const struct reference_net *net, int steps, int batch, const double *x,
                   double *y, double *h, double *c, const int *len)
{
    size_t rows = (size_t)steps * (size_t)batch, n = (size_t)net->layer[0].n_in;
    double *in = new_doubles(rows * n);
    memcpy(in, x, rows * n * sizeof *in);
    for (int l = 0; l < net->n_layers; l++) {
        const struct reference_layer *layer = &net->layer[l];
        size_t n_rec = (size_t)width_of(layer), n_hid = (size_t)layer->n_hid;
        double *out = new_doubles(rows * n_rec);
        multiply(in, net->mask[l], rows * n);
        for (int b = 0; b < batch; b++, h += n_rec, c += n_hid)
            for (int t = 0; t < (len != NULL ? len[b] : steps); t++) {
                size_t row = (size_t)t * (size_t)batch + (size_t)b;
                one_step(layer, in + row * n, h, c);
                memcpy(out + row * n_rec, h, n_rec * sizeof *h);
            }
        free(in);
        in = out;
        n = n_rec;
    }
    multiply(in, net->mask[net->n_layers], rows * n);
    memcpy(y, in, rows * n * sizeof *y);
    free(in);
}

static double *widen(const float *from, size_t n)
{
    double *to = from != NULL ? new_doubles(n) : NULL;
    for (size_t i = 0; from != NULL && i < n; i++)
        to[i] = from[i];
    return to;
}

/* Writes back as float and frees. */
static void narrow(double *from, float *to, size_t n)
{
    for (size_t i = 0; to != NULL && i < n; i++)
        to[i] = (float)from[i];
    free(from);
}

void reference_lstm(const struct lstm_net *net, const struct lstm_io *io)
{
    struct reference_net wide = {.n_layers = net->n_layers};
    size_t rows = (size_t)io->steps * (size_t)io->batch, n_h = 0, n_c = 0, n_rec = 0;
    for (int l = 0; l < net->n_layers; l++) {
        const struct lstm_layer *y = &net->layer[l];
        size_t n_in = (size_t)y->n_in, n_hid = (size_t)y->n_hid, n_proj = (size_t)y->n_proj;
        n_rec = n_proj != 0 ? n_proj : n_hid;
        n_h += (size_t)io->batch * n_rec;
        n_c += (size_t)io->batch * n_hid;
        wide.layer[l] = (struct reference_layer){.n_in = y->n_in,
                                                 .n_hid = y->n_hid,
                                                 .n_proj = y->n_proj,
                                                 .w_x = widen(y->w_x, 4 * n_hid * n_in),
                                                 .w_h = widen(y->w_h, 4 * n_hid * n_rec),
                                                 .w_r = widen(y->w_r, n_proj * n_hid),
                                                 .bias = widen(y->bias, 4 * n_hid),
                                                 .peephole = widen(y->peephole, 3 * n_hid)};
    }
    double *x = widen(io->x, rows * (size_t)net->layer[0].n_in), *y = new_doubles(rows * n_rec);
    double *h = widen(io->h, n_h), *c = widen(io->c, n_c);
    reference_run(&wide, io->steps, io->batch, x, y, h, c, io->len);
    narrow(y, io->y, rows * n_rec);
    narrow(h, io->h, n_h);
    narrow(c, io->c, n_c);
    free(x);
    for (int l = 0; l < net->n_layers; l++) {
        const struct reference_layer *layer = &wide.layer[l];
        const double *all[] = {layer->w_x, layer->w_h, layer->w_r, layer->bias, layer->peephole};
        for (int i = 0; i < 5; i++)
            free((void *)all[i]);
    }
}

double reference_nll(const double *y, int n, const double *w, const double *b, int classes,
                     int target)
{
    double sum = 0, own = 0, most = -INFINITY, *z = new_doubles((size_t)classes);
    for (int k = 0; k < classes; k++) {
        z[k] = row_times(w, k, y, n) + b[k];
        most = fmax(most, z[k]);
        own = k == target ? z[k] : own;
    }
    for (int k = 0; k < classes; k++)
        sum += exp(z[k] - most);
    free(z);
    return most + log(sum) - own;
}
