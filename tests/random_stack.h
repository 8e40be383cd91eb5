/* random_stack.h - LSTM stacks and inputs drawn at random. */
#ifndef TESTS_RANDOM_STACK_H
#define TESTS_RANDOM_STACK_H

#include "base/rng.h"
#include "kernels/lstm.h"

/* What to draw: sizes 1..max_size, and shares of layers that project, have peepholes, are pruned.
 */
struct random_want {
    int n_layers, max_size;
    double project, peephole, prune;
};

/* A stack that owns its weights: net may be changed and prepared. */
struct random_stack {
    struct lstm_net net;
    float *block[LSTM_MAX_LAYERS][5];
};
void random_stack_make(struct random_stack *s, struct rng *r, const struct random_want *want);
void random_stack_release(struct random_stack *s);

/* n floats in [-1, 1), to be freed with mem_free. */
float *random_floats(struct rng *r, size_t n);
/* 1 with that probability. */
int random_chance(struct rng *r, double p);

/* Zeroes all but k random entries of every row of w [rows][cols]. */
void random_prune(struct rng *r, float *w, int rows, int cols, int k);

/* Zeroes all but `keep` (or the width) random entries of every bank of `bank` columns of every row;
 * returns what a row keeps. */
int random_prune_banks(struct rng *r, float *w, int rows, int cols, int bank, int keep);

/* A call of random x, h and c (y of NaN, so that each value must be written), with lengths 0..steps
 * if asked for. */
struct random_call {
    struct lstm_io io;
    float *x;
    int *len;
    size_t n_y, n_h, n_c;
};
void random_call_make(struct random_call *k, struct rng *r, const struct lstm_net *net, int steps,
                      int batch, int lengths);
/* The same call again with its own y, h and c; x and len are shared. */
void random_call_copy(const struct random_call *from, struct random_call *to);
void random_call_release(struct random_call *k); /* of a made one: also x and len */
void random_call_release_copy(struct random_call *k);

#endif
