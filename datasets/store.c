#include "datasets/store.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "datasets/folder.h"
#include "datasets/form.h"
#include "datasets/intake.h"
#include "datasets/label.h"
#include "datasets/manifest.h"

#include <stdio.h>
#include <string.h>

const char *store_licence(const char *name)
{
    const struct form *form = form_find(name);
    return form != NULL ? form->licence : NULL;
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
    if (form_find(m->entry.corpus) == NULL)
        return fail(E_ABSENT, "%s: a corpus of form '%s' (this build reads: ptb, imdb, timit)",
                    path, m->entry.corpus);
    if (label_is_reserved(label) && !m->entry.known)
        return fail(E_FORMAT, "%s: the digests are not those of the real %s", path, label);
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

static enum status open_label(const char *data_dir, const struct manifest *m,
                              const struct dataset_request *rq, struct dataset **out)
{
    char *folder;
    TRY(label_path(data_dir, m->entry.label, NULL, &folder));
    enum status s = form_find(m->entry.corpus)->open(folder, m, rq, out);
    mem_free(folder);
    return s;
}

enum status store_open(const char *label, const struct dataset_request *rq, struct dataset **out)
{
    struct manifest m;
    *out = NULL;
    TRY(find(rq->data_dir, label, &m));
    TRY(open_label(rq->data_dir, &m, rq, out));
    struct dataset *ds = *out;
    snprintf(ds->name, sizeof ds->name, "%s", label);
    ds->kind = strcmp(label, "timit-sample") == 0 ? DATASET_SAMPLE : DATASET_REAL;
    memcpy(ds->sha256, m.entry.sha256, HASH_HEX);
    return OK;
}

static enum status compare_counts(const struct store_entry *now, const struct store_entry *then)
{
    for (int i = 0; i < N_SPLITS; i++)
        if (now->n_lines[i] != then->n_lines[i] || now->n_tokens[i] != then->n_tokens[i])
            return fail(E_FORMAT, "%s: %s: %zu lines, %zu tokens (%s says %zu and %zu)",
                        then->label, split_name((enum split)i), now->n_lines[i], now->n_tokens[i],
                        MANIFEST_FILE, then->n_lines[i], then->n_tokens[i]);
    if (now->n_words != then->n_words)
        return fail(E_FORMAT, "%s: train: %zu words (%s says %zu)", then->label, now->n_words,
                    MANIFEST_FILE, then->n_words);
    for (int i = 0; i < now->n_facts; i++)
        if (i >= then->n_facts || strcmp(now->fact[i].text, then->fact[i].text) != 0)
            return fail(E_FORMAT, "%s: %s: %s (%s says otherwise)", then->label, now->fact[i].name,
                        now->fact[i].text, MANIFEST_FILE);
    return OK;
}

enum status store_verify(const char *data_dir, const char *label, struct store_entry *entry)
{
    struct manifest then, now;
    char *folder;
    TRY(find(data_dir, label, &then));
    TRY(label_path(data_dir, label, NULL, &folder));
    enum status s = form_find(then.entry.corpus)->again(folder, &then, &now);
    mem_free(folder);
    TRY(s);
    TRY(compare_counts(&now.entry, &then.entry));
    *entry = now.entry;
    return OK;
}

enum status store_add(const char *data_dir, const char *name, const char *path, const char *label,
                      struct store_entry *entry)
{
    const struct form *form = form_find(name);
    struct kept k;
    if (form == NULL)
        return fail(E_USAGE, "%s: unknown corpus (known: ptb, imdb, timit)", name);
    if (label != NULL)
        TRY(label_check(label));
    TRY(form->read(path, label, &k));
    enum status s = intake_keep(data_dir, form, &k);
    if (s == OK)
        *entry = k.manifest.entry;
    form->drop(&k);
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
