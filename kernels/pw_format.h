/* pw_format.h - how one step of 64 rows lies in memory in the paced-window format, by precision.
 *
 * Rows are in 4 groups of 16, one row a lane. An index byte is a column of the window with its
 * highest bit (the half of the window) moved to bit 7, where a sign mask finds it.
 *   f32  64 index bytes, then 64 floats; window 64; 1 slot a row. The byte of row r stands at
 *        4*(r%16) + r/16, so one 32-bit lane holds those of four rows and a shift brings each down.
 *        5 bytes a slot.
 *   q16  2 x 64 index bytes, then 4 x 32 int16; window 128; 2 slots a row. In the index block of
 *        groups 2b and 2b+1, word 2*(r%16)+g holds the byte of the even group low and of the odd one
 *        high. 3 bytes a slot.
 *   q10  4 x 32 int16 whose low 6 bits are the column; window 64; 2 slots a row. 2 bytes a slot.
 *   q8   4 x (64 index bytes, 64 int8); 4 slots a row, byte 4*(r%16)+g. 2 bytes a slot. Either a
 *        narrow window of 128, one look-up, or a wide one of 256, two look-ups and a blend. */
#ifndef KERNELS_PW_FORMAT_H
#define KERNELS_PW_FORMAT_H

#include "kernels/precision.h"
#include "kernels/pw_schedule.h"

#include <stddef.h>
#include <stdint.h>

enum {
    PW_LANES = 4, /* samples that share a pass over an integer stream */
    PW_F32_WINDOW = 64,
    PW_F32_BYTES = 64 + 4 * 64,
    PW_Q16_WINDOW = 128,
    PW_Q16_BYTES = 2 * 64 + 4 * 64,
    PW_Q10_WINDOW = 64,
    PW_Q10_BYTES = 4 * 64,
    PW_Q8_WINDOW = 128,
    PW_Q8_WIDE = 256,
    PW_Q8_BYTES = 4 * 128,
};

/* One slot of a step, decoded. */
struct pw_slot {
    int32_t column; /* within the window */
    float value;    /* q16, q8: a small integer; q10: a multiple of 64 */
};

struct pw_format {
    struct pw_rule rule;
    int wide;                       /* 1: a second format of its precision with a wider window */
    size_t step_bytes, index_bytes; /* of a step, and the indices' part of it */
    size_t value_size;              /* bytes of one weight */
    void (*put)(unsigned char *step, int row, int g, struct pw_slot slot);
    struct pw_slot (*get)(const unsigned char *step, int row, int g);
};

/* The formats of f32, q16, q10 or q8, the usual one first; NULL past the end. */
const struct pw_format *pw_format_of(enum precision p, int i);

/* Index byte of a column of a window of 2*half columns, and back. */
static inline unsigned char pw_index_byte(int32_t column, int32_t half)
{
    return (unsigned char)((column & (half - 1)) | (column & half ? 0x80 : 0));
}

static inline int32_t pw_index_column(unsigned char byte, int32_t half)
{
    return (byte & (half - 1)) | (byte & 0x80 ? half : 0);
}

#endif
