/* test_store.c - the data folder: adding, finding, listing, verifying, and leaving no traces. */
#include "datasets/store.h"

#include "base/file.h"
#include "base/mem.h"
#include "datasets/label.h"
#include "datasets/members.h"
#include "tests/scratch.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

static struct scratch dir;
static struct store_entry entry;

static void setup(void)
{
    scratch_make(&dir);
}

static void teardown(void)
{
    scratch_remove(&dir);
}

TestSuite(store, .init = setup, .fini = teardown);

static void put_small(const char *below, const char *train)
{
    char name[64];
    snprintf(name, sizeof name, "%s/ptb.train.txt", below);
    scratch_write(&dir, name, train, strlen(train));
    snprintf(name, sizeof name, "%s/ptb.valid.txt", below);
    scratch_write(&dir, name, "a b\n", 4);
    snprintf(name, sizeof name, "%s/ptb.test.txt", below);
    scratch_write(&dir, name, "b\na\n", 4);
}

static const char *data(void)
{
    return scratch_path(&dir, "data");
}

static enum status add(const char *from, const char *label)
{
    return store_add(data(), "ptb", scratch_path(&dir, from), label, &entry);
}

/* Adding must fail with `status` and `part`, and change nothing in the data folder. */
static void refuse(enum status status, const char *from, const char *label, const char *part)
{
    struct strbuf before = {0}, after = {0};
    scratch_list(data(), &before);
    cr_assert_eq(add(from, label), status, "%s: %s", part, status_message());
    cr_assert_not_null(strstr(status_message(), part), "%s", status_message());
    scratch_list(data(), &after);
    cr_assert_str_eq(strbuf_text(&after), strbuf_text(&before));
    strbuf_release(&before);
    strbuf_release(&after);
}

Test(store, add_find_verify_and_again)
{
    struct store_entry found;
    put_small("in", "a b a\n<unk>\n");
    cr_assert_eq(add("in", "tiny-1.a_b"), OK, "%s", status_message());
    cr_assert_str_eq(entry.label, "tiny-1.a_b");
    cr_assert_str_eq(entry.corpus, "ptb");
    cr_assert_eq(entry.known, 0);
    const size_t lines[] = {2, 1, 2}, tokens[] = {6, 3, 4};
    cr_assert_arr_eq(entry.n_lines, lines, sizeof lines);
    cr_assert_arr_eq(entry.n_tokens, tokens, sizeof tokens);
    cr_assert_eq(entry.n_words, 4);
    struct strbuf l = {0}, again = {0};
    scratch_list(data(), &l);
    cr_assert_not_null(strstr(l.s, "tiny-1.a_b/ptb.test.txt 4\ntiny-1.a_b/ptb.train.txt 12\n"
                                   "tiny-1.a_b/ptb.valid.txt 4\n"),
                       "%s", l.s);
    cr_assert_not_null(strstr(l.s, "tiny-1.a_b/corpus.json "));
    cr_assert_eq(store_find(data(), "tiny-1.a_b", &found), OK);
    cr_assert_arr_eq(&found, &entry, sizeof found);
    cr_assert_eq(store_verify(data(), "tiny-1.a_b", &found), OK, "%s", status_message());
    cr_assert_arr_eq(&found, &entry, sizeof found);
    cr_assert_eq(add("in", "tiny-1.a_b"), OK); /* the same again is fine */
    scratch_list(data(), &again);
    cr_assert_str_eq(again.s, l.s);
    strbuf_release(&l);
    strbuf_release(&again);
}

Test(store, another_corpus_under_a_taken_label_is_refused)
{
    put_small("in", "a b\n");
    put_small("other", "a b b\n");
    cr_assert_eq(add("in", "tiny"), OK);
    refuse(E_USAGE, "other", "tiny", "data/tiny: holds another corpus, sha256 ");
    cr_assert_not_null(strstr(status_message(), "remove that folder first"));
    cr_assert_eq(store_verify(data(), "tiny", &entry), OK);
    scratch_write(&dir, "data/mine/notes", "x", 1); /* not ours to replace */
    refuse(E_USAGE, "in", "mine", "data/mine: is there, but holds no corpus.json");
    scratch_write(&dir, "data/tiny/ptb.test.txt", "b\nb\n", 4);
    refuse(E_FORMAT, "in", "tiny", "data/tiny: cannot be replaced (remove that folder first)");
}

Test(store, label_rules)
{
    static const char *const bad[] = {
        "",      ".",         "..",          "../x",         "a/b",     "-a",
        "_a",    ".hid",      "Tiny",        "a b",          "ptb",     "imdb",
        "timit", "a-standin", "imdb-kaggle", "timit-sample", "\xc3\xa9"};
    char longest[66];
    put_small("in", "a b\n");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuse(E_USAGE, "in", bad[i], "label");
    memset(longest, 'a', 65);
    longest[64] = '\0';
    refuse(E_USAGE, "in", longest, "not a label");
    longest[63] = '\0';
    cr_assert_eq(add("in", longest), OK, "%s", status_message());
    cr_assert_eq(store_find(data(), longest, &entry), OK);
    cr_assert_str_eq(entry.label, longest);
    cr_assert_eq(add("in", "0"), OK);
}

Test(store, unknown_names_paths_and_digests)
{
    put_small("in", "a b\n");
    refuse(E_FORMAT, "in", NULL, "in/ptb.train.txt: sha256 is ");
    cr_assert_not_null(strstr(status_message(), "PTB has fcea919f6cf83f35"));
    cr_assert_not_null(strstr(status_message(), "--as LABEL"));
    refuse(E_IO, "absent", "x", "absent: cannot open");
    cr_assert_eq(store_add(data(), "wsj", "in", NULL, &entry), E_USAGE);
    cr_assert_str_eq(status_message(), "wsj: unknown corpus (known: ptb, imdb, timit)");
    cr_assert_eq(store_add(data(), "imdb", scratch_path(&dir, "in"), NULL, &entry), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "in: no review in it"));
    cr_assert_not_null(store_licence("ptb"));
    cr_assert_null(store_licence("wsj"));
    cr_assert_eq(remove(scratch_path(&dir, "in/ptb.test.txt")), 0);
    refuse(E_FORMAT, "in", "x", "in: ptb.test.txt is missing");
    cr_assert_eq(file_exists(data()), 0); /* not even the data folder was made */
}

Test(store, bad_text_is_named_by_file_and_line)
{
    put_small("in", "a b\n\xff\n");
    refuse(E_FORMAT, "in", "x", "in/ptb.train.txt:2: invalid UTF-8");
    struct archive_maker *m = archive_make(scratch_path(&dir, "in.tgz"), "tar.gz");
    archive_put(m, "d/train.txt", "a\nb\rc\n", 6);
    archive_put(m, "d/valid.txt", "a\n", 2);
    archive_put(m, "d/test.txt", "a\n", 2);
    archive_done(m);
    refuse(E_FORMAT, "in.tgz", "x", "in.tgz/d/train.txt:2: a carriage return");
}

Test(store, unwritable_folder_leaves_nothing)
{
    put_small("in", "a b\n");
    scratch_write(&dir, "data", "a file in the place of the folder", 4);
    cr_assert_eq(add("in", "x"), E_IO, "%s", status_message());
    cr_assert_eq(remove(data()), 0);
    scratch_write(&dir, "data/x", "a file in the place of the label", 4);
    refuse(E_USAGE, "in", "x", "data/x: is there");
}

/* The disk fills up while a member is written: a limit on the size of files stands for that. */
Test(store, failed_write_leaves_nothing)
{
    struct rlimit whole, small;
    char train[9000];
    for (size_t i = 0; i < sizeof train; i++)
        train[i] = "a b\n"[i % 4];
    train[sizeof train - 1] = '\0';
    put_small("in", train);
    scratch_write(&dir, "data/other/notes", "x", 1);
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &whole), 0);
    small = whole;
    small.rlim_cur = 5000;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    refuse(E_IO, "in", "x", "ptb.train.txt: cannot write: ");
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &whole), 0);
    cr_assert_eq(add("in", "x"), OK, "%s", status_message());
}

static enum status list(void *ctx, const struct store_entry *e)
{
    strbuf_addf(ctx, "%s %zu;", e->label, e->n_tokens[0]);
    return OK;
}

Test(store, each_lists_in_order_and_passes_over_the_rest)
{
    struct strbuf l = {0};
    cr_assert_eq(store_each(data(), list, &l), OK); /* no folder, nothing in it */
    put_small("in", "a b\n");
    put_small("in2", "a b b\n");
    cr_assert_eq(add("in2", "b"), OK);
    cr_assert_eq(add("in", "a.x"), OK);
    cr_assert_eq(add("in", "a"), OK);
    scratch_write(&dir, "data/c/corpus.json", "{", 1);
    scratch_write(&dir, "data/.d.AAAAAA/corpus.json", "{", 1);
    scratch_write(&dir, "data/file", "x", 1);
    cr_assert_eq(store_each(data(), list, &l), OK, "%s", status_message());
    cr_assert_str_eq(l.s, "a 3;a.x 3;b 4;");
    strbuf_release(&l);
}

/* store_verify must be E_FORMAT with `part`. */
static void assert_corrupt(const char *label, const char *part)
{
    cr_assert_eq(store_verify(data(), label, &entry), E_FORMAT, "not found: %s", part);
    cr_assert_not_null(strstr(status_message(), part), "%s", status_message());
}

/* Puts `with` in the place of `what` in corpus.json. */
static void edit(const char *what, const char *with)
{
    char *bytes, *at;
    size_t n;
    struct strbuf b = {0};
    cr_assert_eq(file_read(scratch_path(&dir, "data/t/corpus.json"), 9999, &bytes, &n), OK);
    at = strstr(bytes, what);
    cr_assert_not_null(at, "%s", bytes);
    strbuf_add_bytes(&b, bytes, (size_t)(at - bytes));
    strbuf_addf(&b, "%s%s", with, at + strlen(what));
    scratch_write(&dir, "data/t/corpus.json", b.s, b.n);
    strbuf_release(&b);
    mem_free(bytes);
}

Test(store, verify_finds_changed_and_missing_files)
{
    put_small("in", "a b\n");
    cr_assert_eq(add("in", "t"), OK);
    scratch_write(&dir, "data/t/ptb.valid.txt", "a a\n", 4);
    assert_corrupt("t", "data/t/ptb.valid.txt: sha256 is ");
    cr_assert_eq(remove(scratch_path(&dir, "data/t/ptb.valid.txt")), 0);
    assert_corrupt("t", "data/t/ptb.valid.txt: is missing");
    cr_assert_eq(store_verify(data(), "u", &entry), E_ABSENT);
    cr_assert_not_null(strstr(status_message(), "u: not in "));
    cr_assert_eq(store_verify(data(), "../t", &entry), E_USAGE);
}

Test(store, verify_distrusts_corpus_json)
{
    put_small("in", "a b\n");
    cr_assert_eq(add("in", "t"), OK);
    edit("\"words\": 3", "\"words\": 4");
    assert_corrupt("t", "3 words (corpus.json says 4)");
    edit("\"words\": 4", "\"words\": -1");
    assert_corrupt("t", "corpus.json: 'words' is no count");
    edit("\"words\": -1", "\"words\": 3");
    edit("\"tokens\": 3", "\"tokens\": 5");
    assert_corrupt("t", "tokens (corpus.json says 1 and 5)");
    edit("\"tokens\": 5", "\"tokens\": 3");
    edit("\"label\": \"t\"", "\"label\": \"s\"");
    assert_corrupt("t", "is of 's', not of 't'");
    edit("\"label\": \"s\"", "\"label\": \"t\"");
    cr_assert_eq(store_verify(data(), "t", &entry), OK, "%s", status_message());
    edit("\"sha256\": \"", "\"sha256\": \"0");
    assert_corrupt("t", "corpus.json: 'sha256' is no text of at most 64 bytes");
}

/* Corpus.json of another text under the name of the real one. */
Test(store, false_ptb_is_refused)
{
    put_small("in", "a b\n");
    cr_assert_eq(add("in", "t"), OK);
    edit("\"label\": \"t\"", "\"label\": \"ptb\"");
    cr_assert_eq(rename(scratch_path(&dir, "data/t"), scratch_path(&dir, "data/ptb")), 0);
    assert_corrupt("ptb", "the digests are not those of the real ptb");
}

static void assert_real(const char *path)
{
    struct scratch home;
    scratch_make(&home);
    cr_assert_eq(store_add(home.dir, "ptb", path, NULL, &entry), OK, "%s", status_message());
    cr_assert_eq(store_verify(home.dir, "ptb", &entry), OK, "%s", status_message());
    cr_assert(entry.known && strcmp(entry.label, "ptb") == 0);
    cr_assert_eq(entry.n_tokens[0], 929589);
    cr_assert_eq(entry.n_lines[2], 3761);
    cr_assert_eq(entry.n_words, 10000);
    scratch_remove(&home);
}

Test(store, real_ptb_from_archive_folders_and_file)
{
    char *path;
    struct members m;
    const char *shared = getenv("SHARED_DATA");
    cr_assert_eq(file_join(&path, shared != NULL ? shared : ".", "ptb.tar.xz"), OK);
    if (!file_exists(path)) {
        teardown(); /* a skipped test does not reach it */
        cr_skip_test("the real PTB is not here");
    }
    cr_assert_eq(members_find(path, 6000000, &m), OK);
    for (int i = 0; i < N_SPLITS; i++) {
        char name[64];
        snprintf(name, sizeof name, "x/simple-examples/data/%s", members_file((enum split)i));
        scratch_write(&dir, name, m.bytes[i], m.n_bytes[i]);
    }
    members_release(&m);
    assert_real(path);
    assert_real(scratch_path(&dir, "x/simple-examples/data"));
    assert_real(scratch_path(&dir, "x"));
    assert_real(scratch_path(&dir, "x/simple-examples/data/ptb.train.txt"));
    mem_free(path);
}
