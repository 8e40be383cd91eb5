/* prune_train.h - pruning and retraining in one: masks by the schedule of a spec (SPEC 3). */
#ifndef MODEL_PRUNE_TRAIN_H
#define MODEL_PRUNE_TRAIN_H

#include "base/status.h"
#include "model/prune.h"
#include "model/train.h"

/* Prunes the net as spec->schedule says while it is trained as the job says (whose mask fields are
 * not looked at). One-shot: prune_net, then train_run. iterative: masks in between, what is pruned
 * stays so. gradual: masks from dense shadow weights (shadow.h) until the last one. Afterwards the
 * net has the mask of the spec, also without a single update. A dense spec is never applied. Errors
 * of prune_net and train_run. */
enum status prune_train(struct net *net, const struct prune_spec *spec, const struct train_job *job,
                        struct train_result *out);

#endif
