/* suite.h - a suite file: which weights are made and which cases are run on them.
 *
 * INI text; `; comment`. Lists are separated by blanks. With --quick, a key `quick.KEY` stands in
 * for KEY. Sections:
 *
 *     [suite]         about; dataset (ptb, imdb, timit-sample, ..), needed unless all weights are
 *                     random; folds (of a corpus that has them, all by default): all that is
 *                     trained is trained once for each, scores are pooled over them, latency is the
 *                     first's; judged = 0: latencies are never called invalid (validity.h)
 *
 *     [keys NAME]     any keys: a section behind it that says `use = NAME OTHER ..` has those that
 *                     it does not say itself, the first of them where several say one
 *
 *     [weights NAME]  net, seed, threads, epochs, lr, decay, decay_after, lr_schedule (decay,
 *                     cosine, plateau), lr_floor, lanes, steps, clip, keep, keep_in, keep_between,
 *                     keep_out, weight_decay (fallback: the net's own recipe); or, made from
 *                     others: parent, pattern, sparsity_x, sparsity_h, sparsity_r and the same
 *                     recipe keys for retraining (lr_schedule is decay unless given); control
 *                     (weights whose metric becomes metric_dense); schedule (one-shot, iterative:N,
 *                     gradual); distill and temperature (the parent teaches); in place of
 *                     sparsities `overall`, a list each entry S of which makes the weights NAME@S,
 *                     with ratios: one (the usual), threshold, erdos-renyi, or the name of [points]
 *                     before it (POINTS@S counts as POINTS), which decide
 *
 *     [points NAME]   kind (search, sensitivity), parent, pattern (row), overall (of a
 *                     search: a list, each entry S makes the points NAME@S),
 *                     tokens (of retraining a point), per_layer, grid (0, 1; multipliers), tag, and
 *                     the recipe keys: many nets tried out on validation data, each a row
 *
 *     [weights NAME]  random = 1: drawn, never trained: n_in, n_hid, n_proj (0: no projection),
 *                     layers, seed, pattern (row), sparsity_x, sparsity_h, sparsity_r; or a list
 *                     `sparsity` of S or SX:SH, each of which makes the weights NAME@S; all
 *                     weights: tag
 *
 *     [run NAME]      weights (a list of names or globs), scope (step, gates), backend, device (of
 *                     the backend fpga), precision, batch, steps (lists); split; max_tokens (0:
 *                     all); seconds (of measuring); threads; unseen (1: without texts of the other
 *                     half of the corpus); tag (lists, found by --only tag:X) */
#ifndef BENCH_SUITE_H
#define BENCH_SUITE_H

#include "base/status.h"

#include <stddef.h>

enum { SUITE_WORD = 64 };

struct suite_key {
    char *name, *value;
};

struct suite_section {
    char kind[SUITE_WORD], name[SUITE_WORD]; /* "weights", "dense" */
    struct suite_key *key;                   /* [n], quick keys already applied */
    size_t n;
};

struct suite {
    char name[SUITE_WORD];         /* "ptb", or the file's path cut to fit */
    struct suite_section *section; /* [n] in order of the file */
    size_t n;
};

/* Opens a built-in suite (kernels, ptb, imdb, timit, smoke, fpga, fpga-ptb, fpga-timit) or, when
 * `name` ends in .ini, a file. E_USAGE for an unknown name, E_FORMAT with `file:line` for bad
 * text. */
enum status suite_open(const char *name, int quick, struct suite **out);
void suite_release(struct suite *s);

/* The value of a key, or `fallback`. */
const char *suite_text(const struct suite_section *s, const char *key, const char *fallback);
/* The number of a key; `fallback` if it is absent; E_FORMAT if it is none. */
enum status suite_number(const struct suite *s, const struct suite_section *c, const char *key,
                         double fallback, double *out);

/* Cuts a list at its blanks: word i into `word`, 1; 0 past the end (or a word too long). */
int suite_word(const char *list, size_t i, char word[SUITE_WORD]);

/* How many things a section stands for by a list that names one with each word: at least one. */
size_t suite_times(const char *list);

#endif
