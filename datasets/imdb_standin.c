#include "datasets/imdb_standin.h"

#include "base/rng.h"
#include "datasets/imdb.h"
#include "datasets/manifest.h"

#include <stdio.h>
#include <string.h>

enum { N_WORDS = 10, N_TRAIN = 6000, N_TEST = 1500, N_VERDICTS = 3, MOST_IDLE = 8 };

static const uint64_t SEED = 20110142150;

/* [bad, good] */
static const char *const verdict_word[2][N_WORDS] = {
    {"bad", "dull", "poor", "weak", "awful", "flat", "silly", "stale", "clumsy", "cold"},
    {"good", "great", "fine", "lovely", "clever", "moving", "sharp", "warm", "bold", "rich"},
};
static const char *const negator[] = {"not", "never", "hardly", "wasn't"};
static const char *const other[] = {"poster", "trailer", "cinema", "sequel"};
static const char *const idle[] = {"really", "quite",  "to", "my", "mind",  "as",   "such",
                                   "one",    "would",  "in", "a",  "way",   "even", "so",
                                   "all",    "things", "of", "it", "after", "again"};
static const char *const noun[] = {"actor", "scene", "script", "hero", "camera",
                                   "story", "music", "ending", "town", "cast"};
static const char *const verb[] = {"follows", "meets", "leaves", "shows", "finds", "loses"};

#define PICK(rng, list) ((list)[rng_below(rng, sizeof(list) / sizeof *(list))])

static void put_idle(struct rng *rng, struct strbuf *out)
{
    for (uint32_t n = rng_below(rng, MOST_IDLE + 1); n != 0; n--)
        strbuf_addf(out, " %s", PICK(rng, idle));
}

static void put_verdict(struct rng *rng, const char *subject, int good, struct strbuf *out)
{
    const int negated = rng_below(rng, 10) < 3;
    strbuf_addf(out, "The %s was", subject);
    if (negated)
        strbuf_addf(out, " %s", PICK(rng, negator));
    put_idle(rng, out);
    strbuf_addf(out, " %s. ", verdict_word[good != negated][rng_below(rng, N_WORDS)]);
}

static void put_idle_sentence(struct rng *rng, struct strbuf *out)
{
    strbuf_addf(out, "The %s", PICK(rng, noun));
    put_idle(rng, out);
    strbuf_addf(out, " %s the %s.%s", PICK(rng, verb), PICK(rng, noun),
                rng_below(rng, 6) == 0 ? "<br /><br />" : " ");
}

/* All three verdicts on the film are of the class in one of four reviews, else two. */
void imdb_standin_draw(struct rng *rng, int positive, struct strbuf *out)
{
    uint32_t odd = rng_below(rng, 4), film = N_VERDICTS, others = rng_below(rng, 3),
             idles = 1 + rng_below(rng, 5);
    while (film + others + idles != 0) {
        uint32_t x = rng_below(rng, film + others + idles);
        if (x < film) {
            put_verdict(rng, "film", positive != (film - 1 == odd), out);
            film--;
        } else if (x < film + others) {
            put_verdict(rng, PICK(rng, other), (int)rng_below(rng, 2), out);
            others--;
        } else {
            put_idle_sentence(rng, out);
            idles--;
        }
    }
}

static enum status add_review(struct rng *rng, const char *half, uint32_t id, int positive,
                              struct bundle *out)
{
    struct strbuf text = {0};
    char name[64];
    imdb_standin_draw(rng, positive, &text);
    snprintf(name, sizeof name, "%s/%s/%u_%u.txt", half, positive ? "pos" : "neg", id,
             (positive ? 7 : 1) + rng_below(rng, 4));
    enum status s = strbuf_check(&text);
    if (s == OK)
        s = bundle_add(out, name, NULL, text.s, text.n);
    strbuf_release(&text);
    return s;
}

static enum status add_half(const char *half, uint64_t stream, uint32_t n, struct bundle *out)
{
    struct rng rng;
    rng_seed(&rng, SEED, stream);
    for (uint32_t i = 0; i < n; i++)
        TRY(add_review(&rng, half, i / 2, i % 2 != 0, out));
    return OK;
}

enum status imdb_standin_bundle(struct bundle *out)
{
    *out = (struct bundle){0};
    enum status s = add_half("train", 0, N_TRAIN, out);
    if (s == OK)
        s = add_half("test", 1, N_TEST, out);
    if (s == OK)
        s = bundle_sort(out, "imdb-standin");
    if (s != OK)
        bundle_release(out);
    return s;
}

static enum status digest(const struct bundle *b, const struct imdb_split *split,
                          char whole[HASH_HEX])
{
    char sha256[N_SPLITS][HASH_HEX];
    size_t n_bytes;
    for (int i = 0; i < N_SPLITS; i++)
        TRY(bundle_digest(b, split->split, (uint8_t)i, sha256[i], &n_bytes));
    return manifest_whole(sha256, whole);
}

enum status imdb_standin_open(const struct dataset_request *rq, struct dataset **out)
{
    struct bundle b;
    struct imdb_split split = {0};
    *out = NULL;
    TRY(imdb_standin_bundle(&b));
    enum status s;
    TRY_OUT(imdb_split_make(&b, "imdb-standin", &split));
    TRY_OUT(imdb_make(&b, &split, out));
    snprintf((*out)->name, sizeof(*out)->name, "imdb-standin");
    (*out)->kind = DATASET_SYNTHETIC;
    TRY_OUT(digest(&b, &split, (*out)->sha256));
out:
    if (s != OK) {
        dataset_release(*out);
        *out = NULL;
    }
    imdb_split_release(&split);
    bundle_release(&b);
    return s;
}
