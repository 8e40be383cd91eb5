/* recipe.h - everything that decides what training gives, in one value with one canonical text. */
#ifndef MODEL_RECIPE_H
#define MODEL_RECIPE_H

#include "base/status.h"
#include "base/strbuf.h"

#include <stdint.h>

/* Raised by hand whenever equal recipes begin to give other weights. */
enum { TRAIN_VERSION = 2 };

/* Truncated back-propagation with SGD as in Zaremba 2014 (SPEC 8): the loss is the NLL summed over
 * the steps of a chunk and averaged over lanes; the gradient's global norm is clipped; epoch e
 * (from 1) runs at lr * decay^max(e - decay_after, 0). */
struct recipe {
    double lr, decay;
    int decay_after;
    double epochs; /* may be a fraction; a retraining of 0.5 sees the first half of the chunks */
    int lanes;     /* batch size */
    int steps;     /* length of a chunk, bptt */
    double clip;   /* global norm; 0: none */
    double init;   /* weights start uniform in [-init, init); biases at 0 */
    double keep;   /* 1 - dropout on non-recurrent links, the last output included */
    uint64_t seed;
    int threads;
};

/* The recipe of a named net (see net_shape_named), seed 1, threads 1. */
enum status recipe_named(const char *net, struct recipe *out);

/* Appends `lr=1 decay=0.5 ...`: equal recipes give equal text, and every field is in it. */
void recipe_text(const struct recipe *r, struct strbuf *out);

/* E_USAGE, naming the field, unless every value makes sense. */
enum status recipe_check(const struct recipe *r);

#endif
