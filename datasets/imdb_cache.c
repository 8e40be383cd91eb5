#include "datasets/imdb_cache.h"

#include "base/file.h"
#include "base/mem.h"
#include "datasets/imdb.h"

#include <math.h>
#include <string.h>

#define MAGIC "brdsIMDB"

enum { BYTE_ORDER_MARK = 0x01020304, MOST_BYTES = 1 << 30, HEX = HASH_HEX - 1 };

struct head {
    char magic[8];
    uint32_t version, byte_order;
    char source[HEX];
    uint64_t n_vocab; /* bytes of the words with LF between them */
    uint64_t n_items[N_SPLITS], n_tokens[N_SPLITS];
};

static void make_head(const struct dataset *ds, const char *source, size_t n_vocab, struct head *h)
{
    *h = (struct head){.version = IMDB_CACHE_VERSION, .byte_order = BYTE_ORDER_MARK};
    memcpy(h->magic, MAGIC, sizeof h->magic);
    memcpy(h->source, source, HEX);
    h->n_vocab = n_vocab;
    for (int i = 0; i < N_SPLITS; i++) {
        h->n_items[i] = ds->items[i].n;
        h->n_tokens[i] = ds->n_tokens[i];
    }
}

/* ---- writing ---- */

struct sink {
    struct outfile file;
    struct hash *hash;
};

static enum status put(struct sink *k, const void *bytes, size_t n)
{
    TRY(hash_add(k->hash, bytes, n));
    return outfile_write(&k->file, bytes, n);
}

static enum status put_split(struct sink *k, const struct dataset *ds, int i)
{
    const struct items *it = &ds->items[i];
    for (size_t item = 0; item <= it->n; item++) {
        const uint64_t start = it->start[item];
        TRY(put(k, &start, sizeof start));
    }
    TRY(put(k, it->target, it->n * sizeof *it->target));
    TRY(put(k, it->seen, it->n));
    return put(k, ds->tokens[i], ds->n_tokens[i] * sizeof *ds->tokens[i]);
}

static enum status put_all(struct sink *k, const struct dataset *ds, const char *source)
{
    struct strbuf words = {0};
    struct head h;
    enum status s;
    TRY_OUT(vocab_join(ds->vocab, &words));
    make_head(ds, source, words.n, &h);
    TRY_OUT(put(k, &h, sizeof h));
    TRY_OUT(put(k, words.s, words.n));
    for (int i = 0; i < N_SPLITS; i++)
        TRY_OUT(put_split(k, ds, i));
out:
    strbuf_release(&words);
    return s;
}

enum status imdb_cache_save(const char *path, const struct dataset *ds, const char source[HASH_HEX])
{
    struct sink k = {0};
    char hex[HASH_HEX];
    TRY(hash_begin(&k.hash));
    enum status s = outfile_begin(&k.file, path);
    if (s != OK) {
        hash_drop(k.hash);
        return s;
    }
    s = put_all(&k, ds, source);
    if (s == OK)
        s = hash_end(k.hash, hex);
    else
        hash_drop(k.hash);
    if (s == OK)
        s = outfile_write(&k.file, hex, HEX);
    if (s == OK)
        return outfile_commit(&k.file);
    outfile_drop(&k.file);
    return s;
}

/* ---- reading ---- */

struct source {
    const char *at, *name;
    size_t left;
};

static enum status get(struct source *r, void *out, size_t n)
{
    if (r->left < n)
        return fail(E_FORMAT, "%s: cut short", r->name);
    memcpy(out, r->at, n);
    r->at += n;
    r->left -= n;
    return OK;
}

/* A new array of n entries of `size` bytes in *pp. */
static enum status get_array(struct source *r, void *pp, uint64_t n, size_t size)
{
    void *block;
    if (n > r->left / size)
        return fail(E_FORMAT, "%s: cut short", r->name);
    TRY(mem_new(&block, (size_t)n, size));
    memcpy(pp, &block, sizeof block);
    return get(r, block, (size_t)n * size);
}

static enum status check_head(const struct head *h, const char *name, const char *source)
{
    if (memcmp(h->magic, MAGIC, sizeof h->magic) != 0 || h->byte_order != BYTE_ORDER_MARK)
        return fail(E_FORMAT, "%s: is no cache of reviews of this kind of machine", name);
    if (h->version != IMDB_CACHE_VERSION)
        return fail(E_FORMAT, "%s: is of version %u (this build writes %d)", name, h->version,
                    IMDB_CACHE_VERSION);
    if (memcmp(h->source, source, HEX) != 0)
        return fail(E_FORMAT, "%s: is of other reviews, sha256 %.64s", name, h->source);
    return OK;
}

static enum status get_vocab(struct source *r, uint64_t n, struct dataset *ds)
{
    char *text = NULL;
    if (n > r->left)
        return fail(E_FORMAT, "%s: cut short", r->name);
    TRY(mem_new(&text, (size_t)n + 1, 1));
    enum status s = get(r, text, (size_t)n);
    if (s == OK)
        s = vocab_parse(text, r->name, &ds->vocab);
    mem_free(text);
    return s;
}

/* Offsets rise by 1 to IMDB_STEPS, ids and classes are known ones. */
static enum status check_split(const struct dataset *ds, int i, const char *name)
{
    const struct items *it = &ds->items[i];
    int good = it->start[0] == 0 && it->start[it->n] == ds->n_tokens[i];
    for (size_t k = 0; good && k < it->n; k++)
        good = it->start[k] < it->start[k + 1] && it->start[k + 1] - it->start[k] <= IMDB_STEPS &&
               it->target[k] >= 0 && it->target[k] < IMDB_CLASSES;
    const int32_t words = (int32_t)vocab_size(ds->vocab);
    for (size_t t = 0; good && t < ds->n_tokens[i]; t++)
        good = ds->tokens[i][t] >= 0 && ds->tokens[i][t] < words;
    return good ? OK : fail(E_FORMAT, "%s: offsets, ids or classes that cannot be", name);
}

static enum status get_split(struct source *r, const struct head *h, int i, struct dataset *ds)
{
    struct items *it = &ds->items[i];
    if (h->n_items[i] >= MOST_BYTES)
        return fail(E_FORMAT, "%s: cut short", r->name);
    _Static_assert(sizeof *it->start == sizeof(uint64_t), "offsets are kept in 64 bits");
    TRY(get_array(r, &it->start, h->n_items[i] + 1, sizeof *it->start));
    TRY(get_array(r, &it->target, h->n_items[i], sizeof *it->target));
    TRY(get_array(r, &it->seen, h->n_items[i], 1));
    TRY(get_array(r, &ds->tokens[i], h->n_tokens[i], sizeof *ds->tokens[i]));
    it->n = (size_t)h->n_items[i];
    ds->n_tokens[i] = (size_t)h->n_tokens[i];
    return check_split(ds, i, r->name);
}

static enum status get_all(struct source *r, const char *source, struct dataset *ds)
{
    struct head h;
    TRY(get(r, &h, sizeof h));
    TRY(check_head(&h, r->name, source));
    TRY(get_vocab(r, h.n_vocab, ds));
    for (int i = 0; i < N_SPLITS; i++)
        TRY(get_split(r, &h, i, ds));
    if (r->left != 0)
        return fail(E_FORMAT, "%s: %zu bytes follow the last array", r->name, r->left);
    return vocab_parse("neg\npos", "classes", &ds->labels);
}

static enum status check_digest(const char *bytes, size_t n, const char *name)
{
    char hex[HASH_HEX];
    if (n < HEX)
        return fail(E_FORMAT, "%s: cut short", name);
    TRY(hash_bytes(bytes, n - HEX, hex));
    if (memcmp(hex, bytes + n - HEX, HEX) != 0)
        return fail(E_FORMAT, "%s: cut short or changed: sha256 is %s", name, hex);
    return OK;
}

enum status imdb_cache_parse(const char *bytes, size_t n, const char *name,
                             const char source[HASH_HEX], struct dataset **out)
{
    *out = NULL;
    TRY(check_digest(bytes, n, name));
    struct source r = {bytes, name, n - HEX};
    struct dataset *ds;
    TRY(mem_new(&ds, 1, sizeof *ds));
    *ds = (struct dataset){.task = TASK_CLASSIFY, .entropy_nats = NAN};
    enum status s = get_all(&r, source, ds);
    if (s == OK)
        *out = ds;
    else
        dataset_release(ds);
    return s;
}

enum status imdb_cache_load(const char *path, const char source[HASH_HEX], struct dataset **out)
{
    char *bytes;
    size_t n;
    *out = NULL;
    TRY(file_read(path, MOST_BYTES, &bytes, &n));
    enum status s = imdb_cache_parse(bytes, n, path, source, out);
    mem_free(bytes);
    return s;
}
