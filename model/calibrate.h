/* calibrate.h - the ranges that q16 and q8 need (kernels/quant.h): measured, kept with a net, read
 * back. Nothing else measures them.
 *
 * A range is the largest magnitude that the dense f32 net shows on what it is calibrated on,
 * without head-room and without clipping outliers: docs/decisions.md tells what that was measured
 * against. */
#ifndef MODEL_CALIBRATE_H
#define MODEL_CALIBRATE_H

#include "base/status.h"
#include "datasets/dataset.h"
#include "kernels/lstm.h"
#include "kernels/quant.h"
#include "model/net.h"

#include <stddef.h>

enum { CALIBRATE_TOKENS = 10000 };

/* On a net's training data: max_tokens of them (0: all; rounded up to whole steps) from zero state.
 * A language model's in up to 16 lanes that begin at even distances in the stream, reviews and
 * utterances 16 side by side in a shuffled order. Errors of
 * net_check_data; E_USAGE if the net has no LSTM. */
enum status calibrate_net(const struct net *net, const struct dataset *ds, size_t max_tokens,
                          int threads, struct quant *out);

/* On one call's input: x, h, c and len of io as lstm_run takes them, none of which is changed. What
 * is not finite counts as 0; what lies behind a lane's length does not count. */
enum status calibrate_input(const struct lstm_net *net, const struct lstm_io *io, int threads,
                            struct quant *out);

/* Puts a calibration into the net's metadata, which weights_save writes. */
enum status calibrate_store(struct net *net, const struct quant *quant);

/* Reads it from there; *found = 0 if the net has none. E_FORMAT, naming `path`, for a text that is
 * not one object of finite numbers >= 0 for each layer. */
enum status calibrate_stored(const struct net *net, const char *path, int *found,
                             struct quant *out);

#endif
