/* shadow.h - dense weights behind a mask that still moves: forward and backward see what the mask
 * keeps, the update goes to all (straight through), so that a pruned weight may come back. */
#ifndef MODEL_SHADOW_H
#define MODEL_SHADOW_H

#include "base/status.h"
#include "model/net.h"

/* A copy of the net's weights [n_data]; only those of prunable parameters are used. */
enum status shadow_new(const struct net *net, float **out);

/* Before an update: the net gets its dense weights back. */
void shadow_lay(struct net *net, const float *shadow);

/* After it: the shadow takes the net's weights, the net keeps what the mask keeps. */
void shadow_take(struct net *net, float *shadow);

#endif
