/* pw.h - a row-balanced sparse matrix in the paced-window format, f32 with its weights unaltered.
 *
 * 16 rows sit in the 16 lanes of a vector, 64 rows in a block. A step of a block is 64 index bytes
 * and 64 weights: 5 bytes a slot, read once and in order; x is looked up in registers. Index byte
 * of row r stands at 4*(r%16) + r/16, so that one 32-bit lane holds the bytes of its four rows and
 * a shift brings each down. Its low 5 bits choose among 32 columns of the window, bit 7 the
 * upper 32. */
#ifndef KERNELS_PW_H
#define KERNELS_PW_H

#include "base/status.h"
#include "kernels/pool.h"
#include "kernels/pw_schedule.h"

#include <stddef.h>
#include <stdint.h>

enum {
    PW_WINDOW = 64,
    PW_STEP_BYTES = PW_ROWS * 5, /* 64 index bytes, then 64 floats */
};

/* Where the index byte of a row of the block stands within a step. */
static inline size_t pw_index_at(int row)
{
    return 4 * (size_t)(row % 16) + (size_t)(row / 16);
}

/* The column of the window that an index byte means. */
static inline int32_t pw_index_column(unsigned char byte)
{
    return (byte & 31) | (byte & 0x80 ? 32 : 0);
}

struct pw_spill {
    int32_t row, col;
    float val;
};

struct pw {
    int rows, cols, k;
    int n_blocks;
    size_t *step;          /* [n_blocks+1] first step of each block */
    int32_t *off;          /* [step[n_blocks]] */
    unsigned char *stream; /* [step[n_blocks]][PW_STEP_BYTES] */
    size_t *spill_start;   /* [n_blocks+1] */
    struct pw_spill *spill;
};

/* Packs w [rows][cols]; what a row keeps is as in rbs_pack (rbs.h). Release with pw_release. */
enum status pw_pack(const float *w, int rows, int cols, int k, struct pw *out);
void pw_release(struct pw *m);

/* Writes the matrix back as w [rows][cols] with zeros where nothing is kept. */
void pw_unpack(const struct pw *m, float *w);

/* Bytes streamed of weights (idle slots and spill included) and of indices. */
size_t pw_weight_bytes(const struct pw *m);
size_t pw_index_bytes(const struct pw *m);
/* Slots, idle ones included; and spilled weights. */
size_t pw_slots(const struct pw *m);
size_t pw_spilled(const struct pw *m);

/* Floats of scratch that pw_mul needs. */
size_t pw_scratch(const struct pw *m);

/* y[rows] += m * x[cols] for one sample; blocks are split over the pool. Never allocates. */
void pw_mul(const struct pw *m, struct pool *pool, const float *x, float *y, float *scratch);

#endif
