/* Movie reviews in the data folder: reviews.tar with the texts as they came, tokens.cache with what
 * became of them. */
#include "datasets/form.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "datasets/bundle.h"
#include "datasets/imdb.h"
#include "datasets/imdb_cache.h"
#include "datasets/imdb_find.h"

#include <string.h>

#define REVIEWS "reviews.tar"
#define CACHE "tokens.cache"

enum { TEXT_BYTES = 70 << 20, N_REAL = 12500 }; /* of all reviews; a class of a half */

/* What was read of the reviews. */
struct reviews {
    struct bundle bundle;
    struct dataset *data;
};

static void release(struct reviews *r)
{
    bundle_release(&r->bundle);
    dataset_release(r->data);
}

static void put_facts(struct manifest *m, const struct imdb_split *s, int is_csv)
{
    const size_t(*n)[IMDB_CLASSES] = s->count;
    manifest_fact(m, "positive", "train %zu, valid %zu, test %zu", n[SPLIT_TRAIN][IMDB_POS],
                  n[SPLIT_VALID][IMDB_POS], n[SPLIT_TEST][IMDB_POS]);
    manifest_fact(m, "negative", "train %zu, valid %zu, test %zu", n[SPLIT_TRAIN][IMDB_NEG],
                  n[SPLIT_VALID][IMDB_NEG], n[SPLIT_TEST][IMDB_NEG]);
    manifest_fact(m, "duplicates", "%zu copies of texts that stand there before", s->n_copies);
    if (!is_csv)
        manifest_fact(m, "leak", "%zu texts stand in both the train and the test half", s->n_both);
    else
        manifest_fact(m, "split", "our own, by hash of the text: no official one in a CSV");
}

static int is_csv(const struct bundle *b)
{
    return b->n != 0 && strncmp(b->file[0].name, "csv/", 4) == 0;
}

static enum status describe(const struct reviews *r, const struct imdb_split *split,
                            const char *label, struct manifest *m)
{
    if (label == NULL)
        label = is_csv(&r->bundle) ? "imdb-kaggle" : "imdb";
    manifest_begin(m, "imdb", label);
    for (int i = 0; i < N_SPLITS; i++) {
        TRY(bundle_digest(&r->bundle, split->split, (uint8_t)i, m->sha256[i], &m->n_bytes[i]));
        m->entry.n_lines[i] = r->data->items[i].n;
        m->entry.n_tokens[i] = r->data->n_tokens[i];
    }
    m->entry.n_words = vocab_size(r->data->vocab);
    put_facts(m, split, is_csv(&r->bundle));
    return manifest_finish(m);
}

/* Tokenises the bundle of *r and describes it. */
static enum status digest(struct reviews *r, const char *where, const char *label,
                          struct manifest *m)
{
    struct imdb_split split;
    TRY(imdb_split_make(&r->bundle, where, &split));
    enum status s = imdb_make(&r->bundle, &split, &r->data);
    if (s == OK)
        s = describe(r, &split, label, m);
    imdb_split_release(&split);
    return s;
}

static enum status count_class(const struct bundle *b, const char *prefix, size_t expected,
                               const char *where)
{
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++)
        n += strncmp(b->file[i].name, prefix, strlen(prefix)) == 0;
    if (n != expected)
        return fail(E_FORMAT,
                    "%s: %zu reviews in %s (IMDB has %zu; another corpus needs a name of its own: "
                    "--as LABEL)",
                    where, n, prefix, expected);
    return OK;
}

/* The counts of the real corpus, before time is spent on words. */
static enum status check_counts(const struct bundle *b, const char *where)
{
    static const char *const half[] = {"train/neg/", "train/pos/", "test/neg/", "test/pos/"};
    if (is_csv(b)) {
        TRY(count_class(b, "csv/neg/", 2 * N_REAL, where));
        return count_class(b, "csv/pos/", 2 * N_REAL, where);
    }
    for (int i = 0; i < 4; i++)
        TRY(count_class(b, half[i], N_REAL, where));
    return OK;
}

static enum status check_real(const struct manifest *m, const char *where)
{
    if (m->entry.known)
        return OK;
    return fail(
        E_FORMAT,
        "%s: sha256 of the reviews is %s, not that of the real IMDB (another corpus needs a "
        "name of its own: --as LABEL)",
        where, m->entry.sha256);
}

static enum status read_corpus(const char *path, const char *label, struct kept *out)
{
    struct reviews *r;
    *out = (struct kept){0};
    TRY(mem_new(&r, 1, sizeof *r));
    enum status s;
    TRY_OUT(imdb_find(path, TEXT_BYTES, &r->bundle));
    if (label == NULL)
        TRY_OUT(check_counts(&r->bundle, path));
    TRY_OUT(digest(r, path, label, &out->manifest));
    if (label == NULL)
        TRY_OUT(check_real(&out->manifest, path));
    out->corpus = r;
    r = NULL;
out:
    if (r != NULL)
        release(r);
    mem_free(r);
    return s;
}

static enum status write_corpus(const struct kept *k, const char *folder)
{
    const struct reviews *r = k->corpus;
    char *tar = NULL, *cache = NULL;
    enum status s;
    TRY_OUT(file_join(&tar, folder, REVIEWS));
    TRY_OUT(file_join(&cache, folder, CACHE));
    TRY_OUT(bundle_save(&r->bundle, tar));
    TRY_OUT(imdb_cache_save(cache, r->data, k->manifest.entry.sha256));
out:
    mem_free(tar);
    mem_free(cache);
    return s;
}

static void drop(struct kept *k)
{
    if (k->corpus != NULL)
        release(k->corpus);
    mem_free(k->corpus);
    k->corpus = NULL;
}

/* Reads the texts in the folder again; E_FORMAT if they are not those of `then`. */
static enum status reread(const char *folder, const struct manifest *then, struct reviews *r,
                          struct manifest *now)
{
    char *path;
    *r = (struct reviews){0};
    TRY(file_join(&path, folder, REVIEWS));
    enum status s = file_exists(path) ? bundle_load(path, TEXT_BYTES, &r->bundle)
                                      : fail(E_FORMAT, "%s: is missing", path);
    if (s == OK)
        s = digest(r, path, then->entry.label, now);
    if (s == OK && strcmp(now->entry.sha256, then->entry.sha256) != 0)
        s = fail(E_FORMAT, "%s: sha256 is %s (%s was added)", path, now->entry.sha256,
                 then->entry.sha256);
    mem_free(path);
    if (s != OK)
        release(r);
    return s;
}

static enum status check_cache(const char *folder, const struct manifest *then)
{
    char *path;
    struct dataset *ds = NULL;
    TRY(file_join(&path, folder, CACHE));
    enum status s = file_exists(path) ? imdb_cache_load(path, then->entry.sha256, &ds) : OK;
    dataset_release(ds);
    mem_free(path);
    return s;
}

static enum status again(const char *folder, const struct manifest *then, struct manifest *now)
{
    struct reviews r;
    TRY(reread(folder, then, &r, now));
    release(&r);
    return check_cache(folder, then);
}

/* The cache is only that: without it the words are read anew, and kept if the folder allows it. */
static enum status rebuild(const char *folder, const char *cache, const struct manifest *m,
                           struct dataset **out)
{
    struct reviews r;
    struct manifest now;
    log_note("%s: making it from %s", cache, REVIEWS);
    TRY(reread(folder, m, &r, &now));
    if (imdb_cache_save(cache, r.data, m->entry.sha256) != OK)
        log_warn("%s", status_message());
    *out = r.data;
    r.data = NULL;
    release(&r);
    return OK;
}

static enum status open_corpus(const char *folder, const struct manifest *m,
                               const struct dataset_request *rq, struct dataset **out)
{
    char *cache;
    TRY(file_join(&cache, folder, CACHE));
    enum status s = imdb_cache_load(cache, m->entry.sha256, out);
    if (s == E_FORMAT)
        log_warn("%s", status_message());
    if (s == E_IO || s == E_FORMAT)
        s = rebuild(folder, cache, m, out);
    mem_free(cache);
    return s;
}

const struct form form_imdb = {
    .name = "imdb",
    .licence = "Large Movie Review Dataset v1.0: no licence stated; cite Maas et al., ACL 2011",
    .read = read_corpus,
    .write = write_corpus,
    .drop = drop,
    .again = again,
    .open = open_corpus,
};
