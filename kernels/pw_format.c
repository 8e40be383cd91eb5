#include "kernels/pw_format.h"

#include "base/cpu.h"

#include <string.h>

static size_t f32_index(int row)
{
    return 4 * (size_t)(row % 16) + (size_t)(row / 16);
}

static void f32_put(unsigned char *step, int row, int g, struct pw_slot slot)
{
    step[f32_index(row)] = pw_index_byte(slot.column, PW_F32_WINDOW / 2);
    memcpy(step + 64 + (size_t)row * sizeof(float), &slot.value, sizeof(float));
}

static struct pw_slot f32_get(const unsigned char *step, int row, int g)
{
    struct pw_slot slot = {pw_index_column(step[f32_index(row)], PW_F32_WINDOW / 2), 0};
    memcpy(&slot.value, step + 64 + (size_t)row * sizeof(float), sizeof(float));
    return slot;
}

static size_t q16_index(int row, int g)
{
    int group = row / 16;
    return 64 * (size_t)(group / 2) + 2 * (size_t)(2 * (row % 16) + g) + (size_t)(group % 2);
}

static size_t q16_value(int row, int g)
{
    return 128 + 64 * (size_t)(row / 16) + 2 * (size_t)(2 * (row % 16) + g);
}

static void q16_put(unsigned char *step, int row, int g, struct pw_slot slot)
{
    int16_t v = (int16_t)slot.value;
    step[q16_index(row, g)] = pw_index_byte(slot.column, PW_Q16_WINDOW / 2);
    memcpy(step + q16_value(row, g), &v, sizeof v);
}

static struct pw_slot q16_get(const unsigned char *step, int row, int g)
{
    int16_t v;
    memcpy(&v, step + q16_value(row, g), sizeof v);
    return (struct pw_slot){pw_index_column(step[q16_index(row, g)], PW_Q16_WINDOW / 2), v};
}

static size_t q16_narrow_index(int row, int g)
{
    return 96 * (size_t)(row / 16) + 2 * (size_t)(row % 16) + (size_t)g;
}

static size_t q16_narrow_value(int row, int g)
{
    int r = row % 16, word = r / 4 % 2 * 16 + r / 8 * 8 + r % 4 * 2 + g;
    return 96 * (size_t)(row / 16) + 32 + 2 * (size_t)word;
}

static void q16_narrow_put(unsigned char *step, int row, int g, struct pw_slot slot)
{
    int16_t v = (int16_t)slot.value;
    step[q16_narrow_index(row, g)] = (unsigned char)slot.column;
    memcpy(step + q16_narrow_value(row, g), &v, sizeof v);
}

static struct pw_slot q16_narrow_get(const unsigned char *step, int row, int g)
{
    int16_t v;
    memcpy(&v, step + q16_narrow_value(row, g), sizeof v);
    return (struct pw_slot){step[q16_narrow_index(row, g)], v};
}

/* The value's low six bits are free. */
static void q10_put(unsigned char *step, int row, int g, struct pw_slot slot)
{
    int16_t v = (int16_t)(((int16_t)slot.value & ~63) | slot.column);
    memcpy(step + q16_value(row, g) - 128, &v, sizeof v);
}

static struct pw_slot q10_get(const unsigned char *step, int row, int g)
{
    int16_t v;
    memcpy(&v, step + q16_value(row, g) - 128, sizeof v);
    return (struct pw_slot){v & 63, (float)(v & ~63)};
}

static size_t q8_index(int row, int g)
{
    return 128 * (size_t)(row / 16) + 4 * (size_t)(row % 16) + (size_t)g;
}

/* Seven bits are the whole column of a narrow window. */
static void q8_put(unsigned char *step, int row, int g, struct pw_slot slot)
{
    step[q8_index(row, g)] = (unsigned char)slot.column;
    step[q8_index(row, g) + 64] = (unsigned char)(int8_t)slot.value;
}

static struct pw_slot q8_get(const unsigned char *step, int row, int g)
{
    return (struct pw_slot){step[q8_index(row, g)] & (PW_Q8_WINDOW - 1),
                            (int8_t)step[q8_index(row, g) + 64]};
}

static void q8_wide_put(unsigned char *step, int row, int g, struct pw_slot slot)
{
    step[q8_index(row, g)] = pw_index_byte(slot.column, PW_Q8_WIDE / 2);
    step[q8_index(row, g) + 64] = (unsigned char)(int8_t)slot.value;
}

static struct pw_slot q8_wide_get(const unsigned char *step, int row, int g)
{
    return (struct pw_slot){pw_index_column(step[q8_index(row, g)], PW_Q8_WIDE / 2),
                            (int8_t)step[q8_index(row, g) + 64]};
}

/* The value's low five bits are free (precision_f27). */
static void f27_put(unsigned char *step, int row, int g, struct pw_slot slot)
{
    uint32_t bits;
    memcpy(&bits, &slot.value, sizeof bits);
    bits = (bits & ~31u) | (uint32_t)slot.column;
    memcpy(step + (size_t)row * sizeof bits, &bits, sizeof bits);
}

static struct pw_slot f27_get(const unsigned char *step, int row, int g)
{
    uint32_t bits, value;
    struct pw_slot slot;
    memcpy(&bits, step + (size_t)row * sizeof bits, sizeof bits);
    value = bits & ~31u;
    slot.column = (int32_t)(bits & 31);
    memcpy(&slot.value, &value, sizeof value);
    return slot;
}

/* A nibble of a little-endian 16-bit word. */
static void put_nibble(unsigned char *words, size_t word, int nibble, int32_t v)
{
    words[2 * word + (size_t)(nibble / 2)] |= (unsigned char)(v << 4 * (nibble % 2));
}

static int32_t get_nibble(const unsigned char *words, size_t word, int nibble)
{
    return words[2 * word + (size_t)(nibble / 2)] >> 4 * (nibble % 2) & 15;
}

static void bank_f32_put(unsigned char *step, int row, int g, struct pw_slot slot)
{
    put_nibble(step, (size_t)(row % 16), row / 16, slot.column);
    memcpy(step + 32 + (size_t)row * sizeof(float), &slot.value, sizeof(float));
}

static struct pw_slot bank_f32_get(const unsigned char *step, int row, int g)
{
    struct pw_slot slot = {get_nibble(step, (size_t)(row % 16), row / 16), 0};
    memcpy(&slot.value, step + 32 + (size_t)row * sizeof(float), sizeof(float));
    return slot;
}

static void bank_q16_put(unsigned char *step, int row, int g, struct pw_slot slot)
{
    int16_t v = (int16_t)slot.value;
    put_nibble(step, (size_t)(2 * (row % 16) + g), row / 16, slot.column);
    memcpy(step + q16_value(row, g) - 64, &v, sizeof v);
}

static struct pw_slot bank_q16_get(const unsigned char *step, int row, int g)
{
    int16_t v;
    memcpy(&v, step + q16_value(row, g) - 64, sizeof v);
    return (struct pw_slot){get_nibble(step, (size_t)(2 * (row % 16) + g), row / 16), v};
}

static size_t bank_q8_index(int row, int g)
{
    return 64 * (size_t)(row / 32) + 4 * (size_t)(row % 16) + (size_t)g;
}

static size_t bank_q8_value(int row, int g)
{
    return 128 + 4 * (size_t)row + (size_t)g;
}

static void bank_q8_put(unsigned char *step, int row, int g, struct pw_slot slot)
{
    step[bank_q8_index(row, g)] |= (unsigned char)(slot.column << 4 * (row / 16 % 2));
    step[bank_q8_value(row, g)] = (unsigned char)(int8_t)slot.value;
}

static struct pw_slot bank_q8_get(const unsigned char *step, int row, int g)
{
    return (struct pw_slot){step[bank_q8_index(row, g)] >> 4 * (row / 16 % 2) & 15,
                            (int8_t)step[bank_q8_value(row, g)]};
}

/* Costs in cycles as measured on Zen 4 from the second-level cache: about 27 bytes a cycle. */
const struct pw_format pw_format_f32 = {
    .rule = {.window = PW_F32_WINDOW, .group = 1, .step_cost = 12, .spill_cost = 7},
    .precision = PREC_F32,
    .step_bytes = PW_F32_BYTES,
    .index_bytes = 64,
    .value_size = 4,
    .put = f32_put,
    .get = f32_get,
};
const struct pw_format pw_format_bank_f32 = {
    .rule = {.window = PW_BANK, .group = 1, .step_cost = 10.7, .spill_cost = 7},
    .precision = PREC_F32,
    .bank = 1,
    .step_bytes = PW_BANK_F32_BYTES,
    .index_bytes = 32,
    .value_size = 4,
    .put = bank_f32_put,
    .get = bank_f32_get,
};
const struct pw_format pw_format_f27 = {
    .rule = {.window = PW_F27_WINDOW, .group = 1, .step_cost = 9.5, .spill_cost = 7},
    .precision = PREC_F27,
    .step_bytes = PW_F27_BYTES,
    .index_bytes = 0,
    .value_size = 4,
    .put = f27_put,
    .get = f27_get,
};
const struct pw_format pw_format_q16 = {
    .rule = {.window = PW_Q16_WINDOW, .group = 2, .step_cost = 14, .spill_cost = 7},
    .precision = PREC_Q16,
    .step_bytes = PW_Q16_BYTES,
    .index_bytes = 128,
    .value_size = 2,
    .put = q16_put,
    .get = q16_get,
};
const struct pw_format pw_format_q16_narrow = {
    .rule = {.window = PW_Q16_NARROW, .group = 2, .step_cost = 20, .spill_cost = 7},
    .precision = PREC_Q16,
    .step_bytes = PW_Q16_BYTES,
    .index_bytes = 128,
    .value_size = 2,
    .put = q16_narrow_put,
    .get = q16_narrow_get,
};
const struct pw_format pw_format_bank_q16 = {
    .rule = {.window = 4 * PW_BANK, .group = 2, .step_cost = 12, .spill_cost = 7},
    .precision = PREC_Q16,
    .bank = 1,
    .base_bits = 16,
    .step_bytes = PW_BANK_Q16_BYTES,
    .index_bytes = 64,
    .value_size = 2,
    .put = bank_q16_put,
    .get = bank_q16_get,
};
const struct pw_format pw_format_q10 = {
    .rule = {.window = PW_Q10_WINDOW, .group = 2, .step_cost = 10, .spill_cost = 7},
    .precision = PREC_Q10,
    .step_bytes = PW_Q10_BYTES,
    .index_bytes = 0,
    .value_size = 2,
    .put = q10_put,
    .get = q10_get,
};
const struct pw_format pw_format_q8 = {
    .rule = {.window = PW_Q8_WINDOW, .group = 4, .step_cost = 18, .spill_cost = 7},
    .precision = PREC_Q8,
    .step_bytes = PW_Q8_BYTES,
    .index_bytes = 256,
    .value_size = 1,
    .put = q8_put,
    .get = q8_get,
};
const struct pw_format pw_format_q8_wide = {
    .rule = {.window = PW_Q8_WIDE, .group = 4, .step_cost = 26, .spill_cost = 7},
    .precision = PREC_Q8,
    .step_bytes = PW_Q8_BYTES,
    .index_bytes = 256,
    .value_size = 1,
    .put = q8_wide_put,
    .get = q8_wide_get,
};
const struct pw_format pw_format_q8_narrow = {
    .rule = {.window = PW_Q8_NARROW, .group = 4, .step_cost = 44, .spill_cost = 7},
    .precision = PREC_Q8,
    .step_bytes = PW_Q8_BYTES,
    .index_bytes = 256,
    .value_size = 1,
    .put = q8_put,
    .get = q8_get,
};
const struct pw_format pw_format_bank_q8 = {
    .rule = {.window = 8 * PW_BANK, .group = 4, .step_cost = 14.2, .spill_cost = 7},
    .precision = PREC_Q8,
    .bank = 1,
    .base_bits = 8,
    .step_bytes = PW_BANK_Q8_BYTES,
    .index_bytes = 128,
    .value_size = 1,
    .put = bank_q8_put,
    .get = bank_q8_get,
};

const struct pw_format *const *pw_formats_of(enum precision p, unsigned flags)
{
    static const struct pw_format *const none[] = {NULL};
    static const struct pw_format *const f32_[] = {&pw_format_f32, &pw_format_bank_f32, NULL};
    static const struct pw_format *const f27_[] = {&pw_format_f27, NULL};
    static const struct pw_format *const q16_[] = {&pw_format_q16, &pw_format_bank_q16, NULL};
    static const struct pw_format *const q10_[] = {&pw_format_q10, NULL};
    static const struct pw_format *const q8_[] = {&pw_format_q8, &pw_format_q8_wide,
                                                  &pw_format_bank_q8, NULL};
    static const struct pw_format *const *const of[N_PRECISIONS] = {[PREC_F32] = f32_,
                                                                    [PREC_F27] = f27_,
                                                                    [PREC_Q16] = q16_,
                                                                    [PREC_Q10] = q10_,
                                                                    [PREC_Q8] = q8_};
    static const struct pw_format *const q16_avx2[] = {&pw_format_q16_narrow, NULL};
    static const struct pw_format *const q8_avx2[] = {&pw_format_q8_narrow, NULL};
    const unsigned vnni = CPU_AVX512_VNNI | CPU_AVX512_VBMI;
    unsigned need = p == PREC_F32 || p == PREC_F27 ? CPU_AVX512 : vnni;
    if (of[p] != NULL && (flags & need) == need)
        return of[p];
    if (flags & CPU_AVX2)
        return p == PREC_Q16 ? q16_avx2 : p == PREC_Q8 ? q8_avx2 : none;
    return none;
}
