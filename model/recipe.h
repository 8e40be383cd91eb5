/* recipe.h - everything that decides what training gives, in one value with one canonical text. */
#ifndef MODEL_RECIPE_H
#define MODEL_RECIPE_H

#include "base/status.h"
#include "base/strbuf.h"

#include <stdint.h>

/* Raised by hand whenever equal recipes begin to give other weights. */
enum { TRAIN_VERSION = 2 };

enum optimizer { OPTIMIZER_SGD, OPTIMIZER_ADAM };

/* How the learning rate goes (rate.h). */
enum rate_kind { RATE_DECAY, RATE_COSINE, RATE_PLATEAU };

/* Truncated back-propagation, by default with SGD as in Zaremba 2014 (SPEC 8): the loss of a
 * language model is the NLL summed over the steps of a chunk and averaged over lanes, that of other
 * tasks the mean over the batch's targets; the gradient's global norm is clipped;
 * epoch e (from 1) runs at lr * decay^max(e - decay_after, 0). */
struct recipe {
    double lr, decay;
    int decay_after;
    double epochs; /* may be a fraction; a retraining of 0.5 sees the first half of the chunks */
    int lanes;     /* batch size */
    int steps;     /* lm: length of a chunk, bptt; classify: last tokens kept of a review, 0: all;
                      utterances come whole: 0 */
    double clip;   /* global norm; 0: none */
    double init;   /* weights start uniform in [-init, init); biases at 0 */
    double keep;   /* 1 - dropout on non-recurrent links, the last output included */
    uint64_t seed;
    int threads;

    /* What follows is off, or as above, where it is 0. */
    double keep_in, keep_between, keep_out; /* keep of the embedding's output, between layers, of
                                               the last output; 0: `keep` */
    double forget_bias;                     /* the forget gate's bias starts there */
    enum optimizer optimizer;
    double weight_decay; /* Adam: every weight, biases apart, loses lr * weight_decay of itself */
    enum rate_kind rate;
    double lr_floor;    /* least learning rate once warm */
    int patience;       /* RATE_PLATEAU: epochs without a better score before lr * decay */
    int warm_up;        /* updates in which the rate rises from 0 */
    int stop_after;     /* epochs without a better score before training ends; keeps the best */
    int keep_best;      /* 1: the weights of the epoch with the best score are the result */
    double distill;     /* weight of the teacher, 0..1 (distill.h) */
    double temperature; /* of the teacher's words; 0: 1 */
};

/* keep at its three places. */
struct recipe_keep {
    double in, between, out;
};
struct recipe_keep recipe_keeps(const struct recipe *r);

/* 1 if training by it needs a validation score after every epoch. */
int recipe_scores(const struct recipe *r);

/* For retraining: the rate by epochs, to the end, from the first update on, without a teacher;
 * nothing else changes. */
void recipe_retrain(struct recipe *r);

/* The recipe of a named net (see net_shape_named), seed 1, threads 1. */
enum status recipe_named(const char *net, struct recipe *out);

/* Reads and writes "decay", "cosine", "plateau". E_USAGE for anything else. */
enum status rate_parse(const char *text, enum rate_kind *out);
const char *rate_text(enum rate_kind kind);

/* Appends `lr=1 decay=0.5 ...`: equal recipes give equal text, and every field is in it; those
 * after `threads` only where they are not off. */
void recipe_text(const struct recipe *r, struct strbuf *out);

/* E_USAGE, naming the field, unless every value makes sense. */
enum status recipe_check(const struct recipe *r);

#endif
