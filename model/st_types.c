/* Element types of safetensors and their conversion. */
#include "model/safetensors.h"

#include <limits.h>
#include <math.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} types[] = {
    [ST_F64] = {"F64", 8}, [ST_F32] = {"F32", 4},   [ST_F16] = {"F16", 2}, [ST_BF16] = {"BF16", 2},
    [ST_I64] = {"I64", 8}, [ST_I32] = {"I32", 4},   [ST_I16] = {"I16", 2}, [ST_I8] = {"I8", 1},
    [ST_U8] = {"U8", 1},   [ST_BOOL] = {"BOOL", 1},
};

const char *st_type_name(enum st_type t)
{
    return types[t].name;
}

size_t st_type_size(enum st_type t)
{
    return types[t].size;
}

static uint64_t little(const unsigned char *p, size_t size)
{
    uint64_t v = 0;
    for (size_t i = 0; i < size; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

static float from_bits(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/* IEEE 754 binary16, subnormals included. */
static float half(uint16_t v)
{
    int exponent = v >> 10 & 31, mantissa = v & 1023;
    float magnitude = exponent == 31  ? (mantissa != 0 ? NAN : INFINITY)
                      : exponent != 0 ? ldexpf((float)(mantissa + 1024), exponent - 25)
                                      : ldexpf((float)mantissa, -24);
    return v & 0x8000 ? -magnitude : magnitude;
}

static float to_float(enum st_type type, const unsigned char *p)
{
    uint64_t v = little(p, types[type].size);
    double d;
    switch (type) {
    case ST_F64:
        memcpy(&d, &v, sizeof d);
        return (float)d;
    case ST_F32:
        return from_bits((uint32_t)v);
    case ST_BF16:
        return from_bits((uint32_t)v << 16);
    default:
        return half((uint16_t)v);
    }
}

enum status st_floats(const struct st_file *f, const struct st_tensor *t, int check_finite,
                      float *out)
{
    if (t->type != ST_F64 && t->type != ST_F32 && t->type != ST_F16 && t->type != ST_BF16)
        return fail(E_FORMAT, "%s: tensor '%s' is %s (expected F64, F32, F16 or BF16)", st_name(f),
                    t->name, st_type_name(t->type));
    for (size_t i = 0; i < t->n; i++) {
        out[i] = to_float(t->type, t->data + i * types[t->type].size);
        if (check_finite && !isfinite(out[i]))
            return fail(E_FORMAT, "%s: tensor '%s': element %zu is %g (expected finite values)",
                        st_name(f), t->name, i, (double)out[i]);
    }
    return OK;
}

enum status st_ints(const struct st_file *f, const struct st_tensor *t, int *out)
{
    if (t->type != ST_I64 && t->type != ST_I32)
        return fail(E_FORMAT, "%s: tensor '%s' is %s (expected I64 or I32)", st_name(f), t->name,
                    st_type_name(t->type));
    for (size_t i = 0; i < t->n; i++) {
        uint64_t raw = little(t->data + i * types[t->type].size, types[t->type].size);
        int64_t v = t->type == ST_I32 ? (int32_t)(uint32_t)raw : (int64_t)raw;
        if (v < INT_MIN || v > INT_MAX)
            return fail(E_FORMAT, "%s: tensor '%s': element %zu does not fit an int", st_name(f),
                        t->name, i);
        out[i] = (int)v;
    }
    return OK;
}
