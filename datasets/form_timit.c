/* Speech in the data folder: utterances.tar with labels and speech as they came. */
#include "datasets/form.h"

#include "base/file.h"
#include "base/mem.h"
#include "datasets/bundle.h"
#include "datasets/phones.h"
#include "datasets/timit.h"
#include "datasets/timit_find.h"

#include <string.h>

#define UTTERANCES "utterances.tar"

/* The sample of 12 speakers; of that of 16 the counts are what is known. */
#define SAMPLE_12 "4ce1370fd7018ff72340eb100311e25cfe9fb740d53c04c57780568a2f41f0fa"

enum { KEPT_BYTES = 460 << 20, N_TRAIN = 3696, N_DEV = 400, N_CORE = 192, CORE_PHONES = 7215 };

static int is_sample(const struct timit_split *s)
{
    return s->n_folds != 0;
}

static enum status count_split(const struct bundle *b, const uint8_t *pick, enum split i,
                               struct manifest *m, size_t *n_phones)
{
    TRY(bundle_digest(b, pick, (uint8_t)i, m->sha256[i], &m->n_bytes[i]));
    TRY(timit_count(b, pick, (uint8_t)i, &m->entry.n_tokens[i], n_phones));
    for (size_t k = 0; k < b->n; k += 2)
        m->entry.n_lines[i] += pick[k] == i;
    return OK;
}

/* Of a sample everything counts as train, since each fold parts it anew. */
static enum status describe(const struct bundle *b, const char *label, struct timit_split *split,
                            struct manifest *m, size_t n_phones[N_SPLITS])
{
    if (is_sample(split))
        memset(split->split, SPLIT_TRAIN, b->n);
    manifest_begin(m, "timit", label != NULL ? label : is_sample(split) ? "timit-sample" : "timit");
    for (int i = 0; i < N_SPLITS; i++)
        TRY(count_split(b, split->split, (enum split)i, m, &n_phones[i]));
    m->entry.n_words = N_PHONES;
    manifest_fact(m, "speakers", "%d", split->n_speakers);
    if (is_sample(split)) {
        manifest_fact(m, "folds", "%d, one for each dialect region", split->n_folds);
        manifest_fact(m, "scored_phones", "%zu", n_phones[0]);
    } else {
        manifest_fact(m, "scored_phones", "train %zu, valid %zu, test %zu", n_phones[0],
                      n_phones[1], n_phones[2]);
    }
    return manifest_finish(m);
}

/* The counts of the real corpus, or what is known of its samples. */
static enum status check_real(const struct manifest *m, const struct timit_split *split,
                              size_t core_phones, const char *where)
{
    static const char other[] = "another corpus needs a name of its own: --as LABEL";
    const size_t *n = m->entry.n_lines;
    if (is_sample(split)) {
        const int sixteen = split->n_speakers == 16 && split->n_folds == 8 && n[0] == 128;
        if (strcmp(m->entry.sha256, SAMPLE_12) == 0 || sixteen)
            return OK;
        return fail(E_FORMAT,
                    "%s: sha256 of the utterances is %s, not that of a known sample of TIMIT (%s)",
                    where, m->entry.sha256, other);
    }
    if (n[0] != N_TRAIN || n[1] != N_DEV || n[2] != N_CORE)
        return fail(E_FORMAT,
                    "%s: %zu, %zu and %zu utterances (TIMIT has %d of TRAIN, %d of the development "
                    "and %d of the core test speakers without SA; %s)",
                    where, n[0], n[1], n[2], N_TRAIN, N_DEV, N_CORE, other);
    if (core_phones != CORE_PHONES)
        return fail(E_FORMAT, "%s: %zu scored phones in the core test (TIMIT has %d; %s)", where,
                    core_phones, CORE_PHONES, other);
    return OK;
}

static enum status digest(const struct bundle *b, const char *where, const char *label,
                          struct manifest *m)
{
    struct timit_split split;
    size_t n_phones[N_SPLITS];
    TRY(timit_split_make(b, where, 0, &split));
    enum status s = describe(b, label, &split, m, n_phones);
    if (s == OK && label == NULL)
        s = check_real(m, &split, n_phones[SPLIT_TEST], where);
    timit_split_release(&split);
    return s;
}

static enum status read_corpus(const char *path, const char *label, struct kept *out)
{
    struct bundle *b;
    *out = (struct kept){0};
    TRY(mem_new(&b, 1, sizeof *b));
    enum status s = timit_find(path, b);
    if (s == OK)
        s = digest(b, path, label, &out->manifest);
    if (s == OK) {
        out->corpus = b;
        return OK;
    }
    bundle_release(b);
    mem_free(b);
    return s;
}

static enum status write_corpus(const struct kept *k, const char *folder)
{
    char *path;
    TRY(file_join(&path, folder, UTTERANCES));
    enum status s = bundle_save(k->corpus, path);
    mem_free(path);
    return s;
}

static void drop(struct kept *k)
{
    if (k->corpus != NULL)
        bundle_release(k->corpus);
    mem_free(k->corpus);
    k->corpus = NULL;
}

static enum status load(const char *folder, struct bundle *out, char **path)
{
    TRY(file_join(path, folder, UTTERANCES));
    if (!file_exists(*path))
        return fail(E_FORMAT, "%s: is missing", *path);
    return bundle_load(*path, KEPT_BYTES, out);
}

static enum status check_same(const struct manifest *now, const struct manifest *then,
                              const char *path)
{
    if (strcmp(now->entry.sha256, then->entry.sha256) == 0)
        return OK;
    return fail(E_FORMAT, "%s: sha256 is %s (%s was added)", path, now->entry.sha256,
                then->entry.sha256);
}

static enum status again(const char *folder, const struct manifest *then, struct manifest *now)
{
    struct bundle b = {0};
    char *path = NULL;
    enum status s = load(folder, &b, &path);
    if (s == OK)
        s = digest(&b, path, then->entry.label, now);
    if (s == OK)
        s = check_same(now, then, path);
    bundle_release(&b);
    mem_free(path);
    return s;
}

/* The digest is taken before anything is read from the bytes. */
static enum status check_digest(const struct bundle *b, const uint8_t *pick,
                                const struct manifest *m, const char *path)
{
    struct manifest now = *m;
    for (int i = 0; i < N_SPLITS; i++)
        TRY(bundle_digest(b, pick, (uint8_t)i, now.sha256[i], &now.n_bytes[i]));
    TRY(manifest_finish(&now));
    return check_same(&now, m, path);
}

static enum status open_bundle(const struct bundle *b, const char *path, const struct manifest *m,
                               const struct dataset_request *rq, struct dataset **out)
{
    struct timit_split split;
    uint8_t *all = NULL; /* all train: how a sample was digested */
    TRY(timit_split_make(b, path, rq->fold, &split));
    enum status s;
    TRY_OUT(mem_new(&all, b->n, 1));
    TRY_OUT(check_digest(b, is_sample(&split) ? all : split.split, m, path));
    TRY_OUT(timit_make(b, &split, rq->n_in, out));
out:
    mem_free(all);
    timit_split_release(&split);
    return s;
}

static enum status open_corpus(const char *folder, const struct manifest *m,
                               const struct dataset_request *rq, struct dataset **out)
{
    struct bundle b = {0};
    char *path = NULL;
    enum status s = load(folder, &b, &path);
    if (s == OK)
        s = open_bundle(&b, path, m, rq, out);
    bundle_release(&b);
    mem_free(path);
    return s;
}

const struct form form_timit = {
    .name = "timit",
    .licence = "TIMIT (LDC93S1): LDC licence; the sample of 16 speakers is CC BY-NC-SA, (c) 1993 "
               "LDC",
    .read = read_corpus,
    .write = write_corpus,
    .drop = drop,
    .again = again,
    .open = open_corpus,
};
