/* Corpora of PTB's form in the data folder: three text files as they came. */
#include "datasets/form.h"

#include "base/file.h"
#include "base/mem.h"
#include "datasets/archive.h"
#include "datasets/members.h"
#include "datasets/ptb.h"

#include <math.h>
#include <string.h>

/* What a corpus under a label of its own may hold, a quarter of it: WikiText-103 fits. */
#define LABEL_BYTES ((uint64_t)256 << 20)

static enum status describe(const char *label, const struct members *m, struct manifest *out)
{
    struct ptb_member view[N_SPLITS];
    struct ptb_corpus c;
    members_view(m, view);
    TRY(ptb_read(view, &c));
    manifest_begin(out, "ptb", label);
    memcpy(out->n_bytes, m->n_bytes, sizeof out->n_bytes);
    memcpy(out->entry.n_lines, c.n_lines, sizeof c.n_lines);
    memcpy(out->entry.n_tokens, c.n_tokens, sizeof c.n_tokens);
    out->entry.n_words = vocab_size(c.vocab);
    ptb_release(&c);
    TRY(members_digests(m, out->sha256));
    return manifest_finish(out);
}

/* E_FORMAT, naming the file and both digests, unless the bytes are those of the real PTB. */
static enum status check_real(const struct members *m, const struct manifest *f)
{
    if (f->entry.known)
        return manifest_check_ptb(f);
    for (int i = 0; i < N_SPLITS; i++) {
        const char *ptb = manifest_ptb_sha256((enum split)i);
        if (strcmp(f->sha256[i], ptb) != 0)
            return fail(E_FORMAT,
                        "%s: sha256 is %s (PTB has %s; another text needs a name of its "
                        "own: --as LABEL)",
                        m->name[i], f->sha256[i], ptb);
    }
    return OK;
}

static enum status read_corpus(const char *path, const char *label, struct kept *out)
{
    struct members m;
    *out = (struct kept){0};
    TRY(members_find(path, label != NULL ? LABEL_BYTES : MANIFEST_PTB_BYTES, &m));
    enum status s = describe(label != NULL ? label : "ptb", &m, &out->manifest);
    if (s == OK && label == NULL)
        s = check_real(&m, &out->manifest);
    if (s == OK)
        s = mem_copy(&out->corpus, &m, 1, sizeof m);
    if (s != OK)
        members_release(&m);
    return s;
}

static enum status write_corpus(const struct kept *k, const char *folder)
{
    const struct members *m = k->corpus;
    enum status s = OK;
    for (int i = 0; s == OK && i < N_SPLITS; i++) {
        char *path;
        s = file_join(&path, folder, members_file((enum split)i));
        if (s == OK)
            s = file_write(path, m->bytes[i], m->n_bytes[i]);
        mem_free(path);
    }
    return s;
}

static void drop(struct kept *k)
{
    if (k->corpus != NULL)
        members_release(k->corpus);
    mem_free(k->corpus);
    k->corpus = NULL;
}

static enum status load_member(const char *folder, const struct manifest *m, enum split i,
                               struct members *out)
{
    char sha256[HASH_HEX];
    TRY(file_join(&out->name[i], folder, members_file(i)));
    if (!file_exists(out->name[i]))
        return fail(E_FORMAT, "%s: is missing", out->name[i]);
    TRY(file_read(out->name[i], MEMBER_EXCESS * LABEL_BYTES, &out->bytes[i], &out->n_bytes[i]));
    TRY(hash_bytes(out->bytes[i], out->n_bytes[i], sha256));
    if (strcmp(sha256, m->sha256[i]) != 0)
        return fail(E_FORMAT, "%s: sha256 is %s (%s was added)", out->name[i], sha256,
                    m->sha256[i]);
    return OK;
}

static enum status load(const char *folder, const struct manifest *m, struct members *out)
{
    enum status s = OK;
    *out = (struct members){0};
    for (int i = 0; s == OK && i < N_SPLITS; i++)
        s = load_member(folder, m, (enum split)i, out);
    if (s != OK)
        members_release(out);
    return s;
}

static enum status again(const char *folder, const struct manifest *then, struct manifest *now)
{
    struct members m;
    TRY(load(folder, then, &m));
    enum status s = describe(then->entry.label, &m, now);
    members_release(&m);
    if (s == OK && now->entry.known)
        s = manifest_check_ptb(now);
    return s;
}

static enum status open_corpus(const char *folder, const struct manifest *f,
                               const struct dataset_request *rq, struct dataset **out)
{
    struct members m;
    TRY(load(folder, f, &m));
    enum status s = members_dataset(&m, out);
    members_release(&m);
    return s;
}

const struct form form_ptb = {
    .name = "ptb",
    .licence = "PTB as preprocessed by T. Mikolov: derived from LDC99T42 (Penn Treebank), no open "
               "licence; for research use, do not pass it on",
    .read = read_corpus,
    .write = write_corpus,
    .drop = drop,
    .again = again,
    .open = open_corpus,
};
