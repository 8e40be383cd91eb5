/* random_net.h - LSTM stacks of random weights under a pattern, for timing without training. */
#ifndef BENCH_RANDOM_NET_H
#define BENCH_RANDOM_NET_H

#include "base/hash.h"
#include "base/status.h"
#include "kernels/quant.h"
#include "model/net.h"
#include "model/prune.h"

#include <stdint.h>

/* Raised by hand whenever equal specs begin to give other weights. */
enum { RANDOM_NET_VERSION = 1 };

/* Equal layers one upon the other; the pattern's columns are uniform in each row. */
struct random_net {
    int n_in, n_hid, n_proj, n_layers; /* n_proj 0: no projection */
    struct prune_spec prune;
    uint64_t seed;
};

/* Draws the weights: exactly k nonzeros in every row, uniform in a range that keeps the state of a
 * long run alive and bounded. E_USAGE for impossible sizes or shares, E_UNSUPPORTED for a pattern
 * that misses the asked count (prune_count_check). */
enum status random_net_make(const struct random_net *r, struct net **out);

/* The key of what random_net_make gives, as lineage_key is for trained weights. */
enum status random_net_key(const struct random_net *r, char key[HASH_HEX]);

/* Ranges for q16 and q8 that hold for inputs in -1..1; there is nothing to calibrate on. */
void random_net_quant(const struct net *net, struct quant *out);

/* Weights of all matrices, pruned ones too. */
double random_net_weights(const struct random_net *r);

#endif
