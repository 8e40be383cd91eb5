/* lineage.h - what a weights file says of where it comes from (SPEC 2), and the key of what a
 * recipe will give before it is made. */
#ifndef MODEL_LINEAGE_H
#define MODEL_LINEAGE_H

#include "base/hash.h"
#include "base/status.h"
#include "datasets/dataset.h"
#include "model/net.h"
#include "model/prune.h"
#include "model/recipe.h"

/* Writes net name, vocabulary or labels and scale of the input, dataset and its digest, seed and
 * recipe into the metadata of a net that was trained from scratch: all that scoring needs. */
enum status lineage_trained(struct net *net, const char *name, const struct dataset *ds,
                            const struct recipe *r);

/* Writes the parent's digest, the pruning asked for and the retrain recipe (NULL: none) into the
 * metadata of a net that was made from a parent. */
enum status lineage_pruned(struct net *net, const char *parent_sha256,
                           const struct prune_spec *spec, const struct recipe *r);

/* Gives the data what the net was trained with: its vocabulary, its input's mean and deviation.
 * E_FORMAT, naming `path`, if the net has no classifier, lacks them, or has other labels than the
 * data; errors of net_check_data. */
enum status lineage_adopt(const struct net *net, const char *path, struct dataset *ds);

/* The key of weights (SPEC 6): SHA-256 of net name or parent's key, pruning, recipe (seed and
 * threads in it), dataset, its fold and TRAIN_VERSION. Equal keys stand for equal weights.
 * parent_key and spec may be NULL. */
enum status lineage_key(const char *net, const char *parent_key, const struct prune_spec *spec,
                        const struct recipe *r, const struct dataset *ds, char key[HASH_HEX]);

#endif
