/* checkpoint.h - where training stands, on disk: enough to go on bit for bit. */
#ifndef MODEL_CHECKPOINT_H
#define MODEL_CHECKPOINT_H

#include "base/hash.h"
#include "base/rng.h"
#include "base/status.h"
#include "model/net.h"

#include <stddef.h>

struct checkpoint {
    char job[HASH_HEX];  /* what is being trained: start weights, data, recipe */
    size_t step;         /* chunks done */
    double epoch_nll;    /* sum over the targets of the epoch so far */
    size_t epoch_tokens; /* and their number */
    double valid_ppl;    /* of the last finished epoch, or NaN */
    struct rng rng;      /* dropout */
    float *state;        /* [n_state] carried h and c */
    size_t n_state;
};

/* Writes net->data and the rest atomically: the old checkpoint survives a full disk. */
enum status checkpoint_save(const char *path, const struct net *net, const struct checkpoint *c);

/* Reads it back into net->data and *c (state must have n_state floats). E_FORMAT, naming the file,
 * when it is malformed or of another net; E_USAGE when it belongs to another job. */
enum status checkpoint_load(const char *path, struct net *net, struct checkpoint *c);

#endif
