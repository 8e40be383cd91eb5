/* packed.h - one sparse matrix as the sparse backend keeps it: in the formats that this machine's
 * level runs best, one for single samples and one for several. */
#ifndef KERNELS_PACKED_H
#define KERNELS_PACKED_H

#include "base/status.h"
#include "kernels/lstm.h"
#include "kernels/pool.h"
#include "kernels/pw.h"
#include "kernels/rbs.h"

#include <stddef.h>

struct packed {
    int rows, cols, k;
    int has_pw, has_rbs; /* single samples go to pw if it is there, all else to rbs */
    struct pw pw;
    struct rbs rbs;
};

/* Packs w [rows][cols] with k weights a row for products of up to `most` samples at once, in f32
 * or f27 (weights already rounded), by the cpu flags (base/cpu.h). Errors as rbs_pack. Release with
 * packed_release. */
enum status packed_make(const float *w, int rows, int cols, int k, enum precision precision,
                        unsigned flags, size_t most, struct packed *out);
void packed_release(struct packed *m);

/* "paced-window", "bank" or "row-balanced": the format that a single sample takes. */
const char *packed_format(const struct packed *m);

/* Adds what one sample streams: slots as macs (padding included), bytes of weights and of indices,
 * and the spilled weights among them. */
void packed_facts(const struct packed *m, struct lstm_facts *add);

/* Floats of scratch that packed_mul needs. */
size_t packed_scratch(const struct packed *m);

/* y[n][rows] += x[n][cols] * m^T, rows split over the pool. Never allocates. */
void packed_mul(const struct packed *m, struct pool *pool, int n, const float *x, float *y,
                float *scratch);

#endif
