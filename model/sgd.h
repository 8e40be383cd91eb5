/* sgd.h - stochastic gradient descent with clipping by the global norm. */
#ifndef MODEL_SGD_H
#define MODEL_SGD_H

#include "model/bptt.h"
#include "model/net.h"

/* Global norm of the gradient of all parameters. Only `touched` rows of the embedding are read;
 * pruned entries of grad are zeroed first. */
double sgd_norm(struct net *net, const struct bptt *b, float *grad);

/* data -= step * grad, in place; pruned weights stay bit-zero. */
void sgd_update(struct net *net, const struct bptt *b, float *grad, float step);

#endif
