#include "datasets/dataset.h"

#include "base/log.h"
#include "base/mem.h"
#include "datasets/label.h"
#include "datasets/standins.h"
#include "datasets/store.h"

#include <math.h>
#include <string.h>

static enum status list_label(void *ctx, const struct store_entry *entry)
{
    if (!label_is_reserved(entry->label))
        strbuf_addf(ctx, ", %s", entry->label);
    return OK;
}

static enum status refuse_unknown(const char *data_dir, const char *name)
{
    struct strbuf labels = {0};
    if (store_each(data_dir, list_label, &labels) != OK)
        log_warn("%s", status_message());
    enum status s = fail(E_USAGE,
                         "%s: unknown data set (known: ptb, imdb, imdb-kaggle, timit, "
                         "timit-sample, ptb-standin, imdb-standin, timit-standin%s)",
                         name, strbuf_text(&labels));
    strbuf_release(&labels);
    return s;
}

static enum status refuse_absent(const char *data_dir, const char *name, const char *corpus)
{
    char *dir;
    TRY(label_root(data_dir, &dir));
    enum status s = fail(E_ABSENT,
                         "%s: not in %s (add it with: brds data add %s PATH, or use "
                         "--standin)",
                         name, dir, corpus);
    mem_free(dir);
    return s;
}

/* The stand-in takes the place of a real corpus only: a wrong name must not pass because --standin
 * is on. */
static enum status open_real(const struct dataset_request *rq, const struct standin_info *standin,
                             struct dataset **out)
{
    struct store_entry entry;
    if (rq->standin)
        return standin->open(rq, out);
    enum status s = store_find(rq->data_dir, rq->name, &entry);
    if (s != E_ABSENT)
        return s == OK ? store_open(rq->name, rq, out) : s;
    s = refuse_absent(rq->data_dir, rq->name, standin->corpus);
    if (s != E_ABSENT || !rq->standin_if_absent)
        return s;
    log_warn("%s is not there; its stand-in %s is used", rq->name, standin->name);
    return standin->open(rq, out);
}

enum status dataset_open(const struct dataset_request *rq, struct dataset **out)
{
    struct store_entry entry;
    *out = NULL;
    const struct standin_info *standin = standin_named(rq->name);
    if (standin != NULL)
        return standin->open(rq, out);
    standin = standin_for(rq->name);
    if (standin != NULL)
        return open_real(rq, standin, out);
    if (!label_is_valid(rq->name))
        return refuse_unknown(rq->data_dir, rq->name);
    enum status s = store_find(rq->data_dir, rq->name, &entry);
    if (s == E_ABSENT)
        return refuse_unknown(rq->data_dir, rq->name);
    return s == OK ? store_open(rq->name, rq, out) : s;
}

static void release_items(struct items *it)
{
    mem_free(it->start);
    mem_free(it->target);
    mem_free(it->seen);
    mem_free(it->group);
    mem_free(it->step_label);
    mem_free(it->labels);
    mem_free(it->label_start);
}

void dataset_release(struct dataset *ds)
{
    if (ds == NULL)
        return;
    for (int i = 0; i < N_SPLITS; i++) {
        mem_free(ds->tokens[i]);
        mem_free(ds->frames[i]);
        release_items(&ds->items[i]);
    }
    mem_free(ds->input_mean);
    mem_free(ds->input_std);
    vocab_release(ds->vocab);
    vocab_release(ds->labels);
    vocab_release(ds->groups);
    mem_free(ds);
}

int dataset_serves(const struct dataset *ds, enum task task)
{
    return ds->task == task || (ds->task == TASK_FRAMES && task == TASK_CTC);
}

int dataset_n_classes(const struct dataset *ds)
{
    return (int)vocab_size(ds->labels != NULL ? ds->labels : ds->vocab);
}

int dataset_n_scored(const struct dataset *ds)
{
    return ds->fold != NULL ? ds->n_folded : dataset_n_classes(ds);
}

enum status dataset_adopt_scale(struct dataset *ds, const float *mean, const float *std)
{
    if (ds->n_in == 0)
        return fail(E_FORMAT, "%s: has no frames to normalise", ds->name);
    for (int i = 0; i < ds->n_in; i++)
        if (!isfinite(mean[i]) || !isfinite(std[i]) || std[i] <= 0)
            return fail(E_FORMAT, "%s: mean %g and deviation %g of feature %d", ds->name, mean[i],
                        std[i], i);
    memcpy(ds->input_mean, mean, (size_t)ds->n_in * sizeof *mean);
    memcpy(ds->input_std, std, (size_t)ds->n_in * sizeof *std);
    return OK;
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
    if (ds->n_in != 0)
        return fail(E_USAGE, "%s: holds frames, not words", ds->name);
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
