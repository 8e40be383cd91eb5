/* test_imdb.c - trees of movie reviews: finding, refusing, parting, numbering, the cache of
 * tokens. */
#include "datasets/imdb.h"

#include "base/file.h"
#include "base/mem.h"
#include "datasets/imdb_cache.h"
#include "datasets/imdb_find.h"
#include "datasets/store.h"
#include "datasets/text.h"
#include "tests/scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct scratch dir;

static void setup(void)
{
    scratch_make(&dir);
}

static void teardown(void)
{
    scratch_remove(&dir);
}

TestSuite(imdb, .init = setup, .fini = teardown);

/* 20 reviews of each class in each half, each of a few words; `more` goes into every one. */
static void put_tree(const char *below, const char *more)
{
    static const char *const folder[] = {"train/neg", "train/pos", "test/neg", "test/pos"};
    for (int f = 0; f < 4; f++)
        for (int i = 0; i < 20; i++) {
            char name[96], text[256];
            snprintf(name, sizeof name, "%s/%s/%d_%d.txt", below, folder[f], i, f % 2 ? 8 : 2);
            snprintf(text, sizeof text, "%s %d %s word%d %s", folder[f], i, "the the", i % 3, more);
            scratch_write(&dir, name, text, strlen(text));
        }
}

static enum status find(const char *from, struct bundle *b)
{
    return imdb_find(scratch_path(&dir, from), 10000, b);
}

static void refuse(const char *from, const char *part)
{
    struct bundle b;
    cr_assert_eq(find(from, &b), E_FORMAT, "accepted: %s", part);
    cr_assert_not_null(strstr(status_message(), part), "%s", status_message());
    cr_assert_eq(b.n, 0);
}

static void assert_found(const char *from)
{
    struct bundle b;
    cr_assert_eq(find(from, &b), OK, "%s", status_message());
    cr_assert_eq(b.n, 80);
    cr_assert_str_eq(b.file[0].name, "test/neg/0_2.txt");
    cr_assert_str_eq(b.file[1].name, "test/neg/10_2.txt");
    cr_assert_str_eq(b.file[79].name, "train/pos/9_8.txt");
    bundle_release(&b);
}

Test(imdb, finds_tree_parent_and_archives_in_one_order)
{
    struct bundle b;
    put_tree("in/aclImdb", "");
    scratch_write(&dir, "in/aclImdb/train/unsup/0_0.txt", "unlabelled", 10);
    scratch_write(&dir, "in/aclImdb/train/pos/.DS_Store", "\0\1", 2);
    scratch_write(&dir, "in/IMDB Dataset.csv", "review,sentiment\n", 17);
    assert_found("in/aclImdb");
    assert_found("in");
    cr_assert_eq(find("in", &b), OK);
    static const char *const format[] = {"tar", "tar.gz", "tar.xz", "zip"};
    for (int f = 0; f < 4; f++) {
        struct archive_maker *m = archive_make(scratch_path(&dir, "a"), format[f]);
        for (size_t i = b.n; i-- != 0;) { /* backwards */
            char name[96];
            snprintf(name, sizeof name, "./x/aclImdb/%s", b.file[i].name);
            archive_put(m, name, b.file[i].bytes, b.file[i].n_bytes);
        }
        archive_done(m);
        assert_found("a");
    }
    bundle_release(&b);
}

Test(imdb, refuses_names_and_ratings)
{
    struct bundle b;
    scratch_write(&dir, "none/readme", "x", 1);
    refuse("none", "none: no review in it (expected aclImdb with {train,test}/{pos,neg}/*.txt");
    static const char *const bad[][2] = {
        {"train/pos/1_8.TXT", "the name is no review's (expected ID_RATING.txt)"},
        {"train/pos/18.txt", "the name is no review's"},
        {"train/pos/x_8.txt", "the name is no review's"},
        {"train/pos/1_123.txt", "the name is no review's"},
        {"train/pos/1_4.txt", "rated 4 among the positive reviews (expected 7 to 10)"},
        {"train/pos/1_11.txt", "rated 11 among the positive"},
        {"test/neg/1_7.txt", "rated 7 among the negative reviews (expected 1 to 4)"},
        {"test/neg/1_0.txt", "rated 0 among the negative"},
        {"test/neg/1_5.txt", "rated 5 among the negative"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char name[64];
        snprintf(name, sizeof name, "t%zu/%s", i, bad[i][0]);
        scratch_write(&dir, name, "fine", 4);
        snprintf(name, sizeof name, "t%zu", i);
        refuse(name, bad[i][1]);
        cr_assert_not_null(strstr(status_message(), bad[i][0]), "%s", status_message());
    }
    scratch_write(&dir, "twice/a/train/pos/1_8.txt", "fine", 4);
    scratch_write(&dir, "twice/b/train/pos/1_8.txt", "fine", 4);
    cr_assert_eq(find("twice", &b), OK);
    cr_assert_eq(b.n, 1);
    bundle_release(&b);
    scratch_write(&dir, "twice/b/train/pos/1_8.txt", "bad", 3);
    refuse("twice", "twice: two different files of one name, train/pos/1_8.txt");
    cr_assert_eq(find("absent", &b), E_IO);
}

Test(imdb, refuses_bad_text_by_file_and_line)
{
    static char longest[TEXT_MAX_LINE + 2];
    memset(longest, 'a', sizeof longest);
    const struct {
        const char *bytes, *part;
        size_t n;
    } bad[] = {
        {"", ":1: the file is empty", 0},
        {"a\0b", ":1: a NUL byte at column 2", 3},
        {"a\nb \xff", ":2: invalid UTF-8 (byte 0xff at column 3)", 5},
        {"<!DOCTYPE html><p>", ":1: is an HTML page", 18},
        {"version https://git-lfs.github.com", ":1: is a git-lfs pointer", 34},
        {longest, ":1: the line has 65538 bytes", sizeof longest},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        scratch_write(&dir, "in/train/pos/7_9.txt", bad[i].bytes, bad[i].n);
        struct strbuf part = {0};
        strbuf_addf(&part, "in/train/pos/7_9.txt%s", bad[i].part);
        struct bundle b;
        cr_assert_eq(imdb_find(scratch_path(&dir, "in"), 100000, &b), E_FORMAT);
        cr_assert_not_null(strstr(status_message(), part.s), "%s", status_message());
        strbuf_release(&part);
    }
}

/* ---- splits ---- */

static size_t place_of(const struct bundle *b, const char *name)
{
    size_t i = 0;
    while (i < b->n && strcmp(b->file[i].name, name) != 0)
        i++;
    cr_assert_lt(i, b->n, "%s", name);
    return i;
}

Test(imdb, copies_stay_together_and_are_counted)
{
    struct bundle b;
    struct imdb_split s;
    put_tree("in", "");
    /* one text 3 times in train/pos, once in test/pos; another under both classes of train */
    static const char *const copy[] = {"in/train/pos/0_8.txt", "in/train/pos/1_8.txt",
                                       "in/train/pos/2_8.txt", "in/test/pos/5_8.txt"};
    for (int i = 0; i < 4; i++)
        scratch_write(&dir, copy[i], "copied", 6);
    scratch_write(&dir, "in/train/pos/3_8.txt", "both", 4);
    scratch_write(&dir, "in/train/neg/3_2.txt", "both", 4);
    cr_assert_eq(find("in", &b), OK);
    cr_assert_eq(imdb_split_make(&b, "w", &s), OK, "%s", status_message());
    cr_assert_eq(s.n_copies, 4);
    cr_assert_eq(s.n_both, 1);
    for (int c = 0; c < 2; c++) {
        cr_assert_eq(s.count[SPLIT_VALID][c], 2);
        cr_assert_eq(s.count[SPLIT_TRAIN][c], 18);
        cr_assert_eq(s.count[SPLIT_TEST][c], 20);
    }
    for (int i = 0; i < 4; i++)
        cr_assert_eq(s.seen[place_of(&b, copy[i] + 3)], 1);
    for (int i = 0; i < 3; i++) /* three copies do not fit a quota of two */
        cr_assert_eq(s.split[place_of(&b, copy[i] + 3)], SPLIT_TRAIN);
    cr_assert_eq(s.split[place_of(&b, "train/pos/3_8.txt")], SPLIT_TRAIN);
    cr_assert_eq(s.split[place_of(&b, "train/neg/3_2.txt")], SPLIT_TRAIN);
    cr_assert_eq(s.seen[place_of(&b, "train/neg/3_2.txt")], 0);
    imdb_split_release(&s);
    bundle_release(&b);
}

Test(imdb, a_half_must_be_there)
{
    struct bundle b;
    struct imdb_split s;
    put_tree("in", "");
    cr_assert_eq(find("in/train", &b), E_FORMAT); /* no half in the names */
    scratch_write(&dir, "half/train/pos/1_8.txt", "a", 1);
    cr_assert_eq(find("half", &b), OK);
    cr_assert_eq(imdb_split_make(&b, "half", &s), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "half: train has no negative review"));
    cr_assert_null(s.split);
    bundle_release(&b);
}

/* ---- ids and cache ---- */

static struct dataset *open_tree(const char *from)
{
    struct bundle b;
    struct imdb_split s;
    struct dataset *ds;
    cr_assert_eq(find(from, &b), OK, "%s", status_message());
    cr_assert_eq(imdb_split_make(&b, from, &s), OK);
    cr_assert_eq(imdb_make(&b, &s, &ds), OK, "%s", status_message());
    imdb_split_release(&s);
    bundle_release(&b);
    return ds;
}

Test(imdb, ids_and_the_last_words)
{
    struct strbuf text = {0};
    put_tree("in", "");
    for (int i = 0; i < 500; i++)
        strbuf_addf(&text, "%s ", i < 101 ? "the" : "zebra");
    scratch_write(&dir, "in/test/neg/0_2.txt", text.s, text.n);
    scratch_write(&dir, "in/test/neg/1_2.txt", "...", 3);
    struct dataset *ds = open_tree("in");
    static const char *const word[] = {"<pad>", "<unk>", "the", "train"};
    for (int i = 0; i < 4; i++)
        cr_assert_str_eq(vocab_word(ds->vocab, i), word[i]);
    cr_assert_eq(vocab_find(ds->vocab, "test", 4), -1); /* a word of the test half only */
    const struct items *it = &ds->items[SPLIT_TEST];
    cr_assert_eq(it->n, 40);
    cr_assert_eq(it->start[1], IMDB_STEPS); /* one <the>, 399 zebras */
    cr_assert(ds->tokens[SPLIT_TEST][0] == 2 && ds->tokens[SPLIT_TEST][1] == IMDB_UNK);
    for (size_t i = 0; i < it->n; i++)
        cr_assert_eq(it->target[i], i >= 20);
    size_t empty = 1; /* test/neg/10_2 comes before test/neg/1_2 */
    while (it->start[empty + 1] - it->start[empty] != 1)
        empty++;
    cr_assert_eq(ds->tokens[SPLIT_TEST][it->start[empty]], IMDB_UNK);
    cr_assert_eq(dataset_n_classes(ds), 2);
    cr_assert(dataset_serves(ds, TASK_CLASSIFY) && !dataset_serves(ds, TASK_LM));
    dataset_release(ds);
    strbuf_release(&text);
}

static void assert_equal(const struct dataset *a, const struct dataset *b)
{
    struct strbuf wa = {0}, wb = {0};
    cr_assert(vocab_join(a->vocab, &wa) == OK && vocab_join(b->vocab, &wb) == OK);
    cr_assert_str_eq(wa.s, wb.s);
    for (int i = 0; i < N_SPLITS; i++) {
        const struct items *x = &a->items[i], *y = &b->items[i];
        cr_assert(x->n == y->n && a->n_tokens[i] == b->n_tokens[i]);
        cr_assert_arr_eq(x->start, y->start, (x->n + 1) * sizeof *x->start);
        cr_assert_arr_eq(x->target, y->target, x->n * sizeof *x->target);
        cr_assert_arr_eq(x->seen, y->seen, x->n);
        cr_assert_arr_eq(a->tokens[i], b->tokens[i], a->n_tokens[i] * sizeof *a->tokens[i]);
    }
    strbuf_release(&wa);
    strbuf_release(&wb);
}

static const char source[HASH_HEX] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

Test(imdb, cache_comes_back_and_no_cut_or_change_passes)
{
    struct dataset *back;
    char *bytes, other[HASH_HEX];
    size_t n;
    put_tree("in", "");
    struct dataset *ds = open_tree("in");
    const char *path = scratch_path(&dir, "cache");
    cr_assert_eq(imdb_cache_save(path, ds, source), OK);
    cr_assert_eq(imdb_cache_load(path, source, &back), OK, "%s", status_message());
    assert_equal(ds, back);
    dataset_release(back);
    dataset_release(ds);
    memcpy(other, source, sizeof other);
    other[0] = 'f';
    cr_assert_eq(imdb_cache_load(path, other, &back), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "cache: is of other reviews"));
    cr_assert_eq(file_read(path, 1 << 20, &bytes, &n), OK);
    for (size_t cut = 0; cut < n; cut += 97)
        cr_assert_eq(imdb_cache_parse(bytes, cut, "c", source, &back), E_FORMAT);
    for (size_t i = 0; i < n; i += 61) {
        bytes[i] ^= 4;
        cr_assert_eq(imdb_cache_parse(bytes, n, "c", source, &back), E_FORMAT, "byte %zu", i);
        bytes[i] ^= 4;
    }
    mem_free(bytes);
}

/* With a right checksum over wrong content the arrays are still checked. */
Test(imdb, cache_distrusts_its_own_numbers)
{
    struct dataset *ds, *back;
    char *bytes;
    size_t n;
    put_tree("in", "");
    ds = open_tree("in");
    const char *path = scratch_path(&dir, "cache");
    cr_assert_eq(imdb_cache_save(path, ds, source), OK);
    dataset_release(ds);
    cr_assert_eq(file_read(path, 1 << 20, &bytes, &n), OK);
    for (size_t i = 0; i < 136; i++) /* every byte of the head */
        for (int bit = 0; bit < 8; bit += 7) {
            char hex[HASH_HEX];
            bytes[i] ^= (char)(1 << bit);
            cr_assert_eq(hash_bytes(bytes, n - 64, hex), OK);
            memcpy(bytes + n - 64, hex, 64);
            cr_assert_eq(imdb_cache_parse(bytes, n, "c", source, &back), E_FORMAT, "byte %zu", i);
            bytes[i] ^= (char)(1 << bit);
        }
    mem_free(bytes);
}

static struct store_entry entry;

static enum status add(const char *from, const char *label)
{
    return store_add(scratch_path(&dir, "data"), "imdb", scratch_path(&dir, from), label, &entry);
}

Test(imdb, store_adds_opens_and_repairs_the_cache)
{
    char data[96];
    snprintf(data, sizeof data, "%s/data", dir.dir);
    struct dataset_request rq = {.name = "mine", .data_dir = data};
    struct dataset *first, *ds;
    struct strbuf before = {0}, after = {0};
    put_tree("in", "");
    cr_assert_eq(add("in", NULL), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "in: 20 reviews in train/neg/ (IMDB has 12500"));
    cr_assert_eq(file_exists(scratch_path(&dir, "data")), 0);
    cr_assert_eq(add("in", "mine"), OK, "%s", status_message());
    cr_assert(entry.n_lines[0] == 36 && entry.n_lines[1] == 4 && entry.n_lines[2] == 40);
    cr_assert_str_eq(entry.fact[3].name, "leak");
    scratch_list(scratch_path(&dir, "data"), &before);
    cr_assert_eq(dataset_open(&rq, &first), OK, "%s", status_message());
    cr_assert(first->task == TASK_CLASSIFY && first->kind == DATASET_REAL);
    cr_assert_str_eq(first->name, "mine");
    cr_assert_str_eq(first->sha256, entry.sha256);
    static const char *const spoilt[] = {"", "brdsIMDB and more", NULL};
    for (int i = 0; i < 3; i++) {
        const char *cache = scratch_path(&dir, "data/mine/tokens.cache");
        if (spoilt[i] != NULL)
            scratch_write(&dir, "data/mine/tokens.cache", spoilt[i], strlen(spoilt[i]));
        else
            cr_assert_eq(remove(cache), 0);
        cr_assert_eq(dataset_open(&rq, &ds), OK, "%s", status_message());
        assert_equal(first, ds);
        dataset_release(ds);
    }
    scratch_list(scratch_path(&dir, "data"), &after);
    cr_assert_str_eq(after.s, before.s); /* it is there again */
    cr_assert_eq(store_verify(rq.data_dir, "mine", &entry), OK, "%s", status_message());
    dataset_release(first);
    strbuf_release(&before);
    strbuf_release(&after);
}

Test(imdb, verify_finds_changed_reviews)
{
    struct bundle b;
    put_tree("in", "");
    cr_assert_eq(add("in", "mine"), OK);
    const char *tar = scratch_path(&dir, "data/mine/reviews.tar");
    cr_assert_eq(bundle_load(tar, 100000, &b), OK);
    b.file[3].bytes[0] ^= 1;
    cr_assert_eq(bundle_save(&b, tar), OK);
    bundle_release(&b);
    cr_assert_eq(store_verify(scratch_path(&dir, "data"), "mine", &entry), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "data/mine/reviews.tar: sha256 is "));
    cr_assert_eq(remove(tar), 0);
    cr_assert_eq(store_verify(scratch_path(&dir, "data"), "mine", &entry), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "reviews.tar: is missing"));
}
