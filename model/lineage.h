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

/* Writes net name, vocabulary, dataset and its digest, seed and recipe into the metadata of a net
 * that was trained from scratch. */
enum status lineage_trained(struct net *net, const char *name, const struct dataset *ds,
                            const struct recipe *r);

/* Writes the parent's digest, the pruning asked for and the retrain recipe (NULL: none) into the
 * metadata of a net that was made from a parent. */
enum status lineage_pruned(struct net *net, const char *parent_sha256,
                           const struct prune_spec *spec, const struct recipe *r);

/* The key of weights (SPEC 6): SHA-256 of net name or parent's key, pruning, recipe (seed and
 * threads in it), dataset and TRAIN_VERSION. Equal keys stand for equal weights. parent_key and
 * spec may be NULL. */
enum status lineage_key(const char *net, const char *parent_key, const struct prune_spec *spec,
                        const struct recipe *r, const char *dataset_sha256, char key[HASH_HEX]);

#endif
