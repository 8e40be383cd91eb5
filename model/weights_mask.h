/* weights_mask.h - which weights of a file are kept; for weights.c only. */
#ifndef MODEL_WEIGHTS_MASK_H
#define MODEL_WEIGHTS_MASK_H

#include "base/status.h"
#include "model/net.h"
#include "model/safetensors.h"

/* Sets net->keep and the counts k from the file's nonzeros: completed by its pattern to the k that
 * its metadata state, else to the fullest row's. keep is NULL afterwards if nothing is pruned.
 * E_FORMAT if counts, pattern and nonzeros contradict each other. */
enum status weights_mask(const struct st_file *f, struct net *net);

#endif
