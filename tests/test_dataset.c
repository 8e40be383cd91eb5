/* test_dataset.c - opening corpora and stand-ins by name; other vocabularies; names. */
#include "datasets/dataset.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "datasets/standin.h"
#include "datasets/store.h"
#include "tests/scratch.h"

#include <criterion/criterion.h>
#include <math.h>
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

TestSuite(dataset, .init = setup, .fini = teardown);

static enum status open_by(const char *name, int standin, int if_absent, struct dataset **ds)
{
    struct dataset_request rq = {.name = name,
                                 .data_dir = scratch_path(&dir, "data"),
                                 .standin = standin,
                                 .standin_if_absent = if_absent};
    return dataset_open(&rq, ds);
}

static void add_tiny(const char *label)
{
    struct store_entry e;
    scratch_write(&dir, "in/train.txt", "a b a\n<unk> c\n", 14);
    scratch_write(&dir, "in/valid.txt", "c z\n", 4);
    scratch_write(&dir, "in/test.txt", "b\n", 2);
    cr_assert_eq(store_add(scratch_path(&dir, "data"), "ptb", scratch_path(&dir, "in"), label, &e),
                 OK, "%s", status_message());
}

Test(dataset, label_opens_what_was_added)
{
    struct dataset *ds;
    struct store_entry e;
    add_tiny("tiny");
    cr_assert_eq(open_by("tiny", 0, 0, &ds), OK, "%s", status_message());
    cr_assert_str_eq(ds->name, "tiny");
    cr_assert(ds->kind == DATASET_REAL && ds->task == TASK_LM && isnan(ds->entropy_nats));
    cr_assert_eq(store_find(scratch_path(&dir, "data"), "tiny", &e), OK);
    cr_assert_str_eq(ds->sha256, e.sha256);
    const int32_t train[] = {1, 3, 1, 0, 2, 4, 0}, valid[] = {4, 2, 0}; /* <eos> a <unk> b c */
    cr_assert_eq(ds->n_tokens[SPLIT_TRAIN], 7);
    cr_assert_arr_eq(ds->tokens[SPLIT_TRAIN], train, sizeof train);
    cr_assert_arr_eq(ds->tokens[SPLIT_VALID], valid, sizeof valid);
    dataset_release(ds);
}

Test(dataset, changed_bytes_are_refused)
{
    struct dataset *ds;
    add_tiny("tiny");
    scratch_write(&dir, "data/tiny/ptb.test.txt", "a\n", 2);
    cr_assert_eq(open_by("tiny", 0, 0, &ds), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "data/tiny/ptb.test.txt: sha256 is "));
    cr_assert_null(ds);
}

Test(dataset, absent_and_unknown_names)
{
    struct dataset *ds;
    struct strbuf want = {0};
    strbuf_addf(&want,
                "ptb: not in %s/data (add it with: brds data add ptb PATH, or use --standin)",
                dir.dir);
    cr_assert_eq(open_by("ptb", 0, 0, &ds), E_ABSENT);
    cr_assert_str_eq(status_message(), want.s);
    strbuf_release(&want);
    cr_assert_null(ds);
    add_tiny("tiny");
    static const char *const unknown[] = {"wsj", "../data/tiny", "", "PTB", "tiny-standin"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        cr_assert_eq(open_by(unknown[i], 1, 1, &ds), E_USAGE, "%s", unknown[i]);
        cr_assert_not_null(
            strstr(status_message(),
                   ": unknown data set (known: ptb, imdb, imdb-kaggle, timit, timit-sample, "
                   "ptb-standin, imdb-standin, timit-standin, tiny)"),
            "%s", status_message());
    }
    cr_assert_eq(open_by("imdb-kaggle", 0, 0, &ds), E_ABSENT);
    cr_assert_not_null(strstr(status_message(), "(add it with: brds data add imdb PATH, or use"));
}

static void assert_standin(const char *name, int standin, int if_absent)
{
    struct dataset *ds;
    cr_assert_eq(open_by(name, standin, if_absent, &ds), OK, "%s", status_message());
    cr_assert_str_eq(ds->name, "ptb-standin");
    cr_assert_eq(ds->kind, DATASET_SYNTHETIC);
    cr_assert_eq(vocab_size(ds->vocab), 309);
    cr_assert_str_eq(ds->sha256,
                     "14ed42d9dd33419076b0b2cf8821a97d4313637d6bbecee0246d3ab4357118ba");
    struct standin_text t;
    cr_assert_eq(standin_split(SPLIT_TEST, &t), OK);
    cr_assert_eq(ds->n_tokens[SPLIT_TEST], t.n_tokens);
    cr_assert_eq(ds->entropy_nats, t.nll_nats / (double)t.n_tokens);
    standin_release(&t);
    dataset_release(ds);
}

Test(dataset, standin_by_name_by_wish_and_when_absent)
{
    assert_standin("ptb-standin", 0, 0);
    assert_standin("ptb", 1, 0);
    assert_standin("ptb", 0, 1);
}

/* Cross-entropy of test under an interpolated bigram fitted on train, at its best weight. */
static double bigram_nats(const struct dataset *ds)
{
    const int n = (int)vocab_size(ds->vocab);
    double *pair, *single, best = INFINITY;
    cr_assert_eq(mem_new(&pair, (size_t)(n * n), sizeof *pair), OK);
    cr_assert_eq(mem_new(&single, (size_t)n, sizeof *single), OK);
    const int32_t *t = ds->tokens[SPLIT_TRAIN], *x = ds->tokens[SPLIT_TEST];
    const size_t n_train = ds->n_tokens[SPLIT_TRAIN], n_test = ds->n_tokens[SPLIT_TEST];
    for (size_t i = 0; i < n_train; i++)
        single[t[i]]++;
    for (size_t i = 1; i < n_train; i++)
        pair[t[i - 1] * n + t[i]]++;
    for (double w = 0.05; w < 1; w += 0.05) {
        double nats = 0;
        for (size_t i = 1; i < n_test; i++)
            nats -= log(w * pair[x[i - 1] * n + x[i]] / single[x[i - 1]] +
                        (1 - w) * single[x[i]] / (double)n_train);
        best = fmin(best, nats / (double)(n_test - 1));
    }
    mem_free(pair);
    mem_free(single);
    return best;
}

Test(dataset, standin_has_more_to_learn_than_a_bigram)
{
    struct dataset *ds;
    cr_assert_eq(open_by("ptb-standin", 0, 0, &ds), OK);
    double bigram = bigram_nats(ds), se = 0.05;
    log_note("stand-in: entropy %.4f of test, %.4f expected; bigram %.4f nats a token",
             ds->entropy_nats, standin_entropy_nats(), bigram);
    cr_assert_gt(bigram, ds->entropy_nats + 0.25);
    cr_assert_lt(fabs(ds->entropy_nats - standin_entropy_nats()), se);
    dataset_release(ds);
}

Test(dataset, adopts_another_vocabulary)
{
    struct dataset *ds;
    struct vocab *v;
    add_tiny("tiny");
    cr_assert_eq(open_by("tiny", 0, 0, &ds), OK);
    cr_assert_eq(vocab_parse("<unk>\nb\n<eos>\nzebra\na", "m", &v), OK);
    cr_assert_eq(dataset_adopt_vocab(ds, v), OK);
    vocab_release(v); /* the dataset has its own */
    const int32_t train[] = {4, 1, 4, 2, 0, 0, 2};
    cr_assert_arr_eq(ds->tokens[SPLIT_TRAIN], train, sizeof train);
    cr_assert_str_eq(vocab_word(ds->vocab, 3), "zebra");
    cr_assert_eq(vocab_parse("b\n<eos>\na\n", "m", &v), OK);
    cr_assert_eq(dataset_adopt_vocab(ds, v), E_FORMAT);
    cr_assert_str_eq(status_message(),
                     "tiny: the model's vocabulary lacks the word '<unk>' and has no <unk>");
    cr_assert_arr_eq(ds->tokens[SPLIT_TRAIN], train, sizeof train); /* as before */
    vocab_release(v);
    cr_assert_eq(vocab_parse("b\n<unk>\na\n", "m", &v), OK);
    cr_assert_eq(dataset_adopt_vocab(ds, v), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "lacks the word '<eos>'"));
    vocab_release(v);
    dataset_release(ds);
}

Test(dataset, names_go_both_ways)
{
    enum split s;
    enum task t;
    for (int i = 0; i < N_SPLITS; i++)
        cr_assert(split_parse(split_name((enum split)i), &s) == OK && (int)s == i);
    for (int i = 0; i <= TASK_CTC; i++)
        cr_assert(task_parse(task_name((enum task)i), &t) == OK && (int)t == i);
    cr_assert_eq(split_parse("dev", &s), E_USAGE);
    cr_assert_str_eq(status_message(), "dev: unknown split (known: train, valid, test)");
    cr_assert_eq(task_parse("", &t), E_USAGE);
    cr_assert_str_eq(dataset_kind_name(DATASET_SYNTHETIC), "synthetic");
}

Test(dataset, real_ptb)
{
    char *path;
    struct store_entry e;
    struct dataset *ds;
    const char *shared = getenv("SHARED_DATA");
    cr_assert_eq(file_join(&path, shared != NULL ? shared : ".", "ptb.tar.xz"), OK);
    if (!file_exists(path)) {
        teardown(); /* a skipped test does not reach it */
        cr_skip_test("the real PTB is not here");
    }
    cr_assert_eq(store_add(scratch_path(&dir, "data"), "ptb", path, NULL, &e), OK);
    cr_assert_eq(open_by("ptb", 0, 1, &ds), OK, "%s", status_message()); /* no stand-in needed */
    cr_assert_str_eq(ds->name, "ptb");
    cr_assert(ds->kind == DATASET_REAL && isnan(ds->entropy_nats));
    cr_assert_eq(ds->n_tokens[SPLIT_TEST], 82430);
    cr_assert_eq(vocab_size(ds->vocab), 10000);
    dataset_release(ds);
    mem_free(path);
}
