/* allocate.h - how many weights each matrix keeps at an overall sparsity. Counts are those that a
 * spec asks for (prune_asked), whatever its pattern; specs come in with their pattern set. */
#ifndef MODEL_ALLOCATE_H
#define MODEL_ALLOCATE_H

#include "base/status.h"
#include "model/net.h"
#include "model/prune.h"

#include <stddef.h>

/* Weights of W_x, W_h, W_r that may stay at an overall sparsity of 0..1, rounded down. */
size_t allocate_budget(const struct net *net, double overall);

/* The weights that a spec asks for in one layer; all layers for layer < 0 (prune_asked). */
size_t allocate_asked(const struct net *net, const struct prune_spec *spec, int layer);

/* Each of the following sets ratios such that the weights asked for come as near to the budget as
 * whole counts a row allow and never above it. A ratio found is the shortest decimal that gives its
 * counts. E_USAGE if even one weight a row is over the budget. */

/* One ratio for all matrices within allocate_budget(net, overall); it is `overall` itself unless
 * its counts are rounded up over the budget. */
enum status allocate_one(const struct net *net, double overall, struct prune_spec *spec);

/* S_h, with S_r = S_h, for the S_x of the spec: of all layers, or of one layer alone (layer >= 0, a
 * spec by layers) where `budget` is that layer's. E_USAGE also if W_h cannot take what W_x leaves:
 * with all its columns the layer would stay over 0.1 % below the budget. */
enum status allocate_other(const struct net *net, size_t budget, int layer,
                           struct prune_spec *spec);

/* Ratios without a search, by layer and matrix, or (by_layer 0) one pair for the model.
 * Threshold: as many as one threshold of |w| for all matrices leaves in each. Erdos-Renyi: density
 * in proportion to (rows+columns)/(rows*columns), at most 1 (Mocanu 2018). */
enum allocate_way { ALLOCATE_THRESHOLD, ALLOCATE_ERDOS_RENYI };
enum status allocate_way(const struct net *net, enum allocate_way way, int by_layer, size_t budget,
                         struct prune_spec *spec);

/* The rise of the loss over S of one kind of matrix, S rising; (0, 0) is taken to be there. A rise
 * that is not finite counts as infinite. */
struct allocate_curve {
    size_t n;
    const double *s, *rise;
};
/* Linear between its points and on from the last two. */
double allocate_rise(const struct allocate_curve *c, double s);

/* The pair for the model of which the curves promise the least rise in sum; equal ones go nearer to
 * one ratio. */
enum status allocate_by_curves(const struct net *net, size_t budget, const struct allocate_curve *x,
                               const struct allocate_curve *h, struct prune_spec *spec);

/* Fits k_x = a*x and k_h = a*h in every layer with the largest whole `a` that the budget and the
 * columns allow; k_r at the share of k_h. *a is it. E_USAGE if a = 1 is too many. */
enum status allocate_split(const struct net *net, size_t budget, int x, int h, int *a,
                           struct prune_spec *spec);

/* The shape whose n_hid and n_proj are scaled down alike until its dense W_x, W_h, W_r are at most
 * `weights`: the control of equal weights. n_in stays. E_USAGE if one cell a layer is too many. */
enum status allocate_smaller(const struct net_shape *shape, size_t weights, struct net_shape *out);

#endif
