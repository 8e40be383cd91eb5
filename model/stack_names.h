/* stack_names.h - finding an LSTM stack among the tensor names of a PyTorch state dict. */
#ifndef MODEL_STACK_NAMES_H
#define MODEL_STACK_NAMES_H

#include "model/safetensors.h"

enum { STACK_PREFIX = 512 };

/* The prefix of the only stack, or of the one asked for (with or without its last dot), and its
 * number of layers, which are gapless from 0. E_FORMAT, by name: none, `_reverse`, a layer under
 * two prefixes while none is asked for, a gap, too many layers. */
enum status stack_find(const struct st_file *f, const char *asked, char prefix[STACK_PREFIX],
                       int *n_layers);

/* The tensor `PREFIXwhat_lLAYER`, or NULL. */
const struct st_tensor *stack_tensor(const struct st_file *f, const char *prefix, const char *what,
                                     int layer);

/* The only tensor named `what` or `ANYTHING.what`; *out is NULL if there is none, E_FORMAT if there
 * are two. */
enum status stack_end(const struct st_file *f, const char *what, const struct st_tensor **out);

/* Calls fn for every tensor that is no part of the stack under `prefix`, nor embedding.weight,
 * classifier.weight or classifier.bias. */
void stack_others(const struct st_file *f, const char *prefix, int n_layers,
                  void (*fn)(void *ctx, const char *name), void *ctx);

#endif
