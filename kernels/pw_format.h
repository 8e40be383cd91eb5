/* pw_format.h - how one step of 64 rows lies in memory in the formats that stream blocks of 64 rows
 * past windows of x: the paced window (pw_schedule.h) and the bank (pw_bank.h).
 *
 * Rows are in 4 groups of 16, one row a lane. In paced windows of f32, q16 and wide q8 an index
 * byte is a column of the window with its highest bit (the half of the window) moved to bit 7,
 * where a sign mask finds it.
 *   f32  64 index bytes, then 64 floats; window 64; 1 slot a row. The byte of row r stands at
 *        4*(r%16) + r/16, so one 32-bit lane holds those of four rows and a shift brings each down.
 *        5 bytes a slot.
 *   f27  64 floats whose low 5 bits are the column; window 32; 1 slot a row. 4 bytes a slot.
 *   q16  2 x 64 index bytes, then 4 x 32 int16; window 128; 2 slots a row. In the index block of
 *        groups 2b and 2b+1, word 2*(r%16)+g holds the byte of the even group low and of the odd
 *        one high. 3 bytes a slot.
 *   q16 narrow (AVX2)  4 x (32 index bytes, 32 int16); window 32; 2 slots a row. Byte 2*(r%16)+g;
 *        its int16 stands where unpacking bytes to words within 128 bits leads: those of rows 0-3
 *        and 8-11 of a group first, then the rest.
 *   q10  4 x 32 int16 whose low 6 bits are the column; window 64; 2 slots a row. 2 bytes a slot.
 *   q8   4 x (64 index bytes, 64 int8); 4 slots a row, byte 4*(r%16)+g. 2 bytes a slot. A
 *        window of 128, one look-up; or a wide one of 256, two look-ups and a blend; or, for AVX2,
 *        a narrow one of 64.
 * Banks: a slot's index is 4 bits, its column within 16 from off[t] + base of its g, which is the
 * same for all rows; bases are multiples of 16.
 *   bank f32  16 words, then 64 floats; 1 slot a row; nibble r/16 of word r%16. 4.5 bytes a slot.
 *   bank q16  32 words, then 4 x 32 int16; 2 slots a row; nibble r/16 of word 2*(r%16)+g; base in
 *             the low and the high 16 bits, window 64. 2.5 bytes a slot.
 *   bank q8   2 x 64 bytes, then 4 x 64 int8; 4 slots a row; in block r/32 the byte 4*(r%16)+g, its
 *             low nibble for the even group; base a byte for each g, window 128. 1.5 bytes a
 *             slot. */
#ifndef KERNELS_PW_FORMAT_H
#define KERNELS_PW_FORMAT_H

#include "kernels/precision.h"
#include "kernels/pw_schedule.h"

#include <stddef.h>
#include <stdint.h>

enum {
    PW_LANES = 4, /* samples that share a pass over an integer stream */
    PW_BANK = 16, /* columns that 4 bits reach */
    PW_F32_WINDOW = 64,
    PW_F32_BYTES = 64 + 4 * 64,
    PW_F27_WINDOW = 32,
    PW_F27_BYTES = 4 * 64,
    PW_Q16_WINDOW = 128,
    PW_Q16_NARROW = 32,
    PW_Q16_BYTES = 2 * 64 + 4 * 64,
    PW_Q10_WINDOW = 64,
    PW_Q10_BYTES = 4 * 64,
    PW_Q8_WINDOW = 128,
    PW_Q8_WIDE = 256,
    PW_Q8_NARROW = 64,
    PW_Q8_BYTES = 4 * 128,
    PW_BANK_F32_BYTES = 32 + 4 * 64,
    PW_BANK_Q16_BYTES = 64 + 4 * 64,
    PW_BANK_Q8_BYTES = 2 * 64 + 4 * 64,
};

/* One slot of a step, decoded. */
struct pw_slot {
    int32_t column; /* within the window, in banks within the bank; from pw_span_slot: of x */
    float value;    /* q16, q8: a small integer; q10: a multiple of 64 */
};

struct pw_format {
    struct pw_rule rule;
    enum precision precision;
    int bank;                       /* 1: scheduled by pw_bank.h, with a base for each step */
    int base_bits;                  /* bits of each g in a base; 0 where it is always 0 */
    size_t step_bytes, index_bytes; /* of a step, and the indices' part of it */
    size_t value_size;              /* bytes of one weight */
    void (*put)(unsigned char *step, int row, int g, struct pw_slot slot);
    struct pw_slot (*get)(const unsigned char *step, int row, int g);
};

extern const struct pw_format pw_format_f32, pw_format_bank_f32, pw_format_f27;
extern const struct pw_format pw_format_q16, pw_format_q16_narrow, pw_format_q10;
extern const struct pw_format pw_format_bank_q16;
extern const struct pw_format pw_format_q8, pw_format_q8_wide, pw_format_q8_narrow;
extern const struct pw_format pw_format_bank_q8;

/* The formats of a precision that have a fast kernel with these cpu flags (base/cpu.h), the usual
 * one first, then NULL. None at all: NULL at once. */
const struct pw_format *const *pw_formats_of(enum precision p, unsigned flags);

/* Consecutive blocks of as many steps each. */
struct pw_span {
    const unsigned char *stream; /* [blocks][steps][step_bytes] */
    const int32_t *off;          /* [blocks][steps] first column of the window */
    const uint32_t *base;        /* [blocks][steps] in bank formats, else NULL */
    int steps, blocks;
};

/* Block b of a span alone. */
static inline struct pw_span pw_span_block(const struct pw_format *f, const struct pw_span *s,
                                           int b)
{
    size_t at = (size_t)b * (size_t)s->steps;
    return (struct pw_span){s->stream + at * f->step_bytes, s->off + at,
                            s->base != NULL ? s->base + at : NULL, s->steps, 1};
}

/* Where slot g's bank begins, after off. */
static inline int32_t pw_base(const struct pw_format *f, uint32_t base, int g)
{
    return f->base_bits == 0 ? 0 : (int32_t)(base >> f->base_bits * g & ((1u << f->base_bits) - 1));
}

/* A slot of step t, counted over all blocks, with its column in x. */
static inline struct pw_slot pw_span_slot(const struct pw_format *f, const struct pw_span *s, int t,
                                          int row, int g)
{
    struct pw_slot slot = f->get(s->stream + (size_t)t * f->step_bytes, row, g);
    slot.column += s->off[t] + (f->bank ? pw_base(f, s->base[t], g) : 0);
    return slot;
}

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
