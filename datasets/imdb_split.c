#include "datasets/imdb_split.h"

#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum half { HALF_TRAIN = 1, HALF_TEST = 2 };

/* A review and its text's digest. */
struct key {
    char hex[HASH_HEX];
    uint8_t half;
    uint32_t file;
};

static int by_text(const void *pa, const void *pb)
{
    const struct key *a = pa, *b = pb;
    int r = memcmp(a->hex, b->hex, HASH_HEX);
    return r != 0 ? r : (a->file > b->file) - (a->file < b->file);
}

static enum status make_keys(const struct bundle *b, struct imdb_split *s, struct key **out)
{
    TRY(mem_new(out, b->n, sizeof **out));
    for (size_t i = 0; i < b->n; i++) {
        const struct member *m = &b->file[i];
        struct key *k = &(*out)[i];
        k->file = (uint32_t)i;
        k->half = strncmp(m->name, "test/", 5) == 0 ? HALF_TEST : HALF_TRAIN;
        s->split[i] = k->half == HALF_TEST ? SPLIT_TEST : SPLIT_TRAIN;
        s->pos[i] = strstr(m->name, "/pos/") != NULL;
        TRY(hash_bytes(m->bytes, m->n_bytes, k->hex));
    }
    qsort(*out, b->n, sizeof **out, by_text);
    return OK;
}

/* One past the last copy of the text of key i. */
static size_t end_of_text(const struct key *k, size_t n, size_t i)
{
    size_t end = i + 1;
    while (end < n && memcmp(k[end].hex, k[i].hex, HASH_HEX) == 0)
        end++;
    return end;
}

static void find_copies(const struct key *k, size_t n, struct imdb_split *s)
{
    for (size_t i = 0, end; i < n; i = end) {
        uint8_t halves = 0;
        end = end_of_text(k, n, i);
        for (size_t j = i; j < end; j++)
            halves |= k[j].half;
        s->n_copies += end - i - 1;
        if (halves != (HALF_TRAIN | HALF_TEST))
            continue;
        s->n_both++;
        for (size_t j = i; j < end; j++)
            s->seen[k[j].file] = 1;
    }
}

/* Copies of a text that are train and of class `pos`; 0 if another class has it in train too. */
static size_t movable(const struct key *k, size_t n, const struct imdb_split *s, uint8_t pos)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (s->split[k[i].file] != SPLIT_TRAIN)
            continue;
        if (s->pos[k[i].file] != pos)
            return 0;
        count++;
    }
    return count;
}

/* Moves `quota` reviews of a class from train to another split. A text whose copies do not fit any
 * more is left out. */
static void move(const struct key *k, size_t n, struct imdb_split *s, uint8_t pos, size_t quota,
                 enum split to)
{
    for (size_t i = 0, end; i < n && quota != 0; i = end) {
        end = end_of_text(k, n, i);
        size_t count = movable(k + i, end - i, s, pos);
        if (count == 0 || count > quota)
            continue;
        quota -= count;
        for (size_t j = i; j < end; j++)
            if (s->split[k[j].file] == SPLIT_TRAIN)
                s->split[k[j].file] = (uint8_t)to;
    }
}

static void count_all(struct imdb_split *s, size_t n)
{
    memset(s->count, 0, sizeof s->count);
    for (size_t i = 0; i < n; i++)
        s->count[s->split[i]][s->pos[i]]++;
}

static void choose(const struct key *k, size_t n, struct imdb_split *s, int is_csv)
{
    size_t train[IMDB_CLASSES];
    count_all(s, n);
    memcpy(train, s->count[SPLIT_TRAIN], sizeof train);
    for (uint8_t c = 0; c < IMDB_CLASSES; c++) {
        if (is_csv)
            move(k, n, s, c, train[c] / 2, SPLIT_TEST);
        move(k, n, s, c, train[c] / (is_csv ? 20 : 10), SPLIT_VALID);
    }
    count_all(s, n);
}

static enum status check_counts(const struct imdb_split *s, const char *where)
{
    for (int i = 0; i < N_SPLITS; i++)
        for (int c = 0; c < IMDB_CLASSES; c++)
            if (s->count[i][c] == 0)
                return fail(E_FORMAT,
                            "%s: %s has no %s review (too few reviews, or one half is "
                            "missing)",
                            where, split_name((enum split)i),
                            c == IMDB_POS ? "positive" : "negative");
    return OK;
}

enum status imdb_split_make(const struct bundle *b, const char *where, struct imdb_split *out)
{
    struct key *k = NULL;
    enum status s;
    *out = (struct imdb_split){0};
    TRY_OUT(mem_new(&out->split, b->n, 1));
    TRY_OUT(mem_new(&out->pos, b->n, 1));
    TRY_OUT(mem_new(&out->seen, b->n, 1));
    TRY_OUT(make_keys(b, out, &k));
    find_copies(k, b->n, out);
    choose(k, b->n, out, b->n != 0 && strncmp(b->file[0].name, "csv/", 4) == 0);
    TRY_OUT(check_counts(out, where));
out:
    mem_free(k);
    if (s != OK)
        imdb_split_release(out);
    return s;
}

void imdb_split_release(struct imdb_split *s)
{
    mem_free(s->split);
    mem_free(s->pos);
    mem_free(s->seen);
    *s = (struct imdb_split){0};
}
