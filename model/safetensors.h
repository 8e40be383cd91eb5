/* safetensors.h - the container of weights and of inputs: reading it length by length, writing it.
 *
 * Format (huggingface/safetensors): u64 little-endian length n of the header, n bytes of JSON, then
 * the data. The header maps names to {dtype, shape, data_offsets [begin, end) in the data}, and
 * `__metadata__` to strings. */
#ifndef MODEL_SAFETENSORS_H
#define MODEL_SAFETENSORS_H

#include "base/json.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { ST_MAX_DIMS = 8 };
enum st_type { ST_F64, ST_F32, ST_F16, ST_BF16, ST_I64, ST_I32, ST_I16, ST_I8, ST_U8, ST_BOOL };

/* One tensor of a parsed file; a view into its bytes. */
struct st_tensor {
    const char *name;
    enum st_type type;
    int n_dims;
    size_t dim[ST_MAX_DIMS];
    const unsigned char *data; /* little-endian, row-major, may be misaligned */
    size_t n;                  /* elements: the product of the dims (1 for none) */
};

struct st_file;

/* Parses `n` bytes, which are borrowed until st_release; `name` (copied) starts every message.
 * E_FORMAT for: a header cut or over 100 MiB, bad JSON, a bad type, shape or offset, a size that
 * overflows or does not fit its offsets, tensors that overlap or leave holes, trailing bytes. */
enum status st_parse(const void *bytes, size_t n, const char *name, struct st_file **out);

/* Reads and parses a whole file, which then owns its bytes. */
enum status st_read(const char *path, struct st_file **out);
void st_release(struct st_file *f);

const char *st_name(const struct st_file *f);
size_t st_count(const struct st_file *f);
/* Tensors in order of their offsets. */
const struct st_tensor *st_at(const struct st_file *f, size_t i);
/* The tensor of that name, or NULL. */
const struct st_tensor *st_find(const struct st_file *f, const char *name);
/* A string of __metadata__, or NULL. */
const char *st_meta(const struct st_file *f, const char *key);
/* Calls fn for every string of __metadata__. */
enum status st_meta_each(const struct st_file *f, json_member_fn *fn, void *ctx);

/* Converts n elements to float; F64 is rounded. E_FORMAT, naming the file and the tensor, for an
 * integer type, or when check_finite is set and a value is NaN, infinite or too large for f32. */
enum status st_floats(const struct st_file *f, const struct st_tensor *t, int check_finite,
                      float *out);
/* Converts n elements of I64 or I32 to int; E_FORMAT for another type or a value out of range. */
enum status st_ints(const struct st_file *f, const struct st_tensor *t, int *out);

/* "F32", ... */
const char *st_type_name(enum st_type t);
size_t st_type_size(enum st_type t);

/* A file being made. Tensor data is borrowed until st_writer_save; tensors lie in the file in order
 * of adding, which must not be the order of some hash, so that equal content gives equal bytes. */
struct st_writer;
enum status st_writer_new(struct st_writer **out);
enum status st_writer_meta(struct st_writer *w, const char *key, const char *text);
/* `data` in the machine's byte order, which must be little-endian. */
enum status st_writer_add(struct st_writer *w, const char *name, enum st_type type, int n_dims,
                          const size_t *dim, const void *data);
/* Writes the file atomically. */
enum status st_writer_save(struct st_writer *w, const char *path);
void st_writer_release(struct st_writer *w);

#endif
