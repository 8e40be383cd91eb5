#include "model/safetensors.h"

#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_HEADER = 100 << 20, MAX_NAME = 512 };
static const size_t max_file = (size_t)64 << 30;

struct st_file {
    char *name;
    char *bytes; /* owned when read from disk, else NULL */
    struct json *header;
    struct st_tensor *tensor; /* [n] by offset */
    size_t n, cap;
    const unsigned char *data; /* after the header */
    size_t data_size;
};

/* Finds the type of a dtype word; 0 if it is unknown. */
static int find_type(const char *word, enum st_type *out)
{
    for (int t = ST_F64; word != NULL && t <= ST_BOOL; t++) {
        if (strcmp(word, st_type_name((enum st_type)t)) == 0) {
            *out = (enum st_type)t;
            return 1;
        }
    }
    return 0;
}

static enum status read_shape(const struct st_file *f, const struct json *shape,
                              struct st_tensor *t)
{
    size_t n_dims = json_count(shape);
    if (!json_has_items(shape) || n_dims > ST_MAX_DIMS)
        return fail(E_FORMAT, "%s: tensor '%s': shape is not a list of at most %d sizes", f->name,
                    t->name, ST_MAX_DIMS);
    t->n_dims = (int)n_dims;
    t->n = 1;
    for (size_t i = 0; i < n_dims; i++) {
        int64_t v;
        if (!json_whole(json_item(shape, i), &v) || v < 0)
            return fail(E_FORMAT, "%s: tensor '%s': dimension %zu is not a size", f->name, t->name,
                        i);
        t->dim[i] = (size_t)v;
        if (!mem_mul(t->n, t->dim[i], &t->n))
            return fail(E_FORMAT, "%s: tensor '%s': the product of its dimensions overflows",
                        f->name, t->name);
    }
    return OK;
}

static enum status read_offsets(const struct st_file *f, const struct json *offsets,
                                struct st_tensor *t)
{
    int64_t begin, end;
    size_t bytes;
    if (!json_has_items(offsets) || json_count(offsets) != 2 ||
        !json_whole(json_item(offsets, 0), &begin) || !json_whole(json_item(offsets, 1), &end))
        return fail(E_FORMAT, "%s: tensor '%s': data_offsets is not [begin, end]", f->name,
                    t->name);
    if (begin < 0 || end < begin || (uint64_t)end > f->data_size)
        return fail(E_FORMAT,
                    "%s: tensor '%s': data_offsets [%lld, %lld] leave the data (%zu bytes)",
                    f->name, t->name, (long long)begin, (long long)end, f->data_size);
    if (!mem_mul(t->n, st_type_size(t->type), &bytes) || bytes != (uint64_t)(end - begin))
        return fail(E_FORMAT, "%s: tensor '%s': %lld bytes do not fit %zu elements of %s", f->name,
                    t->name, (long long)(end - begin), t->n, st_type_name(t->type));
    t->data = f->data + begin;
    return OK;
}

static enum status read_tensor(void *ctx, const char *key, const struct json *v)
{
    struct st_file *f = ctx;
    struct st_tensor t = {.name = key};
    if (strcmp(key, "__metadata__") == 0)
        return OK;
    if (strlen(key) > MAX_NAME)
        return fail(E_FORMAT, "%s: a tensor name is longer than %d bytes", f->name, MAX_NAME);
    if (!find_type(json_text(json_member(v, "dtype")), &t.type))
        return fail(E_FORMAT, "%s: tensor '%s': dtype is missing or unknown", f->name, key);
    TRY(read_shape(f, json_member(v, "shape"), &t));
    TRY(read_offsets(f, json_member(v, "data_offsets"), &t));
    f->tensor[f->n++] = t;
    return OK;
}

/* By place in the data; a tensor of no bytes comes before its neighbour. */
static int by_offset(const void *a, const void *b)
{
    const struct st_tensor *x = a, *y = b;
    if (x->data != y->data)
        return x->data < y->data ? -1 : 1;
    return (x->n > y->n) - (x->n < y->n);
}

static enum status check_cover(const struct st_file *f)
{
    size_t at = 0;
    for (size_t i = 0; i < f->n; i++) {
        const struct st_tensor *t = &f->tensor[i];
        size_t begin = (size_t)(t->data - f->data);
        if (begin != at)
            return fail(E_FORMAT,
                        "%s: tensor '%s' begins at byte %zu of the data (expected %zu: %s)",
                        f->name, t->name, begin, at, begin < at ? "it overlaps" : "a hole");
        at += t->n * st_type_size(t->type);
    }
    if (at != f->data_size)
        return fail(E_FORMAT, "%s: %zu bytes follow the last tensor", f->name, f->data_size - at);
    return OK;
}

static enum status check_meta_value(void *ctx, const char *key, const struct json *v)
{
    const struct st_file *f = ctx;
    if (json_text(v) == NULL)
        return fail(E_FORMAT, "%s: __metadata__ '%s' is not a string", f->name, key);
    return OK;
}

static enum status read_header(struct st_file *f, const unsigned char *bytes, size_t n)
{
    uint64_t size = 0;
    if (n < 8)
        return fail(E_FORMAT, "%s: %zu bytes (expected a safetensors header of at least 8)",
                    f->name, n);
    for (int i = 0; i < 8; i++)
        size |= (uint64_t)bytes[i] << (8 * i);
    if (size > MAX_HEADER || size > n - 8)
        return fail(E_FORMAT, "%s: byte 0: header of %llu bytes (the file has %zu after it)",
                    f->name, (unsigned long long)size, n - 8);
    f->data = bytes + 8 + size;
    f->data_size = n - 8 - (size_t)size;
    TRY(json_parse((const char *)bytes + 8, (size_t)size, f->name, &f->header));
    const struct json *meta = json_member(f->header, "__metadata__");
    if (meta != NULL && !json_has_members(meta))
        return fail(E_FORMAT, "%s: __metadata__ is not an object", f->name);
    TRY(json_each(meta, check_meta_value, f));
    TRY(mem_new(&f->tensor, json_count(f->header), sizeof *f->tensor));
    TRY(json_each(f->header, read_tensor, f));
    qsort(f->tensor, f->n, sizeof *f->tensor, by_offset);
    return check_cover(f);
}

enum status st_parse(const void *bytes, size_t n, const char *name, struct st_file **out)
{
    struct st_file *f;
    *out = NULL;
    TRY(mem_new(&f, 1, sizeof *f));
    enum status s = mem_text(&f->name, name);
    if (s == OK)
        s = read_header(f, bytes, n);
    if (s != OK) {
        st_release(f);
        return s;
    }
    *out = f;
    return OK;
}

enum status st_read(const char *path, struct st_file **out)
{
    char *bytes;
    size_t n;
    *out = NULL;
    TRY(file_read(path, max_file, &bytes, &n));
    enum status s = st_parse(bytes, n, path, out);
    if (s != OK)
        mem_free(bytes);
    else
        (*out)->bytes = bytes;
    return s;
}

void st_release(struct st_file *f)
{
    if (f == NULL)
        return;
    if (f->header != NULL)
        json_release(f->header);
    mem_free(f->tensor);
    mem_free(f->bytes);
    mem_free(f->name);
    mem_free(f);
}

const char *st_name(const struct st_file *f)
{
    return f->name;
}

size_t st_count(const struct st_file *f)
{
    return f->n;
}

const struct st_tensor *st_at(const struct st_file *f, size_t i)
{
    return &f->tensor[i];
}

const struct st_tensor *st_find(const struct st_file *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->tensor[i].name, name) == 0)
            return &f->tensor[i];
    return NULL;
}

const char *st_meta(const struct st_file *f, const char *key)
{
    return json_text(json_member(json_member(f->header, "__metadata__"), key));
}

enum status st_meta_each(const struct st_file *f, json_member_fn *fn, void *ctx)
{
    return json_each(json_member(f->header, "__metadata__"), fn, ctx);
}
