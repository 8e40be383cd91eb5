#include "datasets/imdb.h"

#include "base/mem.h"
#include "datasets/imdb_words.h"

#include <math.h>
#include <string.h>

static enum status count_word(void *ctx, const char *word, size_t n)
{
    return vocab_count(ctx, word, n);
}

static enum status count_train(const struct bundle *b, const struct imdb_split *split,
                               struct vocab *v)
{
    for (size_t i = 0; i < b->n; i++)
        if (split->split[i] == SPLIT_TRAIN)
            TRY(imdb_each_word(b->file[i].bytes, b->file[i].n_bytes, count_word, v));
    return vocab_rank(v, IMDB_WORDS - 2);
}

/* <pad> and <unk> hold no letter run of a review, so they cannot meet a word. */
static enum status number_words(const struct vocab *ranked, struct vocab *out)
{
    TRY(vocab_count(out, "<pad>", 5));
    TRY(vocab_count(out, "<unk>", 5));
    for (int32_t id = 0; id < (int32_t)vocab_size(ranked); id++) {
        const char *word = vocab_word(ranked, id);
        TRY(vocab_count(out, word, strlen(word)));
    }
    return OK;
}

static enum status make_vocab(const struct bundle *b, const struct imdb_split *split,
                              struct vocab **out)
{
    struct vocab *ranked = NULL;
    enum status s;
    TRY_OUT(vocab_new(&ranked));
    TRY_OUT(count_train(b, split, ranked));
    TRY_OUT(vocab_new(out));
    TRY_OUT(number_words(ranked, *out));
out:
    vocab_release(ranked);
    return s;
}

/* The last words of a review, in a ring. */
struct ring {
    const struct vocab *vocab;
    int32_t id[IMDB_STEPS];
    size_t n; /* words seen */
};

static enum status keep_word(void *ctx, const char *word, size_t n)
{
    struct ring *r = ctx;
    int32_t id = vocab_find(r->vocab, word, n);
    r->id[r->n++ % IMDB_STEPS] = id >= 0 ? id : IMDB_UNK;
    return OK;
}

/* Appends the ring's words, oldest first; `tokens` has room. */
static size_t empty_ring(struct ring *r, int32_t *tokens)
{
    if (r->n == 0)
        r->id[r->n++] = IMDB_UNK;
    const size_t n = r->n < IMDB_STEPS ? r->n : IMDB_STEPS, first = r->n - n;
    for (size_t i = 0; i < n; i++)
        tokens[i] = r->id[(first + i) % IMDB_STEPS];
    r->n = 0;
    return n;
}

static enum status make_room(struct dataset *ds, const struct imdb_split *split, enum split i)
{
    struct items *it = &ds->items[i];
    it->n = split->count[i][IMDB_NEG] + split->count[i][IMDB_POS];
    TRY(mem_new(&it->start, it->n + 1, sizeof *it->start));
    TRY(mem_new(&it->target, it->n, sizeof *it->target));
    return mem_new(&it->seen, it->n, sizeof *it->seen);
}

static enum status fill(struct dataset *ds, const struct bundle *b, const struct imdb_split *split,
                        enum split which)
{
    struct items *it = &ds->items[which];
    struct ring ring = {.vocab = ds->vocab};
    size_t at = 0, item = 0, cap = 0;
    for (size_t i = 0; i < b->n; i++) {
        if (split->split[i] != which)
            continue;
        if (at + IMDB_STEPS > cap) {
            size_t more = 2 * cap + 64 * IMDB_STEPS;
            TRY(mem_grow(&ds->tokens[which], cap, more, sizeof *ds->tokens[which]));
            cap = more;
        }
        TRY(imdb_each_word(b->file[i].bytes, b->file[i].n_bytes, keep_word, &ring));
        it->target[item] = split->pos[i];
        it->seen[item] = split->seen[i];
        at += empty_ring(&ring, ds->tokens[which] + at);
        it->start[++item] = at;
    }
    ds->n_tokens[which] = at;
    return OK;
}

enum status imdb_make(const struct bundle *b, const struct imdb_split *split, struct dataset **out)
{
    struct dataset *ds;
    *out = NULL;
    TRY(mem_new(&ds, 1, sizeof *ds));
    *ds = (struct dataset){.task = TASK_CLASSIFY, .entropy_nats = NAN};
    enum status s;
    TRY_OUT(make_vocab(b, split, &ds->vocab));
    TRY_OUT(vocab_parse("neg\npos", "classes", &ds->labels));
    for (int i = 0; i < N_SPLITS; i++) {
        TRY_OUT(make_room(ds, split, (enum split)i));
        TRY_OUT(fill(ds, b, split, (enum split)i));
    }
    *out = ds;
    ds = NULL;
out:
    dataset_release(ds);
    return s;
}
