/* prune.h - what a net is pruned to: counts, ratios, masks. */
#ifndef MODEL_PRUNE_H
#define MODEL_PRUNE_H

#include "base/status.h"
#include "base/strbuf.h"
#include "model/net.h"
#include "model/pattern.h"
#include "model/schedule.h"

#include <stddef.h>
#include <stdint.h>

/* Weights kept in a row of `columns` at sparsity s in 0..1 (SPEC 1):
 * floor(columns*(1-s) + 0.5 + 1e-9), within 1..columns, and 0 only when s = 1. */
int prune_keep_count(int columns, double s);

/* Shares of zeros asked for, 0..1; r < 0 means that of h. */
struct prune_ratios {
    double x, h, r;
};

/* What to prune, and how. All zero: dense. */
struct prune_spec {
    struct pattern pattern;
    double s_x, s_h, s_r; /* of all layers, s_r < 0 means s_h; while n_layers is 0 */
    int n_layers;         /* not 0: `layer` holds the ratios, one entry a layer */
    struct prune_ratios layer[LSTM_MAX_LAYERS];
    uint64_t seed; /* of a pattern with +random */
    struct schedule schedule;
};

/* The row pattern with one set of ratios for all layers. */
struct prune_spec prune_spec_row(double s_x, double s_h, double s_r);

/* The share that a spec asks of W_x, W_h or W_r of a layer; 0 for dense. */
double prune_share(const struct prune_spec *spec, enum param_kind kind, int layer);

/* E_USAGE if a share is out of 0..1, the spec is for another number of layers, or there is none. */
enum status prune_spec_check(const struct prune_spec *spec, int n_layers);

/* Appends `pattern=row s_x=0.8 s_h=0.9 s_r=0.9`, ratios by layer joined by ';', the seed only of a
 * random mask, the schedule unless it is one-shot: equal specs give equal text, and what was asked
 * for is all in it. */
void prune_spec_text(const struct prune_spec *spec, struct strbuf *out);

/* The weights that a spec asks for: rows times prune_keep_count, over all W_x, W_h, W_r. */
size_t prune_asked(const struct net *net, const struct prune_spec *spec);
/* The weights that the masks of a net keep. */
size_t prune_kept(const struct net *net);

/* Prunes W_x, W_h, W_r of every layer: sets net->keep, zeroes pruned weights, sets the metadata
 * `pattern` and k_x, k_h, k_r (of patterns that are not row-balanced, the fullest row). Masks are
 * chosen anew from the present weights. Errors of prune_spec_check. */
enum status prune_net(struct net *net, const struct prune_spec *spec);

/* The same choice from other magnitudes than the net's weights ([n_data], as net->data): sets keep
 * and counts and leaves the weights alone. */
enum status prune_masks(struct net *net, const struct prune_spec *spec, const float *weights);

/* The spec of the mask that the schedule has at an update: every share on its way to its target.
 * One-shot, and the target from the last mask on. */
struct prune_spec prune_spec_at(const struct prune_spec *spec, int n_layers, size_t update,
                                size_t updates);

/* What a schedule does before update number `update` of `updates` of a training: nothing unless a
 * mask is due; then prune_net by prune_spec_at. `shadow` [n_data] holds the weights as if none had
 * been pruned: masks are chosen from it and what is kept takes its values, so that a weight may
 * come back; NULL: from the net's own weights, and what is pruned stays so. */
enum status prune_step(struct net *net, const struct prune_spec *spec, size_t update,
                       size_t updates, const float *shadow);

/* E_UNSUPPORTED, with both counts, if a net that prune_net gave misses what was asked for by more
 * than 0.5 %: such a case is skipped. */
enum status prune_count_check(const struct net *net, const struct prune_spec *spec);

/* The pattern that a file's metadata names (NULL: none); row if it names none that is known, and
 * for dense, which is the row pattern with all columns. */
struct pattern prune_pattern_named(const char *text);

/* E_CHECK, naming layer, matrix and place, unless every matrix is of the net's pattern with its k
 * in every row (not row-balanced: at most k), and every pruned weight is bit-zero (+0). */
enum status prune_check(const struct net *net);

/* Where the count of a matrix is kept in its layer; "W_x", "W_h", "W_r". */
int *prune_count_of(struct lstm_layer *layer, enum param_kind kind);
const char *prune_matrix_name(enum param_kind kind);

#endif
