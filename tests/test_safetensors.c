/* test_safetensors.c - the container: every malformed case with its message, conversions to the
 * bit, and what the writer writes. */
#include "base/file.h"
#include "base/mem.h"
#include "model/safetensors.h"
#include "tests/scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A file of this header and n zero bytes of data, in a block of exactly its size. */
static unsigned char *file_of(const char *header, size_t n, size_t *size)
{
    size_t length = strlen(header);
    *size = 8 + length + n;
    unsigned char *bytes = calloc(*size, 1);
    cr_assert_not_null(bytes);
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(length >> (8 * i));
    memcpy(bytes + 8, header, length);
    return bytes;
}

static void refused_bytes(const void *bytes, size_t n, const char *message)
{
    struct st_file *f;
    enum status s = st_parse(bytes, n, "x.st", &f);
    cr_expect_eq(s, E_FORMAT, "not refused: %s", message);
    cr_expect_null(f);
    if (s == E_FORMAT)
        cr_expect_not_null(strstr(status_message(), message), "'%s' is not in '%s'", message,
                           status_message());
    cr_expect_eq(strncmp(status_message(), "x.st", 4), 0);
    st_release(f);
}

static void refused(const char *header, size_t n, const char *message)
{
    size_t size;
    unsigned char *bytes = file_of(header, n, &size);
    refused_bytes(bytes, size, message);
    free(bytes);
}

Test(safetensors, truncated_or_wrong_header)
{
    size_t size;
    const char *good = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    unsigned char *bytes = file_of(good, 8, &size);
    struct st_file *f;
    cr_assert_eq(st_parse(bytes, size, "x.st", &f), OK, "%s", status_message());
    st_release(f);
    for (size_t n = 0; n < 8; n++)
        refused_bytes(bytes, n, "bytes (expected a safetensors header of at least 8)");
    for (size_t n = 8; n < size - 8; n++)
        refused_bytes(bytes, n, "byte 0: header of ");
    for (size_t n = size - 8; n < size; n++)
        refused_bytes(bytes, n, "tensor 'a': data_offsets [0, 8] leave the data");
    bytes[7] = 0x80; /* a length of over 2^63 */
    refused_bytes(bytes, size, "header of 9223372036854775");
    free(bytes);
}

Test(safetensors, malformed_json)
{
    refused("", 0, "x.st");
    refused("[]", 0, "x.st");
    refused("{\"a\":", 0, "x.st");
    refused("{} x", 0, "x.st");
    refused("{\"a\\u0000b\":1}", 0, "x.st");
    refused("{\"\xff\":1}", 0, "x.st");
    refused("{\"__metadata__\":3}", 0, "__metadata__ is not an object");
    refused("{\"__metadata__\":{\"k\":3}}", 0, "__metadata__ 'k' is not a string");
    refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},"
            "\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}",
            0, "duplicate");
}

/* One tensor `a` of these parts. */
static void refused_tensor(const char *dtype, const char *shape, const char *offsets, size_t n,
                           const char *message)
{
    struct strbuf b = {0};
    strbuf_addf(&b, "{\"a\":{\"dtype\":%s,\"shape\":%s,\"data_offsets\":%s}}", dtype, shape,
                offsets);
    refused(b.s, n, message);
    strbuf_release(&b);
}

Test(safetensors, malformed_tensor)
{
    refused("{\"a\":3}", 0, "tensor 'a': dtype is missing or unknown");
    refused("{\"a\":{}}", 0, "tensor 'a': dtype is missing or unknown");
    refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[0]}}", 0, "tensor 'a': data_offsets is not");
    refused_tensor("\"F31\"", "[2]", "[0,8]", 8, "dtype is missing or unknown");
    refused_tensor("32", "[2]", "[0,8]", 8, "dtype is missing or unknown");
    refused_tensor("\"F32\"", "2", "[0,8]", 8, "shape is not a list of at most 8 sizes");
    refused_tensor("\"F32\"", "{}", "[0,8]", 8, "shape is not a list of at most 8 sizes");
    refused_tensor("\"F32\"", "[1,1,1,1,1,1,1,1,2]", "[0,8]", 8, "shape is not a list");
    refused_tensor("\"F32\"", "[1,-2]", "[0,8]", 8, "dimension 1 is not a size");
    refused_tensor("\"F32\"", "[2.5]", "[0,8]", 8, "dimension 0 is not a size");
    refused_tensor("\"F32\"", "[\"2\"]", "[0,8]", 8, "dimension 0 is not a size");
    refused_tensor("\"F32\"", "[99999999999999999999]", "[0,8]", 8, "x.st");
    refused_tensor("\"F32\"", "[4294967296,4294967296]", "[0,8]", 8, "dimensions overflows");
    refused_tensor("\"F64\"", "[4611686018427387905]", "[0,8]", 8,
                   "8 bytes do not fit 4611686018427387905");
    refused_tensor("\"F32\"", "[2]", "[0,8,9]", 8, "data_offsets is not [begin, end]");
    refused_tensor("\"F32\"", "[2]", "[0]", 8, "data_offsets is not [begin, end]");
    refused_tensor("\"F32\"", "[2]", "[0.0,8]", 8, "data_offsets is not [begin, end]");
    refused_tensor("\"F32\"", "[2]", "[8,0]", 8, "data_offsets [8, 0] leave the data (8 bytes)");
    refused_tensor("\"F32\"", "[2]", "[-8,0]", 8, "data_offsets [-8, 0] leave the data (8 bytes)");
    refused_tensor("\"F32\"", "[2]", "[0,9]", 8, "data_offsets [0, 9] leave the data (8 bytes)");
    refused_tensor("\"F32\"", "[3]", "[0,8]", 8, "8 bytes do not fit 3 elements of F32");
    refused_tensor("\"F32\"", "[2]", "[0,8]", 12, "4 bytes follow the last tensor");
    refused_tensor("\"F32\"", "[2]", "[4,12]", 12,
                   "tensor 'a' begins at byte 4 of the data (expected 0: a hole)");
    refused("{}", 1, "1 bytes follow the last tensor");
}

Test(safetensors, tensors_that_overlap_or_leave_a_hole)
{
#define TWO(b0, b1)                                                                                \
    "{\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[" b0 "," b1 "]},"                    \
    "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}"
    refused(TWO("3", "7"), 7, "tensor 'b' begins at byte 3 of the data (expected 4: it overlaps)");
    refused(TWO("0", "4"), 4, "begins at byte 0 of the data (expected 4: it overlaps)");
    refused(TWO("5", "9"), 9, "tensor 'b' begins at byte 5 of the data (expected 4: a hole)");
    size_t size;
    unsigned char *bytes = file_of(TWO("4", "8"), 8, &size);
    struct st_file *f;
    cr_assert_eq(st_parse(bytes, size, "x.st", &f), OK);
    cr_assert_eq(st_count(f), 2);
    cr_assert_str_eq(st_at(f, 0)->name, "a"); /* in order of offsets */
    cr_assert_str_eq(st_at(f, 1)->name, "b");
    cr_assert_null(st_find(f, "c"));
    st_release(f);
    free(bytes);
}

/* Reads n elements of one type from raw little-endian bytes, at an odd address. */
static enum status convert(const char *dtype, const void *raw, size_t n, size_t size, int finite,
                           float *out)
{
    char header[128];
    size_t total;
    struct st_file *f;
    snprintf(header, sizeof header,
             "{\"t\":{\"dtype\":\"%s\",\"shape\":[%zu],\"data_offsets\":[0,%zu]}}%s", dtype, n,
             n * size, n % 2 ? " " : "");
    unsigned char *bytes = file_of(header, n * size, &total);
    memcpy(bytes + total - n * size, raw, n * size);
    cr_assert_eq(st_parse(bytes, total, "x.st", &f), OK, "%s", status_message());
    enum status s = st_floats(f, st_find(f, "t"), finite, out);
    st_release(f);
    free(bytes);
    return s;
}

static void same_bits(const float *got, const float *want, size_t n)
{
    for (size_t i = 0; i < n; i++)
        cr_expect(memcmp(&got[i], &want[i], 4) == 0 || (isnan(got[i]) && isnan(want[i])),
                  "%zu: %a (expected %a)", i, (double)got[i], (double)want[i]);
}

Test(safetensors, f16_to_the_bit)
{
    const uint16_t raw[] = {0x0000, 0x8000, 0x0001, 0x8001, 0x03ff, 0x0400, 0x3c00, 0xbc00,
                            0x3555, 0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x7e00, 0x3c01, 0x0200};
    const float want[] = {0.0f,      -0.0f, 0x1p-24f,    -0x1p-24f, 0x1.ff8p-15f, 0x1p-14f,
                          1,         -1,    0x1.554p-2f, 65504,     -65504,       INFINITY,
                          -INFINITY, NAN,   0x1.004p+0f, 0x1p-15f};
    float got[16];
    cr_assert_eq(convert("F16", raw, 16, 2, 0, got), OK);
    same_bits(got, want, 16);
    cr_assert_eq(convert("F16", raw + 11, 1, 2, 1, got), E_FORMAT);
    cr_assert_str_eq(status_message(),
                     "x.st: tensor 't': element 0 is inf (expected finite values)");
}

Test(safetensors, bf16_f32_and_f64_to_the_bit)
{
    const uint16_t bf[] = {0x0000, 0x8000, 0x3f80, 0xc049, 0x0001, 0x7f80, 0x7f7f};
    const float want_bf[] = {0.0f, -0.0f, 1, -3.140625f, 0x1p-133f, INFINITY, 0x1.fep+127f};
    const float f32[] = {1.5f, -0.0f, 0x1p-149f, -3.4e38f};
    const double f64[] = {1.5, 1e-46, 0x1.000001p0, 0x1.0000018p0, 0x1.000003p0, -0.0, 1e39};
    const float want_f64[] = {1.5f, 0.0f, 1.0f, 0x1.000002p0f, 0x1.000004p0f, -0.0f, INFINITY};
    float got[8];
    cr_assert_eq(convert("BF16", bf, 7, 2, 0, got), OK);
    same_bits(got, want_bf, 7);
    cr_assert_eq(convert("F32", f32, 4, 4, 1, got), OK);
    same_bits(got, f32, 4);
    cr_assert_eq(convert("F64", f64, 7, 8, 0, got), OK);
    same_bits(got, want_f64, 7); /* ties to even; too large becomes infinite */
    cr_assert_eq(convert("F64", f64, 7, 8, 1, got), E_FORMAT);
    cr_assert_str_eq(status_message(),
                     "x.st: tensor 't': element 6 is inf (expected finite values)");
    const float nan = NAN;
    cr_assert_eq(convert("F32", &nan, 1, 4, 1, got), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "nan (expected finite values)"));
    cr_assert_eq(convert("I32", f32, 4, 4, 0, got), E_FORMAT);
    cr_assert_str_eq(status_message(), "x.st: tensor 't' is I32 (expected F64, F32, F16 or BF16)");
}

/* Writes the tensors and strings in the order asked for. */
static void write(const char *path, int backwards)
{
    static const int64_t i64[3] = {1, -2, INT32_MIN};
    static const int64_t wide[1] = {1LL << 40};
    static const float f32[6] = {1, 2, 3, 4, 5, NAN};
    const size_t d3[1] = {3}, d23[2] = {2, 3}, d1[1] = {1};
    const char *meta[3][2] = {{"b", "\xc3\xa9 \"q\"\n"}, {"a", "1"}, {"c", ""}};
    struct st_writer *w;
    cr_assert_eq(st_writer_new(&w), OK);
    for (int i = 0; i < 3; i++) {
        const char **m = meta[backwards ? 2 - i : i];
        cr_assert_eq(st_writer_meta(w, m[0], m[1]), OK);
    }
    cr_assert_eq(st_writer_add(w, "z", ST_I64, 1, d3, i64), OK);
    cr_assert_eq(st_writer_add(w, "m", ST_F32, 2, d23, f32), OK);
    cr_assert_eq(st_writer_add(w, "scalar", ST_F32, 0, NULL, f32 + 1), OK);
    cr_assert_eq(st_writer_add(w, "wide", ST_I64, 1, d1, wide), OK);
    cr_assert_eq(st_writer_save(w, path), OK, "%s", status_message());
    st_writer_release(w);
}

Test(safetensors, what_is_written_is_read)
{
    struct scratch tmp;
    struct st_file *f;
    int ints[3];
    float floats[6];
    scratch_make(&tmp);
    const char *path = scratch_path(&tmp, "w.safetensors");
    write(path, 0);
    cr_assert_eq(st_read(path, &f), OK, "%s", status_message());
    cr_assert_eq(st_count(f), 4);
    cr_assert_str_eq(st_at(f, 0)->name, "z"); /* in order of adding */
    cr_assert_eq((uintptr_t)st_at(f, 0)->data % 8, 0);
    cr_assert_eq(st_ints(f, st_find(f, "z"), ints), OK);
    cr_assert(ints[0] == 1 && ints[1] == -2 && ints[2] == INT32_MIN);
    const struct st_tensor *m = st_find(f, "m");
    cr_assert(m->n_dims == 2 && m->dim[0] == 2 && m->dim[1] == 3 && m->n == 6);
    cr_assert_eq(st_floats(f, m, 0, floats), OK);
    cr_assert(floats[4] == 5 && isnan(floats[5]));
    cr_assert(st_find(f, "scalar")->n_dims == 0 && st_find(f, "scalar")->n == 1);
    cr_assert_eq(st_ints(f, m, ints), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "tensor 'm' is F32 (expected I64 or I32)"));
    cr_assert_eq(st_ints(f, st_find(f, "wide"), ints), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "element 0 does not fit an int"));
    cr_assert_str_eq(st_meta(f, "b"), "\xc3\xa9 \"q\"\n");
    cr_assert_str_eq(st_meta(f, "c"), "");
    cr_assert_null(st_meta(f, "d"));
    st_release(f);
    scratch_remove(&tmp);
}

Test(safetensors, bytes_do_not_depend_on_the_order_of_metadata)
{
    struct scratch tmp;
    char *a, *b;
    size_t n_a, n_b;
    scratch_make(&tmp);
    write(scratch_path(&tmp, "a"), 0);
    write(scratch_path(&tmp, "b"), 1);
    cr_assert_eq(file_read(scratch_path(&tmp, "a"), 1 << 20, &a, &n_a), OK);
    cr_assert_eq(file_read(scratch_path(&tmp, "b"), 1 << 20, &b, &n_b), OK);
    cr_assert_eq(n_a, n_b);
    cr_assert_arr_eq(a, b, n_a);
    mem_free(a);
    mem_free(b);
    scratch_remove(&tmp);
}

Test(safetensors, files_that_cannot_be)
{
    struct scratch tmp;
    struct st_file *f;
    scratch_make(&tmp);
    cr_assert_eq(st_read(scratch_path(&tmp, "absent"), &f), E_IO);
    cr_assert_null(f);
    struct st_writer *w;
    cr_assert_eq(st_writer_new(&w), OK);
    cr_assert_eq(st_writer_save(w, scratch_path(&tmp, "no/such/folder")), E_IO);
    const size_t huge[2] = {SIZE_MAX / 2, 3};
    cr_assert_eq(st_writer_add(w, "t", ST_F32, 2, huge, ""), E_NOMEM);
    st_writer_release(w);
    scratch_remove(&tmp);
}
