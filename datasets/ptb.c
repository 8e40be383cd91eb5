#include "datasets/ptb.h"

#include "base/mem.h"
#include "datasets/text.h"

#include <string.h>

typedef enum status word_fn(void *ctx, const char *word, size_t n, size_t line);

/* One walk over a member, and what it saw. */
struct walk {
    const char *name;
    word_fn *fn; /* gets every token, <eos> included */
    void *ctx;
    size_t n_lines, n_words, n_single, n_underscore;
};

static enum status refuse_control(const struct walk *w, unsigned char c, size_t line)
{
    /* CR LF is refused, not forgiven: the copy that we keep would have another digest than the same
     * text with LF, so one corpus would appear as two in the results. */
    if (c == '\r')
        return fail(E_FORMAT,
                    "%s:%zu: a carriage return (expected lines ended by LF only; convert "
                    "the file with dos2unix)",
                    w->name, line);
    return fail(E_FORMAT, "%s:%zu: control byte 0x%02x (expected words between blanks)", w->name,
                line, c);
}

static enum status take_word(struct walk *w, const char *word, size_t n, size_t line)
{
    /* Some copies have <eos> written out; counted beside ours it would end each line twice. */
    if (n == 5 && memcmp(word, "<eos>", 5) == 0)
        return fail(E_FORMAT,
                    "%s:%zu: the word <eos> stands in the text (it is added at each line "
                    "end)",
                    w->name, line);
    w->n_words++;
    w->n_single += n == 1;
    w->n_underscore += n == 1 && word[0] == '_';
    return w->fn(w->ctx, word, n, line);
}

static enum status take_line(void *ctx, const char *line, size_t n, size_t number)
{
    struct walk *w = ctx;
    size_t start = 0;
    for (size_t i = 0; i <= n; i++) {
        unsigned char c = i < n ? (unsigned char)line[i] : ' ';
        if (c == ' ' || c == '\t') {
            if (i > start)
                TRY(take_word(w, line + start, i - start, number));
            start = i + 1;
        } else if (c < 0x20 || c == 0x7f) {
            return refuse_control(w, c, number);
        }
    }
    w->n_lines++;
    return w->fn(w->ctx, "<eos>", 5, number);
}

/* ptb.char.*: letters between blanks, `_` where a blank was. English has about one in six; texts of
 * a few words, or of one-letter words without `_`, are let through. */
static int is_character_corpus(const struct walk *w)
{
    return w->n_words >= 32 && w->n_single >= w->n_words / 20 * 19 &&
           w->n_underscore >= w->n_words / 50 + 1;
}

static enum status walk_member(const struct ptb_member *m, struct walk *w)
{
    w->name = m->name;
    TRY(text_each_line(m->bytes, m->n_bytes, m->name, take_line, w));
    if (w->n_words == 0)
        return fail(E_FORMAT, "%s:%zu: no word in the whole file", m->name, w->n_lines);
    if (is_character_corpus(w))
        return fail(E_FORMAT,
                    "%s:1: is the PTB character corpus, one letter a word (expected "
                    "ptb.train.txt and its like, not ptb.char.*)",
                    m->name);
    return OK;
}

static enum status count_word(void *ctx, const char *word, size_t n, size_t line)
{
    return ctx != NULL ? vocab_count(ctx, word, n) : OK;
}

/* Sizes of every split; the words of train go into the vocabulary. */
static enum status count_all(const struct ptb_member *member, struct ptb_corpus *c)
{
    for (int i = 0; i < N_SPLITS; i++) {
        struct walk w = {.fn = count_word, .ctx = i == SPLIT_TRAIN ? c->vocab : NULL};
        TRY(walk_member(&member[i], &w));
        c->n_lines[i] = w.n_lines;
        c->n_tokens[i] = w.n_words + w.n_lines;
        TRY(mem_new(&c->tokens[i], c->n_tokens[i], sizeof *c->tokens[i]));
    }
    return vocab_rank(c->vocab, 0);
}

struct filler {
    const struct vocab *vocab;
    const char *name;
    int32_t unk; /* -1 if there is none */
    int32_t *out;
};

static enum status fill_word(void *ctx, const char *word, size_t n, size_t line)
{
    struct filler *f = ctx;
    int32_t id = vocab_find(f->vocab, word, n);
    if (id < 0)
        id = f->unk;
    if (id < 0)
        return fail(E_FORMAT,
                    "%s:%zu: the word '%.*s' is not in the training text, which has no "
                    "<unk> to stand for it",
                    f->name, line, (int)(n < 64 ? n : 64), word);
    *f->out++ = id;
    return OK;
}

static enum status fill_all(const struct ptb_member *member, struct ptb_corpus *c)
{
    for (int i = 0; i < N_SPLITS; i++) {
        struct filler f = {c->vocab, member[i].name, vocab_find(c->vocab, "<unk>", 5),
                           c->tokens[i]};
        struct walk w = {.fn = fill_word, .ctx = &f};
        TRY(walk_member(&member[i], &w));
    }
    return OK;
}

enum status ptb_read(const struct ptb_member member[N_SPLITS], struct ptb_corpus *out)
{
    enum status s;
    *out = (struct ptb_corpus){0};
    TRY_OUT(vocab_new(&out->vocab));
    TRY_OUT(count_all(member, out));
    TRY_OUT(fill_all(member, out));
out:
    if (s != OK)
        ptb_release(out);
    return s;
}

void ptb_release(struct ptb_corpus *c)
{
    for (int i = 0; i < N_SPLITS; i++)
        mem_free(c->tokens[i]);
    vocab_release(c->vocab);
    *c = (struct ptb_corpus){0};
}
