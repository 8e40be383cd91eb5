#include "datasets/store.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "datasets/folder.h"
#include "datasets/intake.h"
#include "datasets/label.h"
#include "datasets/manifest.h"

#include <string.h>

/* What a corpus under a label of its own may hold, a quarter of it: WikiText-103 fits. */
#define LABEL_BYTES ((uint64_t)256 << 20)

static const struct {
    const char *name, *licence;
} known[] = {
    {"ptb", "PTB as preprocessed by T. Mikolov: derived from LDC99T42 (Penn Treebank), no open "
            "licence; for research use, do not pass it on"},
    {"imdb", "Large Movie Review Dataset v1.0: no licence stated; cite Maas et al., ACL 2011"},
    {"timit", "TIMIT (LDC93S1): LDC licence; the sample of 16 speakers is CC BY-NC-SA, (c) 1993 "
              "LDC"},
};

const char *store_licence(const char *name)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].licence;
    return NULL;
}

static enum status check_corpus(const char *name)
{
    if (strcmp(name, "ptb") == 0)
        return OK;
    if (store_licence(name) != NULL)
        return fail(E_ABSENT, "%s: this build cannot add it yet (it can add: ptb)", name);
    return fail(E_USAGE, "%s: unknown corpus (known: ptb, imdb, timit)", name);
}

static enum status refuse_absent(const char *data_dir, const char *label)
{
    char *dir;
    TRY(label_root(data_dir, &dir));
    enum status s = fail(E_ABSENT, "%s: not in %s", label, dir);
    mem_free(dir);
    return s;
}

/* The file may have been moved or written by hand. */
static enum status check_manifest(const struct manifest *m, const char *label, const char *path)
{
    if (strcmp(m->entry.label, label) != 0)
        return fail(E_FORMAT, "%s: is of '%s', not of '%s'", path, m->entry.label, label);
    if (strcmp(m->entry.corpus, "ptb") != 0)
        return fail(E_ABSENT, "%s: a corpus of form '%s' (this build reads: ptb)", path,
                    m->entry.corpus);
    if (strcmp(label, "ptb") == 0 && !m->entry.known)
        return fail(E_FORMAT, "%s: the digests are not those of the real PTB", path);
    return OK;
}

static enum status find(const char *data_dir, const char *label, struct manifest *m)
{
    char *path;
    *m = (struct manifest){0};
    if (!label_is_valid(label))
        return fail(E_USAGE, "'%s': neither a corpus nor a label", label);
    TRY(label_path(data_dir, label, MANIFEST_FILE, &path));
    enum status s = file_exists(path) ? manifest_read(path, m) : refuse_absent(data_dir, label);
    if (s == OK)
        s = check_manifest(m, label, path);
    mem_free(path);
    return s;
}

enum status store_find(const char *data_dir, const char *label, struct store_entry *entry)
{
    struct manifest m;
    enum status s = find(data_dir, label, &m);
    *entry = m.entry;
    return s;
}

static enum status load_member(const char *data_dir, const struct manifest *m, enum split i,
                               struct members *out)
{
    char sha256[HASH_HEX];
    TRY(label_path(data_dir, m->entry.label, members_file(i), &out->name[i]));
    if (!file_exists(out->name[i]))
        return fail(E_FORMAT, "%s: is missing", out->name[i]);
    TRY(file_read(out->name[i], MEMBER_EXCESS * LABEL_BYTES, &out->bytes[i], &out->n_bytes[i]));
    TRY(hash_bytes(out->bytes[i], out->n_bytes[i], sha256));
    if (strcmp(sha256, m->sha256[i]) != 0)
        return fail(E_FORMAT, "%s: sha256 is %s (%s was added)", out->name[i], sha256,
                    m->sha256[i]);
    return OK;
}

static enum status load(const char *data_dir, const struct manifest *m, struct members *out)
{
    enum status s = OK;
    *out = (struct members){0};
    for (int i = 0; s == OK && i < N_SPLITS; i++)
        s = load_member(data_dir, m, (enum split)i, out);
    if (s != OK)
        members_release(out);
    return s;
}

enum status store_load(const char *data_dir, const char *label, struct store_entry *entry,
                       struct members *out)
{
    struct manifest m;
    *out = (struct members){0};
    TRY(find(data_dir, label, &m));
    *entry = m.entry;
    return load(data_dir, &m, out);
}

static enum status compare_counts(const struct store_entry *now, const struct store_entry *then)
{
    for (int i = 0; i < N_SPLITS; i++)
        if (now->n_lines[i] != then->n_lines[i] || now->n_tokens[i] != then->n_tokens[i])
            return fail(E_FORMAT, "%s: %s: %zu lines, %zu tokens (%s says %zu and %zu)",
                        then->label, members_file((enum split)i), now->n_lines[i], now->n_tokens[i],
                        MANIFEST_FILE, then->n_lines[i], then->n_tokens[i]);
    if (now->n_words != then->n_words)
        return fail(E_FORMAT, "%s: %s: %zu words (%s says %zu)", then->label,
                    members_file(SPLIT_TRAIN), now->n_words, MANIFEST_FILE, then->n_words);
    return OK;
}

/* Reads the text and says what it is. */
static enum status describe(const char *label, const struct members *m, struct manifest *out)
{
    struct ptb_member view[N_SPLITS];
    struct ptb_corpus c;
    members_view(m, view);
    TRY(ptb_read(view, &c));
    enum status s = manifest_make(label, m, &c, out);
    ptb_release(&c);
    return s;
}

enum status store_verify(const char *data_dir, const char *label, struct store_entry *entry)
{
    struct manifest then, now;
    struct members m;
    TRY(find(data_dir, label, &then));
    TRY(load(data_dir, &then, &m));
    enum status s = describe(label, &m, &now);
    members_release(&m);
    TRY(s);
    TRY(compare_counts(&now.entry, &then.entry));
    if (now.entry.known)
        TRY(manifest_check_ptb(&now));
    *entry = now.entry;
    return OK;
}

enum status store_add(const char *data_dir, const char *name, const char *path, const char *label,
                      struct store_entry *entry)
{
    struct members m;
    struct manifest f;
    TRY(check_corpus(name));
    if (label != NULL)
        TRY(label_check(label));
    TRY(members_find(path, label != NULL ? LABEL_BYTES : MANIFEST_PTB_BYTES, &m));
    enum status s;
    TRY_OUT(describe(label != NULL ? label : name, &m, &f));
    if (label == NULL)
        TRY_OUT(intake_check(&m, &f));
    TRY_OUT(intake_keep(data_dir, &m, &f));
    *entry = f.entry;
out:
    members_release(&m);
    return s;
}

static enum status each_in(const char *dir, store_entry_fn *fn, void *ctx)
{
    struct names l;
    TRY(folder_names(dir, &l));
    enum status s = OK;
    for (size_t i = 0; s == OK && i < l.n; i++) {
        struct store_entry e;
        if (!label_is_valid(l.name[i]))
            continue;
        enum status found = store_find(dir, l.name[i], &e);
        if (found == OK)
            s = fn(ctx, &e);
        else if (found != E_ABSENT) /* one spoilt corpus does not hide the others */
            log_warn("%s", status_message());
    }
    names_release(&l);
    return s;
}

enum status store_each(const char *data_dir, store_entry_fn *fn, void *ctx)
{
    char *dir;
    TRY(label_root(data_dir, &dir));
    enum status s = file_exists(dir) ? each_in(dir, fn, ctx) : OK;
    mem_free(dir);
    return s;
}
