/* optim_part.h - one pass over all parameters, each split over the pool; shared by the
 * optimizers. */
#ifndef MODEL_OPTIM_PART_H
#define MODEL_OPTIM_PART_H

#include "model/optim.h"

enum { OPTIM_GRAIN = 1024 };

struct optim_pass {
    struct optim *o;
    const struct bptt *b;
    float *grad;
    double lr, scale;
    size_t t;
};

/* 1 if only `touched` rows of the parameter have a gradient. */
int optim_is_sparse(const struct net *net, const struct param *p);

/* The part's share of a parameter; of a sparse one, in rows of `touched`. */
void optim_share(const struct net *net, const struct bptt *b, const struct param *p, int part,
                 int parts, size_t *lo, size_t *hi);

/* Offset in data of the i-th touched row. */
size_t optim_touched(const struct bptt *b, const struct param *p, size_t i);

/* Jobs for the pool, ctx a struct optim_pass. */
void sgd_part(void *ctx, int part, int parts);
void adam_part(void *ctx, int part, int parts);

#endif
