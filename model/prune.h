/* prune.h - which weights stay: counts, patterns, masks. */
#ifndef MODEL_PRUNE_H
#define MODEL_PRUNE_H

#include "base/status.h"
#include "model/net.h"

#include <stdint.h>

/* Weights kept in a row of `columns` at sparsity s in 0..1 (SPEC 1):
 * floor(columns*(1-s) + 0.5 + 1e-9), within 1..columns, and 0 only when s = 1. */
int prune_keep_count(int columns, double s);

enum prune_pattern { PATTERN_DENSE, PATTERN_ROW };

/* What to prune: shares of zeros asked for, 0..1. */
struct prune_spec {
    enum prune_pattern pattern;
    double s_x, s_h, s_r; /* s_r < 0 means s_h */
};

/* "dense", "row"; parsing: E_USAGE for an unknown word, E_ABSENT for a pattern of SPEC 3 that a
 * later version brings. */
const char *prune_pattern_name(enum prune_pattern p);
enum status prune_pattern_parse(const char *word, enum prune_pattern *out);

/* Row-balanced magnitude mask of w [rows][cols]: in each row the k largest |w| are kept, ties keep
 * the lower column. keep [rows][cols] gets 1 or 0. */
enum status prune_row_mask(const float *w, int rows, int cols, int k, uint8_t *keep);

/* Prunes W_x, W_h, W_r of every layer: sets net->keep, zeroes pruned weights, sets k_x, k_h, k_r
 * and the metadata `pattern`. Masks are chosen anew from the present weights. E_USAGE if a share is
 * out of 0..1. */
enum status prune_net(struct net *net, const struct prune_spec *spec);

/* E_CHECK, naming layer, matrix and row, unless every row of every matrix has at most k nonzeros
 * under a mask of exactly k, and every pruned weight is bit-zero (+0). */
enum status prune_check(const struct net *net);

#endif
