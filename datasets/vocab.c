#include "datasets/vocab.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    size_t start, n; /* the word's bytes in text, with a NUL behind them */
    uint64_t count;
};

struct vocab {
    char *text;
    size_t n_text, cap_text;
    struct entry *word; /* [n_words], a word's place is its id */
    size_t n_words, cap_words;
    uint32_t *slot; /* [n_slots] id + 1, 0 = free; open addressing, at most half full */
    size_t n_slots; /* a power of two */
};

enum { FIRST_SLOTS = 1024, FIRST_WORDS = FIRST_SLOTS / 2, FIRST_TEXT = 8192 };

enum status vocab_new(struct vocab **out)
{
    struct vocab *v;
    TRY(mem_new(out, 1, sizeof *v));
    v = *out;
    enum status s = mem_new(&v->slot, FIRST_SLOTS, sizeof *v->slot);
    if (s == OK)
        s = mem_new(&v->word, FIRST_WORDS, sizeof *v->word);
    if (s == OK)
        s = mem_new(&v->text, FIRST_TEXT, 1);
    v->n_slots = FIRST_SLOTS;
    v->cap_words = FIRST_WORDS;
    v->cap_text = FIRST_TEXT;
    if (s != OK) {
        vocab_release(v);
        *out = NULL;
    }
    return s;
}

void vocab_release(struct vocab *v)
{
    if (v == NULL)
        return;
    mem_free(v->text);
    mem_free(v->word);
    mem_free(v->slot);
    mem_free(v);
}

/* FNV-1a (Fowler, Noll, Vo), folded so that the low bits depend on all bytes. */
static size_t hash_of(const char *word, size_t n)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)word[i]) * 0x100000001b3u;
    return (size_t)(h ^ h >> 32);
}

/* The slot that holds the word, or the free one where it belongs. */
static size_t slot_of(const struct vocab *v, const char *word, size_t n)
{
    size_t i = hash_of(word, n) & (v->n_slots - 1);
    for (; v->slot[i] != 0; i = (i + 1) & (v->n_slots - 1)) {
        const struct entry *e = &v->word[v->slot[i] - 1];
        if (e->n == n && memcmp(v->text + e->start, word, n) == 0)
            break;
    }
    return i;
}

static void fill_slots(struct vocab *v)
{
    memset(v->slot, 0, v->n_slots * sizeof *v->slot);
    for (size_t id = 0; id < v->n_words; id++) {
        const struct entry *e = &v->word[id];
        v->slot[slot_of(v, v->text + e->start, e->n)] = (uint32_t)id + 1;
    }
}

static enum status make_room(struct vocab *v, size_t n_bytes)
{
    if (v->n_words >= INT32_MAX / 2)
        return fail(E_FORMAT, "vocabulary: more than %d words", INT32_MAX / 2);
    if (n_bytes >= SIZE_MAX / 4 - v->n_text)
        return fail(E_NOMEM, "vocabulary: a word of %zu bytes does not fit", n_bytes);
    if (v->n_text + n_bytes + 1 > v->cap_text) {
        size_t cap = 2 * (v->n_text + n_bytes + 1);
        TRY(mem_grow(&v->text, v->n_text, cap, 1));
        v->cap_text = cap;
    }
    if (v->n_words < v->cap_words)
        return OK;
    uint32_t *slot;
    TRY(mem_new(&slot, 2 * v->n_slots, sizeof *slot));
    enum status s = mem_grow(&v->word, v->n_words, 2 * v->cap_words, sizeof *v->word);
    if (s != OK) {
        mem_free(slot);
        return s;
    }
    mem_free(v->slot);
    v->slot = slot;
    v->cap_words *= 2;
    v->n_slots *= 2;
    fill_slots(v);
    return OK;
}

enum status vocab_count(struct vocab *v, const char *word, size_t n)
{
    size_t i = slot_of(v, word, n);
    if (v->slot[i] == 0) {
        TRY(make_room(v, n));
        v->word[v->n_words] = (struct entry){.start = v->n_text, .n = n};
        memcpy(v->text + v->n_text, word, n);
        v->text[v->n_text + n] = '\0';
        v->n_text += n + 1;
        i = slot_of(v, word, n); /* the table may have grown */
        v->slot[i] = (uint32_t)++v->n_words;
    }
    v->word[v->slot[i] - 1].count++;
    return OK;
}

static int by_rank(const void *pa, const void *pb, void *text)
{
    const struct entry *a = pa, *b = pb;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    int r = memcmp((char *)text + a->start, (char *)text + b->start, a->n < b->n ? a->n : b->n);
    return r != 0 ? r : (a->n > b->n) - (a->n < b->n);
}

enum status vocab_rank(struct vocab *v, size_t limit)
{
    qsort_r(v->word, v->n_words, sizeof *v->word, by_rank, v->text);
    if (limit != 0 && v->n_words > limit)
        v->n_words = limit;
    fill_slots(v);
    return OK;
}

size_t vocab_size(const struct vocab *v)
{
    return v->n_words;
}

int32_t vocab_find(const struct vocab *v, const char *word, size_t n)
{
    return (int32_t)v->slot[slot_of(v, word, n)] - 1;
}

const char *vocab_word(const struct vocab *v, int32_t id)
{
    assert(id >= 0 && (size_t)id < v->n_words);
    return v->text + v->word[id].start;
}

enum status vocab_join(const struct vocab *v, struct strbuf *out)
{
    for (size_t id = 0; id < v->n_words; id++) {
        if (id != 0)
            strbuf_add(out, "\n");
        strbuf_add_bytes(out, v->text + v->word[id].start, v->word[id].n);
    }
    return strbuf_check(out);
}

static enum status parse_words(struct vocab *v, const char *text, const char *name)
{
    for (const char *p = text;;) {
        size_t n = strcspn(p, "\n"), id = v->n_words;
        if (n == 0)
            return fail(E_FORMAT, "%s: word %zu of the vocabulary is empty", name, id);
        TRY(vocab_count(v, p, n));
        if (v->n_words == id)
            return fail(E_FORMAT, "%s: word %zu of the vocabulary, '%.*s', stands there twice",
                        name, id, (int)(n < 64 ? n : 64), p);
        if (p[n] == '\0' || p[n + 1] == '\0')
            return OK;
        p += n + 1;
    }
}

enum status vocab_parse(const char *text, const char *name, struct vocab **out)
{
    TRY(vocab_new(out));
    enum status s = parse_words(*out, text, name);
    if (s != OK) {
        vocab_release(*out);
        *out = NULL;
    }
    return s;
}

enum status vocab_copy(const struct vocab *v, struct vocab **out)
{
    struct vocab *c;
    TRY(mem_new(out, 1, sizeof *c));
    c = *out;
    *c = *v;
    c->text = NULL;
    c->word = NULL;
    c->slot = NULL;
    enum status s = mem_copy(&c->text, v->text, v->cap_text, 1);
    if (s == OK)
        s = mem_copy(&c->word, v->word, v->cap_words, sizeof *v->word);
    if (s == OK)
        s = mem_copy(&c->slot, v->slot, v->n_slots, sizeof *v->slot);
    if (s != OK) {
        vocab_release(c);
        *out = NULL;
    }
    return s;
}
