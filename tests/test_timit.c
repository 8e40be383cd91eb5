/* test_timit.c - trees of speech: finding, refusing, parting; the stand-in; the data folder. */
#include "datasets/timit.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "datasets/batch.h"
#include "datasets/phones.h"
#include "datasets/store.h"
#include "datasets/timit_find.h"
#include "datasets/timit_speakers.h"
#include "datasets/timit_standin.h"
#include "tests/scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct scratch dir;
static struct bundle standin; /* where good files come from */
static struct store_entry entry;

static void setup(void)
{
    scratch_make(&dir);
    cr_assert_eq(timit_standin_bundle(&standin), OK, "%s", status_message());
}

static void teardown(void)
{
    bundle_release(&standin);
    scratch_remove(&dir);
}

TestSuite(timit, .init = setup, .fini = teardown);

/* Writes utterance u of the stand-in as STEM.PHN_END and STEM.WAV_END. */
static void put(size_t u, const char *stem, const char *phn_end, const char *wav_end)
{
    char name[128];
    snprintf(name, sizeof name, "%s%s", stem, phn_end);
    scratch_write(&dir, name, standin.file[2 * u].bytes, standin.file[2 * u].n_bytes);
    snprintf(name, sizeof name, "%s%s", stem, wav_end);
    scratch_write(&dir, name, standin.file[2 * u + 1].bytes, standin.file[2 * u + 1].n_bytes);
}

static enum status find(const char *from, struct bundle *b)
{
    return timit_find(scratch_path(&dir, from), b);
}

static void refuse(const char *from, const char *part)
{
    struct bundle b;
    cr_assert_eq(find(from, &b), E_FORMAT, "accepted: %s", part);
    cr_assert_not_null(strstr(status_message(), part), "%s", status_message());
    cr_assert_eq(b.n, 0);
}

/* One utterance each of a training, a development and a core test speaker. */
static void put_tree(const char *below)
{
    static const char *const stem[] = {"TRAIN/DR1/FCJF0/SI648", "TEST/DR1/FAKS0/SX133",
                                       "TEST/DR1/MDAB0/SI1039"};
    for (size_t i = 0; i < 3; i++) {
        char name[96];
        snprintf(name, sizeof name, "%s/%s", below, stem[i]);
        put(i, name, ".PHN", ".WAV");
    }
}

static void assert_tree(const char *from)
{
    static const char *const name[] = {"test/dr1/faks0/sx133.phn",  "test/dr1/faks0/sx133.wav",
                                       "test/dr1/mdab0/si1039.phn", "test/dr1/mdab0/si1039.wav",
                                       "train/dr1/fcjf0/si648.phn", "train/dr1/fcjf0/si648.wav"};
    struct bundle b;
    cr_assert_eq(find(from, &b), OK, "%s", status_message());
    cr_assert_eq(b.n, 6);
    for (size_t i = 0; i < 6; i++)
        cr_assert_str_eq(b.file[i].name, name[i]);
    bundle_release(&b);
}

Test(timit, tree_in_any_case_without_sa_and_other_speakers)
{
    put_tree("a/TIMIT");
    put(5, "a/TIMIT/TRAIN/DR1/FCJF0/SA1", ".PHN", ".WAV");
    put(6, "a/TIMIT/TEST/DR1/FJEM9/SI1", ".PHN", ".WAV"); /* neither dev nor core */
    scratch_write(&dir, "a/TIMIT/TRAIN/DR1/FCJF0/SI648.TXT", "no", 2);
    assert_tree("a");
    assert_tree("a/TIMIT");
    put(0, "b/train/dr1/fcjf0/si648", ".phn", ".wav");
    put(1, "b/test/Dr1/faks0/sx133", ".Phn", ".Wav");
    put(2, "b/test/dr1/mdab0/si1039", ".phn", ".wav");
    assert_tree("b");
}

Test(timit, doubled_names_are_one_utterance)
{
    put_tree("a");
    put(0, "a/TRAIN/DR1/FCJF0/SI648", ".PHN", ".WAV.wav"); /* beside .WAV */
    assert_tree("a");
    cr_assert_eq(remove(scratch_path(&dir, "a/TRAIN/DR1/FCJF0/SI648.WAV")), 0);
    assert_tree("a");                                  /* alone */
    put(0, "a/train/dr1/fcjf0/si648", ".phn", ".wav"); /* the same again in another case */
    assert_tree("a");
    put(3, "a/train/dr1/fcjf0/si648", ".phn", ".wav");
    refuse("a", "two different files of one name, train/dr1/fcjf0/si648.phn");
}

Test(timit, refuses_what_lacks_or_is_bad)
{
    struct bundle b;
    cr_assert_eq(find("absent", &b), E_IO);
    scratch_write(&dir, "none/readme", "x", 1);
    refuse("none", "none: no utterance in it (expected {TRAIN,TEST}/DRn/SPKR/*.{WAV,PHN} or");
    put_tree("a");
    scratch_write(&dir, "a/TRAIN/DR1/FCJF0/SI648.WAV", "NIST_1A\n   1024\n", 16);
    refuse("a", "a/TRAIN/DR1/FCJF0/SI648.WAV: the header of 1024 bytes is cut short");
    const struct member *wav = &standin.file[1];
    scratch_write(&dir, "a/TRAIN/DR1/FCJF0/SI648.WAV", wav->bytes, wav->n_bytes - 100);
    refuse("a", "SI648.WAV: cut short: ");
    cr_assert_eq(remove(scratch_path(&dir, "a/TRAIN/DR1/FCJF0/SI648.WAV")), 0);
    refuse("a", "a/TRAIN/DR1/FCJF0/SI648.PHN: there is no .WAV beside it");
    put_tree("a");
    scratch_write(&dir, "a/TEST/DR1/FAKS0/SX133.PHN", "0 10 h#\n10 20 zz\n", 17);
    refuse("a", "a/TEST/DR1/FAKS0/SX133.PHN:2: unknown phone 'zz'");
    cr_assert_eq(remove(scratch_path(&dir, "a/TEST/DR1/FAKS0/SX133.PHN")), 0);
    refuse("a", "a/TEST/DR1/FAKS0/SX133.WAV: there is no .PHN beside it");
}

Test(timit, labels_must_fit_the_speech)
{
    struct bundle b;
    size_t frames, phones;
    put_tree("a");
    scratch_write(&dir, "a/TRAIN/DR1/FCJF0/SI648.PHN", "0 10 h#\n10 99999999 aa\n", 23);
    cr_assert_eq(find("a", &b), OK);
    cr_assert_eq(timit_count(&b, NULL, 0, &frames, &phones), E_FORMAT);
    cr_assert_not_null(strstr(status_message(),
                              "a/TRAIN/DR1/FCJF0/SI648.PHN:2: ends at 99999999, beyond the audio"),
                       "%s", status_message());
    bundle_release(&b);
}

Test(timit, tree_is_parted_by_the_lists)
{
    struct bundle b;
    struct timit_split s;
    static const uint8_t want[] = {SPLIT_VALID, SPLIT_VALID, SPLIT_TEST,
                                   SPLIT_TEST,  SPLIT_TRAIN, SPLIT_TRAIN};
    put_tree("a");
    cr_assert_eq(find("a", &b), OK);
    cr_assert_eq(timit_split_make(&b, "a", 0, &s), OK, "%s", status_message());
    cr_assert_arr_eq(s.split, want, sizeof want);
    cr_assert(s.n_folds == 0 && s.n_speakers == 3);
    timit_split_release(&s);
    cr_assert_eq(timit_split_make(&b, "a", 1, &s), E_USAGE);
    bundle_release(&b);
    put(0, "c/TRAIN/DR1/FCJF0/SI648", ".PHN", ".WAV");
    cr_assert_eq(find("c", &b), OK);
    cr_assert_eq(timit_split_make(&b, "c", 0, &s), E_FORMAT);
    cr_assert_str_eq(status_message(), "c: no development speaker in TEST");
    bundle_release(&b);
    cr_assert(timit_is_dev("mrjm4") && timit_is_core("fmld0") && !timit_is_core("mrjm4"));
}

Test(timit, folds_leave_one_region_out)
{
    struct timit_split s;
    for (int fold = 0; fold < 6; fold++) {
        size_t n[N_SPLITS] = {0};
        cr_assert_eq(timit_split_make(&standin, "s", fold, &s), OK);
        cr_assert(s.n_folds == 6 && s.n_speakers == 12);
        for (size_t i = 0; i < standin.n; i++) {
            const int region = standin.file[i].name[9] - '1';
            const enum split want = region == fold             ? SPLIT_TEST
                                    : region == (fold + 1) % 6 ? SPLIT_VALID
                                                               : SPLIT_TRAIN;
            cr_assert_eq(s.split[i], want);
            n[want]++;
        }
        cr_assert(n[SPLIT_TEST] == 32 && n[SPLIT_VALID] == 32 && n[SPLIT_TRAIN] == 128);
        timit_split_release(&s);
    }
    cr_assert_eq(timit_split_make(&standin, "s", 6, &s), E_USAGE);
    cr_assert_str_eq(status_message(), "fold 6: there are 6, from 0");
    cr_assert_eq(timit_split_make(&standin, "s", -1, &s), E_USAGE);
}

/* Accuracy on test of the nearest mean of each scored class among the normalised frames of
train. */
static double nearest_mean(const struct dataset *ds)
{
    const int width = ds->n_in;
    double(*sum)[200], count[N_PHONES_39] = {0}, right = 0, n = 0;
    cr_assert_eq(mem_new(&sum, N_PHONES_39, sizeof *sum), OK);
    for (int pass = 0; pass < 2; pass++) {
        const enum split split = pass == 0 ? SPLIT_TRAIN : SPLIT_TEST;
        for (size_t t = 0; t < ds->n_tokens[split]; t++) {
            const float *x = ds->frames[split] + t * (size_t)width;
            const int truth = ds->fold[ds->items[split].step_label[t]];
            int best = -1;
            double least = 1e300;
            for (int c = 0; pass == 1 && c < N_PHONES_39; c++) {
                double d = 0;
                for (int i = 0; i < width; i++) {
                    const double e = (x[i] - sum[c][i] / count[c]) / (double)ds->input_std[i];
                    d += e * e;
                }
                if (count[c] != 0 && d < least) {
                    least = d;
                    best = c;
                }
            }
            if (pass == 1) {
                right += best == truth;
                n++;
                continue;
            }
            count[truth]++;
            for (int i = 0; i < width; i++)
                sum[truth][i] += x[i];
        }
    }
    mem_free(sum);
    return right / n;
}

Test(timit, standin_needs_more_than_single_frames)
{
    struct dataset_request rq = {.name = "timit", .standin = 1, .fold = 2, .n_in = 39};
    struct dataset *ds;
    cr_assert_eq(dataset_open(&rq, &ds), OK, "%s", status_message());
    cr_assert_str_eq(ds->name, "timit-standin");
    cr_assert(ds->kind == DATASET_SYNTHETIC && ds->task == TASK_FRAMES);
    cr_assert_str_eq(ds->sha256,
                     "a91b30840ecf8553bf1c4598346c2d782f16e1668122d9f154d884f1a360310f");
    cr_assert(ds->items[0].n == 64 && ds->items[1].n == 16 && ds->items[2].n == 16);
    cr_assert_eq(dataset_n_classes(ds), 61);
    cr_assert_eq(dataset_n_scored(ds), 39);
    cr_assert(dataset_serves(ds, TASK_CTC) && !dataset_serves(ds, TASK_CLASSIFY));
    cr_assert_eq(vocab_size(ds->groups), 12);
    const double share = nearest_mean(ds);
    log_note("timit-standin: nearest mean of single frames %.1f %%", 100 * share);
    cr_assert(share > 0.3 && share < 0.9, "%g", share);
    struct vocab *v;
    cr_assert_eq(vocab_parse("a\nb", "v", &v), OK);
    cr_assert_eq(dataset_adopt_vocab(ds, v), E_USAGE);
    vocab_release(v);
    dataset_release(ds);
    rq.n_in = 40;
    cr_assert_eq(dataset_open(&rq, &ds), E_USAGE);
    rq = (struct dataset_request){.name = "timit-standin", .fold = 6};
    cr_assert_eq(dataset_open(&rq, &ds), E_USAGE);
    cr_assert_null(ds);
}

/* Every frame of a split is a target once, at its own label, whatever the delay. */
static void assert_targets(const struct dataset *ds, int delay)
{
    struct batching how = {.task = TASK_FRAMES, .lanes = 5, .delay = delay};
    const struct items *it = &ds->items[SPLIT_TEST];
    struct batcher *b;
    size_t n = 0;
    cr_assert_eq(batcher_score(ds, SPLIT_TEST, &how, &b), OK, "%s", status_message());
    for (size_t i = 0; i < batcher_count(b); i++) {
        struct batch x;
        cr_assert_eq(batcher_get(b, i, &x), OK);
        for (int t = 0; t < x.steps; t++)
            for (int lane = 0; lane < x.lanes; lane++) {
                const int32_t target = x.targets[t * x.lanes + lane];
                const size_t at = it->start[x.item[lane]] + (size_t)(t - delay);
                if (target == NO_TARGET)
                    continue;
                cr_assert_eq(target, it->step_label[at]);
                n++;
            }
    }
    cr_assert_eq(n, ds->n_tokens[SPLIT_TEST]); /* the stand-in has no q */
    batcher_release(b);
}

Test(timit, every_frame_is_a_target_once)
{
    struct dataset_request rq = {.name = "timit-standin"};
    struct dataset *ds;
    cr_assert_eq(dataset_open(&rq, &ds), OK, "%s", status_message());
    cr_assert_eq(ds->n_in, 123);
    assert_targets(ds, 0);
    assert_targets(ds, 3);
    dataset_release(ds);
}

/* ---- the data folder ---- */

static enum status add(const char *from, const char *label)
{
    return store_add(scratch_path(&dir, "data"), "timit", scratch_path(&dir, from), label, &entry);
}

/* The stand-in in the layout of the sample. */
static void put_sample(const char *below)
{
    for (size_t i = 0; i < standin.n; i++) {
        const char *name = standin.file[i].name; /* sample/dr1/msya0/si1.phn */
        char path[128];
        snprintf(path, sizeof path, "%s/%.3s-%s", below, name + 7, name + 11);
        scratch_write(&dir, path, standin.file[i].bytes, standin.file[i].n_bytes);
    }
}

Test(timit, store_adds_verifies_and_opens)
{
    char data[96];
    struct dataset *ds, *direct;
    put_sample("in");
    snprintf(data, sizeof data, "%s/data", dir.dir);
    cr_assert_eq(add("in", NULL), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "not that of a known sample of TIMIT"));
    cr_assert_eq(file_exists(data), 0);
    cr_assert_eq(add("in", "mine"), OK, "%s", status_message());
    cr_assert(entry.n_lines[0] == 96 && entry.n_lines[1] == 0 && entry.n_words == 61);
    cr_assert_str_eq(entry.fact[1].text, "6, one for each dialect region");
    cr_assert_eq(store_verify(data, "mine", &entry), OK, "%s", status_message());
    struct dataset_request rq = {.name = "mine", .data_dir = data, .fold = 4};
    cr_assert_eq(dataset_open(&rq, &ds), OK, "%s", status_message());
    cr_assert_eq(ds->kind, DATASET_REAL);
    rq.name = "timit-standin";
    cr_assert_eq(dataset_open(&rq, &direct), OK);
    for (int i = 0; i < N_SPLITS; i++) {
        cr_assert_eq(ds->n_tokens[i], direct->n_tokens[i]);
        cr_assert_arr_eq(ds->frames[i], direct->frames[i],
                         ds->n_tokens[i] * (size_t)ds->n_in * sizeof(float));
    }
    dataset_release(ds);
    dataset_release(direct);
    struct bundle b;
    const char *tar = scratch_path(&dir, "data/mine/utterances.tar");
    cr_assert_eq(bundle_load(tar, 100000000, &b), OK);
    b.file[1].bytes[5000] ^= 1;
    cr_assert_eq(bundle_save(&b, tar), OK);
    bundle_release(&b);
    cr_assert_eq(store_verify(data, "mine", &entry), E_FORMAT);
    rq.name = "mine";
    cr_assert_eq(dataset_open(&rq, &ds), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "data/mine/utterances.tar: sha256 is "));
}

Test(timit, tree_of_few_is_not_timit)
{
    put_tree("a");
    cr_assert_eq(add("a", NULL), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "1, 1 and 1 utterances (TIMIT has 3696"));
    cr_assert_eq(add("a", "small"), OK, "%s", status_message());
    cr_assert(entry.n_lines[0] == 1 && entry.n_lines[1] == 1 && entry.n_lines[2] == 1);
}

Test(timit, real_sample)
{
    char *path, data[96];
    struct dataset *ds;
    const char *shared = getenv("SHARED_DATA");
    cr_assert_eq(file_join(&path, shared != NULL ? shared : ".", "timit-sample-12spk.tar.xz"), OK);
    if (!file_exists(path)) {
        teardown(); /* a skipped test does not reach it */
        cr_skip_test("TIMIT's sample is not here");
    }
    snprintf(data, sizeof data, "%s/data", dir.dir);
    cr_assert_eq(store_add(data, "timit", path, NULL, &entry), OK, "%s", status_message());
    cr_assert_str_eq(entry.label, "timit-sample");
    cr_assert(entry.known && entry.n_lines[0] == 96 && entry.n_tokens[0] == 28796);
    struct dataset_request rq = {.name = "timit-sample", .data_dir = data, .fold = 5};
    cr_assert_eq(dataset_open(&rq, &ds), OK, "%s", status_message());
    cr_assert(ds->kind == DATASET_SAMPLE && ds->items[SPLIT_TEST].n == 16);
    dataset_release(ds);
    mem_free(path);
}
