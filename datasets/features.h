/* features.h - speech -> frames of 39 (MFCC), 123 or 153 (filterbank) features, as SPEC 8 says.
 *
 * Frames of 400 samples every 160, none padded. Of each, at int16 scale: mean taken off, log
 * energy, pre-emphasis .97 (the first sample times .03), Hamming window, Fourier transform of 512
 * points. 123 and 153: power through 40 or 50 triangles linear in mel = 1127 ln(1+f/700) from 20 to
 * 8000 Hz, ln of at least 1. 39: magnitude through 26 triangles from 0 Hz, ln, cosine transform,
 * cepstra 1 to 12 liftered with 22. These and the log energy behind them are the statics; behind
 * those stand their deltas over +-2 frames (edges repeated), and the deltas of the deltas. All in
 * double. */
#ifndef DATASETS_FEATURES_H
#define DATASETS_FEATURES_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { FRAME_SAMPLES = 400, FRAME_STEP = 160, FRAME_CENTRE = 200, FEATURES_DEFAULT = 123 };

struct features;

/* A plan for 39, 123 or 153 features; E_USAGE for another number. Release with features_release. */
enum status features_new(int n_out, struct features **out);
void features_release(struct features *f);

/* 1 + floor((n-400)/160) frames of n samples; 0 below 400. */
size_t features_count(size_t n_samples);

/* Writes the frames of n samples (400 at least) to out [features_count(n)][n_out]. E_NOMEM. */
enum status features_extract(struct features *f, const int16_t *sample, size_t n, float *out);

#endif
