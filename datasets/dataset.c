#include "datasets/dataset.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "datasets/label.h"
#include "datasets/manifest.h"
#include "datasets/members.h"
#include "datasets/ptb.h"
#include "datasets/standin.h"
#include "datasets/store.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define STANDIN_NAME "ptb-standin"

/* Moves the members' tokens and vocabulary into a new dataset. */
static enum status read_members(const struct members *m, const char *name, struct dataset **out)
{
    struct ptb_member view[N_SPLITS];
    struct ptb_corpus c;
    struct dataset *ds;
    members_view(m, view);
    TRY(ptb_read(view, &c));
    enum status s = mem_new(&ds, 1, sizeof *ds);
    if (s != OK) {
        ptb_release(&c);
        return s;
    }
    *ds = (struct dataset){.task = TASK_LM, .vocab = c.vocab, .entropy_nats = NAN};
    snprintf(ds->name, sizeof ds->name, "%s", name);
    memcpy(ds->tokens, c.tokens, sizeof ds->tokens);
    memcpy(ds->n_tokens, c.n_tokens, sizeof ds->n_tokens);
    *out = ds;
    return OK;
}

static enum status open_stored(const char *data_dir, const char *label, struct dataset **out)
{
    struct store_entry entry;
    struct members m;
    TRY(store_load(data_dir, label, &entry, &m));
    enum status s = read_members(&m, label, out);
    members_release(&m);
    TRY(s);
    (*out)->kind = DATASET_REAL;
    memcpy((*out)->sha256, entry.sha256, HASH_HEX);
    return OK;
}

/* Draws the three splits as members; *entropy is that of test, whose score it bounds. */
static enum status draw_members(struct members *m, double *entropy)
{
    *m = (struct members){0};
    for (int i = 0; i < N_SPLITS; i++) {
        struct standin_text t;
        TRY(standin_split(i, &t));
        m->bytes[i] = t.text.s;
        m->n_bytes[i] = t.text.n;
        *entropy = t.nll_nats / (double)t.n_tokens;
        TRY(file_join(&m->name[i], STANDIN_NAME, members_file((enum split)i)));
    }
    return OK;
}

static enum status open_standin(struct dataset **out)
{
    struct members m;
    struct dataset *ds = NULL;
    char sha256[N_SPLITS][HASH_HEX];
    double entropy = NAN;
    enum status s;
    TRY_OUT(draw_members(&m, &entropy));
    TRY_OUT(read_members(&m, STANDIN_NAME, &ds));
    TRY_OUT(manifest_digests(&m, sha256));
    TRY_OUT(manifest_whole(sha256, ds->sha256));
    ds->kind = DATASET_SYNTHETIC;
    ds->entropy_nats = entropy;
    *out = ds;
    ds = NULL;
out:
    dataset_release(ds);
    members_release(&m);
    return s;
}

static enum status list_label(void *ctx, const struct store_entry *entry)
{
    if (strcmp(entry->label, "ptb") != 0)
        strbuf_addf(ctx, ", %s", entry->label);
    return OK;
}

static enum status refuse_unknown(const char *data_dir, const char *name)
{
    struct strbuf labels = {0};
    if (store_each(data_dir, list_label, &labels) != OK)
        log_warn("%s", status_message());
    enum status s = fail(E_USAGE, "%s: unknown data set (known: ptb, imdb, timit, %s%s)", name,
                         STANDIN_NAME, strbuf_text(&labels));
    strbuf_release(&labels);
    return s;
}

static enum status refuse_absent(const char *data_dir, const char *name)
{
    char *dir;
    TRY(label_root(data_dir, &dir));
    enum status s = fail(E_ABSENT,
                         "%s: not in %s (add it with: brds data add %s PATH, or use "
                         "--standin)",
                         name, dir, name);
    mem_free(dir);
    return s;
}

/* The stand-in takes the place of PTB only: a wrong name must not pass because --standin is on. */
static enum status open_ptb(const struct dataset_request *rq, struct dataset **out)
{
    struct store_entry entry;
    if (rq->standin)
        return open_standin(out);
    enum status s = store_find(rq->data_dir, "ptb", &entry);
    if (s != E_ABSENT)
        return s == OK ? open_stored(rq->data_dir, "ptb", out) : s;
    s = refuse_absent(rq->data_dir, "ptb");
    if (s != E_ABSENT || !rq->standin_if_absent)
        return s;
    log_warn("ptb is not there; its stand-in %s is used", STANDIN_NAME);
    return open_standin(out);
}

enum status dataset_open(const struct dataset_request *rq, struct dataset **out)
{
    struct store_entry entry;
    *out = NULL;
    if (strcmp(rq->name, STANDIN_NAME) == 0)
        return open_standin(out);
    if (strcmp(rq->name, "ptb") == 0)
        return open_ptb(rq, out);
    if (store_licence(rq->name) != NULL)
        return fail(E_ABSENT, "%s: this build cannot read it yet (it reads: ptb, %s)", rq->name,
                    STANDIN_NAME);
    if (!label_is_valid(rq->name))
        return refuse_unknown(rq->data_dir, rq->name);
    enum status s = store_find(rq->data_dir, rq->name, &entry);
    if (s == E_ABSENT)
        return refuse_unknown(rq->data_dir, rq->name);
    return s == OK ? open_stored(rq->data_dir, rq->name, out) : s;
}

void dataset_release(struct dataset *ds)
{
    if (ds == NULL)
        return;
    for (int i = 0; i < N_SPLITS; i++)
        mem_free(ds->tokens[i]);
    vocab_release(ds->vocab);
    mem_free(ds);
}

/* map[id of `from`] = id of `to` */
static enum status map_words(const char *name, const struct vocab *from, const struct vocab *to,
                             int32_t *map)
{
    int32_t unk = vocab_find(to, "<unk>", 5);
    for (int32_t id = 0; id < (int32_t)vocab_size(from); id++) {
        const char *word = vocab_word(from, id);
        map[id] = vocab_find(to, word, strlen(word));
        if (map[id] >= 0)
            continue;
        /* <eos> as <unk> would still give a perplexity, of another text */
        if (unk < 0 || strcmp(word, "<eos>") == 0)
            return fail(E_FORMAT, "%s: the model's vocabulary lacks the word '%s'%s", name, word,
                        unk < 0 ? " and has no <unk>" : "");
        map[id] = unk;
    }
    return OK;
}

enum status dataset_adopt_vocab(struct dataset *ds, const struct vocab *vocab)
{
    int32_t *map;
    struct vocab *copy = NULL;
    TRY(mem_new(&map, vocab_size(ds->vocab), sizeof *map));
    enum status s;
    TRY_OUT(map_words(ds->name, ds->vocab, vocab, map));
    TRY_OUT(vocab_copy(vocab, &copy));
    for (int i = 0; i < N_SPLITS; i++)
        for (size_t t = 0; t < ds->n_tokens[i]; t++)
            ds->tokens[i][t] = map[ds->tokens[i][t]];
    vocab_release(ds->vocab);
    ds->vocab = copy;
out:
    mem_free(map);
    return s;
}
