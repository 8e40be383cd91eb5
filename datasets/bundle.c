#include "datasets/bundle.h"

#include "base/mem.h"
#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

static enum status fill(struct member *m, const char *name, const char *origin, const char *bytes,
                        size_t n_bytes)
{
    TRY(mem_text(&m->name, name));
    if (origin != NULL)
        TRY(mem_text(&m->origin, origin));
    TRY(mem_copy(&m->bytes, bytes, n_bytes, 1));
    m->n_bytes = n_bytes;
    return OK;
}

static void clear(struct member *m)
{
    mem_free(m->name);
    mem_free(m->origin);
    mem_free(m->bytes);
    *m = (struct member){0};
}

enum status bundle_add(struct bundle *b, const char *name, const char *origin, const char *bytes,
                       size_t n_bytes)
{
    if (b->n == b->cap) {
        size_t more = b->cap != 0 ? 2 * b->cap : 256;
        TRY(mem_grow(&b->file, b->cap, more, sizeof *b->file));
        b->cap = more;
    }
    enum status s = fill(&b->file[b->n], name, origin, bytes, n_bytes);
    if (s == OK)
        b->n++;
    else
        clear(&b->file[b->n]);
    return s;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct member *)a)->name, ((const struct member *)b)->name);
}

enum status bundle_sort(struct bundle *b, const char *where)
{
    size_t kept = 0;
    if (b->n > 1)
        qsort(b->file, b->n, sizeof *b->file, by_name);
    for (size_t i = 0; i < b->n; i++) {
        struct member *m = &b->file[i], *last = &b->file[kept - (kept != 0)];
        if (kept == 0 || strcmp(last->name, m->name) != 0) {
            struct member moved = *m;
            *m = (struct member){0};
            b->file[kept++] = moved;
        } else if (last->n_bytes == m->n_bytes && memcmp(last->bytes, m->bytes, m->n_bytes) == 0) {
            clear(m);
        } else {
            return fail(E_FORMAT, "%s: two different files of one name, %s", where, m->name);
        }
    }
    b->n = kept;
    return OK;
}

static enum status add_line(struct hash *h, const struct member *m)
{
    char hex[HASH_HEX];
    TRY(hash_bytes(m->bytes, m->n_bytes, hex));
    TRY(hash_add(h, hex, strlen(hex)));
    TRY(hash_add(h, "  ", 2));
    TRY(hash_add(h, m->name, strlen(m->name)));
    return hash_add(h, "\n", 1);
}

enum status bundle_digest(const struct bundle *b, const uint8_t *pick, uint8_t which,
                          char hex[HASH_HEX], size_t *n_bytes)
{
    struct hash *h;
    TRY(hash_begin(&h));
    enum status s = OK;
    *n_bytes = 0;
    for (size_t i = 0; s == OK && i < b->n; i++) {
        if (pick != NULL && pick[i] != which)
            continue;
        s = add_line(h, &b->file[i]);
        *n_bytes += b->file[i].n_bytes;
    }
    if (s == OK)
        return hash_end(h, hex);
    hash_drop(h);
    return s;
}

static int want_all(void *ctx, const char *member)
{
    return 1;
}

static enum status take(void *ctx, const char *member, const char *bytes, size_t n)
{
    return bundle_add(ctx, member, NULL, bytes, n);
}

enum status bundle_load(const char *path, uint64_t expected_bytes, struct bundle *out)
{
    *out = (struct bundle){0};
    struct member_visitor v = {want_all, take, out, expected_bytes};
    enum status s = archive_walk(path, &v);
    if (s == OK)
        s = bundle_sort(out, path);
    if (s != OK)
        bundle_release(out);
    return s;
}

enum status bundle_save(const struct bundle *b, const char *path)
{
    return archive_save(path, b->file, b->n);
}

void bundle_release(struct bundle *b)
{
    for (size_t i = 0; i < b->n; i++)
        clear(&b->file[i]);
    mem_free(b->file);
    *b = (struct bundle){0};
}
