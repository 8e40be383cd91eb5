/* pw.h - a row-balanced sparse matrix in blocks of 64 rows that stream past windows of x, in the
 * cheapest format of its precision: the paced window (pw_schedule.h) or, where the pattern allows
 * it, the bank (pw_bank.h). pw_format.h says how it lies in memory.
 *
 * The weights stream through once and in order; x is looked up in registers. There is no gather, no
 * row pointer and no horizontal sum. */
#ifndef KERNELS_PW_H
#define KERNELS_PW_H

#include "base/status.h"
#include "kernels/lstm.h"
#include "kernels/pool.h"
#include "kernels/precision.h"
#include "kernels/pw_format.h"

#include <stddef.h>
#include <stdint.h>

struct pw_spill {
    int32_t row, col;
    float val; /* q16, q8: a small integer */
};

struct pw {
    int rows, cols, k;
    enum precision precision;
    const struct pw_format *format;
    int n_blocks;
    size_t *step;          /* [n_blocks+1] first step of each block */
    int32_t *off;          /* [step[n_blocks]] */
    uint32_t *base;        /* [step[n_blocks]] in bank formats, else NULL */
    unsigned char *stream; /* [step[n_blocks]][format->step_bytes] */
    size_t *spill_start;   /* [n_blocks+1] */
    struct pw_spill *spill;
    int32_t
        *zero; /* q8: [n_blocks*64] -128 times the sum of the row's streamed weights; else NULL */
};

/* Packs w [rows][cols] for f32, f27 (whose weights precision_f27 has rounded), q16, q10 or q8
 * (whose weights are integers that fit), in the format that costs least of those that the cpu flags
 * allow; E_UNSUPPORTED if there is none. What a row keeps is as in rbs_pack (rbs.h). Release with
 * pw_release. */
enum status pw_pack(const float *w, int rows, int cols, int k, enum precision precision,
                    unsigned flags, struct pw *out);
void pw_release(struct pw *m);

/* Writes the matrix back as w [rows][cols] with zeros where nothing is kept. */
void pw_unpack(const struct pw *m, float *w);

/* Bytes streamed of weights (idle slots and spill included) and of indices. */
size_t pw_weight_bytes(const struct pw *m);
size_t pw_index_bytes(const struct pw *m);
/* Slots, idle ones included; and spilled weights. */
size_t pw_slots(const struct pw *m);
size_t pw_spilled(const struct pw *m);

/* Adds what one sample streams, as lstm_facts says. */
void pw_facts(const struct pw *m, struct lstm_facts *add);

/* "paced-window" or "bank". */
const char *pw_format_name(const struct pw *m);

/* The blocks from lo on, below hi, that have as many steps as lo. */
struct pw_span pw_span_of(const struct pw *m, size_t lo, size_t hi);

/* Rows of block b, 64 but for the last. */
int pw_block_rows(const struct pw *m, size_t b);

/* Floats of scratch that pw_mul needs. */
size_t pw_scratch(const struct pw *m);

/* f32, f27: y[rows] += m * x[cols] for one sample; blocks are split over the pool. Never
 * allocates. */
void pw_mul(const struct pw *m, struct pool *pool, const float *x, float *y, float *scratch);

/* q16 and q10 (x int16) and q8 (x uint8, zero point 128): sum[n][rows] = x[n][cols] * m^T, exact;
 * samples lie `stride` elements apart and can be read up to the format's window past `cols`. The
 * stream is read once for several samples. Never allocates. */
void pw_mul_fixed(const struct pw *m, struct pool *pool, int n, const void *x, size_t stride,
                  int32_t *sum);

#endif
