/* optim.h - the update of all parameters from their gradient: SGD or Adam behind one interface. */
#ifndef MODEL_OPTIM_H
#define MODEL_OPTIM_H

#include "base/status.h"
#include "model/bptt.h"
#include "model/net.h"
#include "model/recipe.h"

#include <stddef.h>

struct optim {
    enum optimizer kind;
    double weight_decay;
    struct net *net;
    float *m, *v; /* [n_data] Adam's moments, to be kept with the weights; NULL for SGD */
};

/* net is borrowed. Releasing what was all zero is fine. */
enum status optim_init(struct optim *o, const struct recipe *r, struct net *net);
void optim_release(struct optim *o);

/* Global norm of the gradient of all parameters. Of an embedding that is not tied only `touched`
 * rows are read, as the others are zero. keep [n_data] (or NULL): entries of prunable parameters
 * where it is 0 are zeroed first. */
double optim_norm(const struct net *net, const struct bptt *b, const uint8_t *keep, float *grad);

/* Update number t (from 1) with the gradient times `scale`, at learning rate lr. A weight that is
 * pruned, whose gradient and moments are 0, stays bit-zero.
 * SGD: w -= lr*g. Adam (Kingma & Ba 2015, weight decay decoupled as Loshchilov & Hutter 2019):
 * m = .9*m + .1*g; v = .999*v + .001*g*g; w -= lr*decay*w; w -= lr * (m/(1-.9^t)) /
 * (sqrt(v/(1-.999^t)) + 1e-8). */
void optim_step(struct optim *o, const struct bptt *b, float *grad, double lr, double scale,
                size_t t);

/* To be called when a mask has moved: what is pruned has no moments. */
void optim_mask(struct optim *o);

#endif
