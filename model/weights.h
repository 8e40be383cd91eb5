/* weights.h - nets in safetensors files with PyTorch state-dict names (SPEC 2). */
#ifndef MODEL_WEIGHTS_H
#define MODEL_WEIGHTS_H

#include "base/status.h"
#include "model/net.h"
#include "model/safetensors.h"

/* Loads a net. `prefix` chooses among several stacks in one file ("rnn." for rnn.weight_ih_l0),
 * NULL takes the only one. Reads F64 F32 F16 BF16; a missing bias is 0; the two biases are added; a
 * zero is a pruned weight and k comes from the metadata, else from the fullest row; the mask is
 * completed with the lowest free columns, of a pattern in the metadata as that pattern
 * needs (pattern_complete). E_FORMAT, with file and tensor: no LSTM layer, a gap in
 * the layers, `_reverse`, one layer under two prefixes, shapes that do not fit, NaN or infinity, a
 * row of more than k, weights that are not of the stated pattern, a file that says `tied` and holds
 * two different matrices. */
enum status weights_load(const char *path, const char *prefix, struct net **out);

/* The same from a parsed file (a checkpoint, a fuzz case); file is not kept. */
enum status weights_from(const struct st_file *file, const char *prefix, struct net **out);

/* Calls fn for every tensor of the file that weights_load leaves out. */
enum status weights_others(const char *path, const char *prefix,
                           void (*fn)(void *ctx, const char *name), void *ctx);

/* Saves atomically, f32, with the metadata of SPEC 2; equal nets give equal bytes. A tied net has
 * its matrix under both names. Sets net->sha256. E_NUMERIC, and nothing is written, when a weight
 * is not finite. */
enum status weights_save(struct net *net, const char *path);

/* Adds the parameters and metadata of a net to a file being made. */
enum status weights_add(const struct net *net, struct st_writer *w);

/* The vocabulary of a net's metadata; E_FORMAT if it has none (the message says --vocab). */
enum status weights_vocab(const struct net *net, const char *name, struct vocab **out);

#endif
