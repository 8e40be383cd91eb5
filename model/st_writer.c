#include "base/file.h"
#include "base/mem.h"
#include "model/safetensors.h"

#include <stdio.h>
#include <string.h>

struct chunk {
    const void *data;
    size_t bytes;
};

struct st_writer {
    struct json *header, *meta; /* meta is NULL until a string is added */
    struct chunk *chunk;
    size_t n, cap, data_size;
};

enum status st_writer_new(struct st_writer **out)
{
    struct st_writer *w;
    *out = NULL;
    TRY(mem_new(&w, 1, sizeof *w));
    enum status s = json_new(&w->header);
    if (s != OK) {
        mem_free(w);
        return s;
    }
    *out = w;
    return OK;
}

enum status st_writer_meta(struct st_writer *w, const char *key, const char *text)
{
    if (w->meta == NULL)
        TRY(json_put_object(w->header, "__metadata__", &w->meta));
    return json_put_text(w->meta, key, text);
}

static enum status describe(struct st_writer *w, const char *name, enum st_type type, int n_dims,
                            const size_t *dim, size_t bytes)
{
    struct json *t;
    int64_t shape[ST_MAX_DIMS];
    int64_t offsets[2] = {(int64_t)w->data_size, (int64_t)(w->data_size + bytes)};
    for (int i = 0; i < n_dims; i++)
        shape[i] = (int64_t)dim[i];
    TRY(json_put_object(w->header, name, &t));
    TRY(json_put_text(t, "dtype", st_type_name(type)));
    TRY(json_put_wholes(t, "shape", shape, (size_t)n_dims));
    return json_put_wholes(t, "data_offsets", offsets, 2);
}

enum status st_writer_add(struct st_writer *w, const char *name, enum st_type type, int n_dims,
                          const size_t *dim, const void *data)
{
    size_t bytes = st_type_size(type);
    for (int i = 0; i < n_dims; i++)
        if (!mem_mul(bytes, dim[i], &bytes))
            return fail(E_NOMEM, "tensor '%s' is too large", name);
    if (w->n == w->cap) {
        TRY(mem_grow(&w->chunk, w->cap, 2 * w->cap + 16, sizeof *w->chunk));
        w->cap = 2 * w->cap + 16;
    }
    TRY(describe(w, name, type, n_dims, dim, bytes));
    w->chunk[w->n++] = (struct chunk){data, bytes};
    w->data_size += bytes;
    return OK;
}

/* The header with its length before it, padded with blanks so that the data is aligned to 8. */
static enum status write_header(const struct st_writer *w, struct outfile *o)
{
    struct strbuf b = {0};
    unsigned char size[8];
    enum status s = json_write(w->header, 0, &b);
    while (s == OK && b.n % 8 != 0)
        strbuf_add(&b, " ");
    for (int i = 0; i < 8; i++)
        size[i] = (unsigned char)((uint64_t)b.n >> (8 * i));
    if (s == OK)
        s = strbuf_check(&b);
    if (s == OK)
        s = outfile_write(o, size, sizeof size);
    if (s == OK)
        s = outfile_write(o, b.s, b.n);
    strbuf_release(&b);
    return s;
}

enum status st_writer_save(struct st_writer *w, const char *path)
{
    struct outfile o;
    TRY(outfile_begin(&o, path));
    enum status s = write_header(w, &o);
    for (size_t i = 0; s == OK && i < w->n; i++)
        s = outfile_write(&o, w->chunk[i].data, w->chunk[i].bytes);
    if (s != OK) {
        outfile_drop(&o);
        return s;
    }
    return outfile_commit(&o);
}

void st_writer_release(struct st_writer *w)
{
    if (w == NULL)
        return;
    json_release(w->header);
    mem_free(w->chunk);
    mem_free(w);
}
