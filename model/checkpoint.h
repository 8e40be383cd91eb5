/* checkpoint.h - where training stands, on disk: enough to go on bit for bit. */
#ifndef MODEL_CHECKPOINT_H
#define MODEL_CHECKPOINT_H

#include "base/hash.h"
#include "base/rng.h"
#include "base/status.h"
#include "model/net.h"
#include "model/rate.h"

#include <stddef.h>

enum { CHECKPOINT_BLOCKS = 8 };

/* Floats beside the weights: carried state, an optimizer's moments, .. */
struct checkpoint_block {
    const char *name; /* of the tensor */
    float *at;        /* [n] */
    size_t n;
    int *is_there; /* NULL: always; else 0 leaves it out, and loading sets it */
};

struct checkpoint {
    char job[HASH_HEX];  /* what is being trained: start weights, data, recipe */
    size_t step;         /* chunks done */
    double epoch_nll;    /* sum over the targets of the epoch so far */
    size_t epoch_tokens; /* and their number */
    double loss;         /* their mean at the last chunk */
    double valid;        /* metric of the last finished epoch, or NaN */
    int valid_due;       /* 1: an epoch has ended and was not scored, as a signal came */
    struct rng rng;      /* dropout */
    struct rate_state rate;
    int has_mask; /* 1: net->keep and its counts change in training, and are stored too */
    int n_blocks;
    struct checkpoint_block block[CHECKPOINT_BLOCKS];
};

/* Writes net->data and the rest atomically: the old checkpoint survives a full disk. E_NUMERIC, and
 * the old one survives too, when a value is not finite. */
enum status checkpoint_save(const char *path, const struct net *net, const struct checkpoint *c);

/* Reads it back into net->data and *c, whose blocks have their place and size. E_FORMAT, naming the
 * file, when it is malformed or of another net; E_USAGE when it belongs to another job. */
enum status checkpoint_load(const char *path, struct net *net, struct checkpoint *c);

#endif
