/* test_imdb_standin.c - the reviews that are made: what they say, and what words alone tell. */
#include "datasets/imdb_standin.h"

#include "base/log.h"
#include "base/mem.h"
#include "datasets/imdb_words.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static const char *const good[] = {"good",   "great", "fine", "lovely", "clever",
                                   "moving", "sharp", "warm", "bold",   "rich"};
static const char *const bad[] = {"bad",  "dull",  "poor",  "weak",   "awful",
                                  "flat", "silly", "stale", "clumsy", "cold"};
static const char *const negator[] = {"not", "never", "hardly", "wasn't"};

static int among(const char *word, size_t n, const char *const *list, int count)
{
    for (int i = 0; i < count; i++)
        if (strlen(list[i]) == n && memcmp(list[i], word, n) == 0)
            return 1;
    return 0;
}

/* A reader of the rule: the subject, whether a negator came, and then the verdict's word. */
struct reader {
    int film, negated, balance;
    char last[16];
};

static enum status read_word(void *ctx, const char *word, size_t n)
{
    struct reader *r = ctx;
    if (strcmp(r->last, "the") == 0) {
        r->film = n == 4 && memcmp(word, "film", 4) == 0;
        r->negated = 0;
    }
    r->negated |= among(word, n, negator, 4);
    const int sign = among(word, n, good, 10) - among(word, n, bad, 10);
    if (r->film)
        r->balance += r->negated ? -sign : sign;
    memset(r->last, 0, sizeof r->last);
    memcpy(r->last, word, n < 15 ? n : 15);
    return OK;
}

Test(imdb_standin, class_follows_from_the_rule)
{
    struct bundle b;
    cr_assert_eq(imdb_standin_bundle(&b), OK);
    cr_assert_eq(b.n, 7500);
    for (size_t i = 0; i < b.n; i++) {
        struct reader r = {0};
        cr_assert_eq(imdb_each_word(b.file[i].bytes, b.file[i].n_bytes, read_word, &r), OK);
        cr_assert_eq(r.balance > 0, strstr(b.file[i].name, "/pos/") != NULL, "%s", b.file[i].bytes);
    }
    bundle_release(&b);
}

/* Share of test that naive Bayes over words, fitted on train, gets right. */
static double bag_of_words(const struct dataset *ds)
{
    const size_t words = vocab_size(ds->vocab);
    double *weight, count[2] = {0}, right = 0;
    cr_assert_eq(mem_new(&weight, 2 * words, sizeof *weight), OK);
    const struct items *it = &ds->items[SPLIT_TRAIN];
    for (size_t i = 0; i < it->n; i++)
        for (size_t t = it->start[i]; t < it->start[i + 1]; t++, count[it->target[i]]++)
            weight[2 * (size_t)ds->tokens[SPLIT_TRAIN][t] + (size_t)it->target[i]]++;
    it = &ds->items[SPLIT_TEST];
    for (size_t i = 0; i < it->n; i++) {
        double score = 0;
        for (size_t t = it->start[i]; t < it->start[i + 1]; t++) {
            const double *w = weight + 2 * (size_t)ds->tokens[SPLIT_TEST][t];
            score += log((w[1] + 1) / count[1]) - log((w[0] + 1) / count[0]);
        }
        right += (score > 0) == it->target[i];
    }
    mem_free(weight);
    return right / (double)it->n;
}

Test(imdb_standin, words_alone_do_not_do)
{
    struct dataset_request rq = {.name = "imdb", .standin = 1};
    struct dataset *ds;
    cr_assert_eq(dataset_open(&rq, &ds), OK, "%s", status_message());
    cr_assert_str_eq(ds->name, "imdb-standin");
    cr_assert_eq(ds->kind, DATASET_SYNTHETIC);
    cr_assert_str_eq(ds->sha256,
                     "eb11d3841f24f09e0f69f8e3fc90c1c91b28cec3d172e8d05cbb9404fc7a6626");
    cr_assert(ds->items[0].n == 5400 && ds->items[1].n == 600 && ds->items[2].n == 1500);
    double share = bag_of_words(ds);
    log_note("imdb-standin: naive Bayes over words %.1f %%, the rule 100 %%", 100 * share);
    cr_assert(share > 0.55 && share < 0.85, "%g", share);
    dataset_release(ds);
}
