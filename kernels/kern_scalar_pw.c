/* The C meaning of the slots that walk over blocks of 64 rows: whatever the format, slot by
 * slot. */
#include "kernels/kern_scalar.h"
#include "kernels/pw_format.h"

#define WALK(format, x_type, y_type)                                                               \
    const struct pw_format *f = &format;                                                           \
    int group = f->rule.group;                                                                     \
    for (int t = 0; t < s->blocks * s->steps; t++)                                                 \
        for (int i = 0; i < PW_ROWS * group; i++) {                                                \
            struct pw_slot slot = pw_span_slot(f, s, t, i / group, i % group);                     \
            y[t / s->steps * PW_ROWS + i / group] += (y_type)slot.value * (x_type)x[slot.column];  \
        }

#define FLOATS(name, format)                                                                       \
    void name##_scalar(const struct pw_span *s, const float *x, float *y)                          \
    {                                                                                              \
        WALK(format, float, float)                                                                 \
    }

/* For one sample, and for PW_LANES. */
#define INTEGERS(name, format, type)                                                               \
    void name##_scalar(const struct pw_span *s, const type *x, int32_t *y)                         \
    {                                                                                              \
        WALK(format, int32_t, int32_t)                                                             \
    }                                                                                              \
    void name##_x4_scalar(const struct pw_span *s, const type *x, size_t stride, int32_t *y,       \
                          size_t rows)                                                             \
    {                                                                                              \
        for (size_t i = 0; i < PW_LANES; i++)                                                      \
            name##_scalar(s, x + i * stride, y + i * rows);                                        \
    }

FLOATS(pw_f32, pw_format_f32)
FLOATS(bank_f32, pw_format_bank_f32)
FLOATS(pw_f27, pw_format_f27)
INTEGERS(pw_q16, pw_format_q16, int16_t)
INTEGERS(pw_q16_narrow, pw_format_q16_narrow, int16_t)
INTEGERS(pw_q10, pw_format_q10, int16_t)
INTEGERS(bank_q16, pw_format_bank_q16, int16_t)
INTEGERS(pw_q8, pw_format_q8, uint8_t)
INTEGERS(pw_q8_narrow, pw_format_q8_narrow, uint8_t)
INTEGERS(pw_q8_wide, pw_format_q8_wide, uint8_t)
INTEGERS(bank_q8, pw_format_bank_q8, uint8_t)
