/* rate.h - the learning rate of every update, and what validation scores do to a training. */
#ifndef MODEL_RATE_H
#define MODEL_RATE_H

#include "model/recipe.h"

#include <stddef.h>

/* What the scores of the epochs so far have come to. */
struct rate_state {
    double best;  /* least cost (metric.h); infinite before */
    int waited;   /* epochs since it */
    int patience; /* epochs since it or since the rate fell */
    double scale; /* RATE_PLATEAU: factor of the rate so far */
};

void rate_start(struct rate_state *s);

/* Takes in a score (NaN is none better). 1 if it is the best so far. RATE_PLATEAU: after more than
 * `patience` epochs without a better one the rate falls by `decay`, and the count starts anew. */
int rate_score(struct rate_state *s, const struct recipe *r, double cost);

/* 1 when stop_after epochs have passed without a better score. */
int rate_stops(const struct rate_state *s, const struct recipe *r);

/* The rate of update `step` (from 0) of `steps`, in epoch `epoch` (from 1). The first warm_up
 * updates run at (step+1)/warm_up of it. With u the share of the updates after those:
 * RATE_DECAY lr * decay^max(epoch - decay_after, 0); RATE_PLATEAU lr * scale; neither under
 * lr_floor. RATE_COSINE lr_floor + (lr - lr_floor) * (1 + cos(pi*u))/2 (Loshchilov & Hutter
 * 2017). */
double rate_at(const struct recipe *r, const struct rate_state *s, size_t step, size_t steps,
               int epoch);

#endif
