/* case.h - what a suite asks for, spelled out: weights to make and cases to run on them. */
#ifndef BENCH_CASE_H
#define BENCH_CASE_H

#include "base/hash.h"
#include "base/status.h"
#include "bench/corpora.h"
#include "bench/random_net.h"
#include "bench/suite.h"
#include "datasets/dataset.h"
#include "kernels/precision.h"
#include "model/prune.h"
#include "model/recipe.h"

#include <stddef.h>

/* How the ratios of pruned weights come about. */
enum ratio_way {
    RATIOS_GIVEN,       /* as the section says */
    RATIOS_ONE,         /* one ratio at an overall sparsity */
    RATIOS_THRESHOLD,   /* one threshold of |w| for all matrices */
    RATIOS_ERDOS_RENYI, /* densities by the sizes of the matrices */
    RATIOS_SEARCH,      /* what a search found */
    RATIOS_CURVES,      /* what sensitivity curves propose */
};
struct bench_ratios {
    enum ratio_way way;
    double overall;
    int points; /* of a search or of curves: index into the list; else -1 */
};

/* A search for ratios, or sensitivity curves: many pruned nets tried out. */
struct bench_points {
    char name[SUITE_WORD], tag[SUITE_WORD];
    int parent;    /* index of the dense weights */
    int is_search; /* 0: sensitivity curves */
    struct pattern pattern;
    double overall; /* of a search */
    int by_layer, multipliers;
    struct recipe recipe;       /* of every point; epochs 0: none is retrained */
    const struct dataset *data; /* at the parent's fold */
    char key[HASH_HEX];
};

/* Weights that a suite makes: trained from scratch, or from a parent by pruning and retraining, or
 * drawn at random. */
struct bench_weights {
    char name[SUITE_WORD];
    char tag[SUITE_WORD]; /* given to all cases on them */
    char net[SUITE_WORD]; /* the named net, its own or its eldest parent's; of random ones the
                             section */
    int parent, control;  /* indices into the list, or -1 */
    int is_pruned;        /* 1: `prune` applies */
    struct prune_spec prune;
    struct bench_ratios ratios; /* where not given, `prune` lacks its ratios until they are found */
    const struct dataset *data; /* trained and scored on, at its fold; NULL of random ones */
    int n_folds; /* of the first of weights that are made once for each fold, the others follow it;
                    of those 0; else 1 */
    int is_random; /* 1: as `random` says; of `recipe` only the seed counts */
    struct random_net random;
    struct recipe recipe; /* of training, or of retraining; epochs 0: none */
    char key[HASH_HEX];   /* of the weights (lineage_key) */
};

/* One row to be: one net on one backend under one way of measuring. */
struct bench_case {
    char name[320]; /* "ptb/dual/sparse/f32/b1/s1", with /t2, /pin, /cold, /gates where asked for */
    char tag[2 * SUITE_WORD]; /* of its run and its weights */
    int points;               /* index into the list, and then no field below but key; else -1 */
    int weights;              /* index into the list */
    char backend[SUITE_WORD];
    enum precision precision;
    char device[SUITE_WORD]; /* URI of an accelerator; "" for a backend that is none */
    int batch, steps, threads, pinned, cold;
    int gates; /* 1: scope gates, the gate products of layer 0; 0: scope step */
    enum split split;
    size_t max_tokens; /* scored, or reviews, utterances; 0: all */
    int unseen;        /* 1: texts that stand in the other half of the corpus too are not scored */
    double seconds;    /* of measuring */
    char key[HASH_HEX];
};

/* The device's URI as backends take it: NULL where the case has none. */
static inline const char *bench_case_device(const struct bench_case *c)
{
    return c->device[0] != '\0' ? c->device : NULL;
}

struct bench_list {
    struct bench_weights *weights;
    size_t n_weights;
    struct bench_points *points;
    size_t n_points;
    struct bench_case *cases;
    size_t n_cases;
};

/* What the command line changes. Lists are blank-separated like those of a suite; NULL or 0: as the
 * suite says. */
struct bench_filter {
    const char *backend, *precision, *batch, *steps;
    int threads, pinned, cold;
    const char *device; /* URI of an accelerator, or NULL */
    const char *only;   /* a whole name, a glob over names, `*` at both ends understood, or tag:X */
    int shard, shards;  /* 1 <= shard <= shards takes every shards-th case; 0: all */
    long seed;          /* seed of all weights; < 0: as the suite says */
};

/* Spells out a suite on its corpus, NULL if only random weights are made. Of a corpus with folds
 * all that is trained is listed once for each; a case is on the first and scores them all. Weights
 * that no case needs are listed but never made. E_USAGE for an unknown net, pattern, precision or
 * split, a name that stands for no weights, and when nothing is left to run. */
enum status bench_expand(const struct suite *s, struct corpora *corpora,
                         const struct bench_filter *f, struct bench_list *out);
void bench_list_release(struct bench_list *list);

#endif
