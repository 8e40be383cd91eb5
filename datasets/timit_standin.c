#include "datasets/timit_standin.h"

#include "base/rng.h"
#include "datasets/manifest.h"
#include "datasets/timit.h"
#include "datasets/timit_voice.h"

#include <stdio.h>

enum { N_SPEAKERS = 12, N_UTTERANCES = 8, LEAST_PHONES = 20, MORE_PHONES = 16 };

static const uint64_t SEED = 19931986;

static enum status add_utterance(const struct voice *v, struct rng *rng, const char *stem,
                                 struct bundle *out)
{
    struct strbuf phn = {0}, sphere = {0};
    char name[64];
    enum status s;
    TRY_OUT(
        timit_voice_say(v, rng, LEAST_PHONES + (int)rng_below(rng, MORE_PHONES), &phn, &sphere));
    snprintf(name, sizeof name, "%s.phn", stem);
    TRY_OUT(bundle_add(out, name, NULL, phn.s, phn.n));
    snprintf(name, sizeof name, "%s.wav", stem);
    TRY_OUT(bundle_add(out, name, NULL, sphere.s, sphere.n));
out:
    strbuf_release(&phn);
    strbuf_release(&sphere);
    return s;
}

/* Two speakers a region, a low and a high voice. */
static enum status add_speaker(int i, struct bundle *out)
{
    struct rng rng;
    const int high = i % 2;
    rng_seed(&rng, SEED, (uint64_t)i);
    const struct voice v = {.pitch_hz = (high ? 180 : 95) + (double)rng_below(&rng, 40),
                            .scale = (high ? 1.08 : 0.92) + (double)rng_below(&rng, 8) / 100};
    for (int u = 0; u < N_UTTERANCES; u++) {
        char stem[48];
        snprintf(stem, sizeof stem, "sample/dr%d/%csy%c0/si%d", i / 2 + 1, high ? 'f' : 'm',
                 'a' + i, u + 1);
        TRY(add_utterance(&v, &rng, stem, out));
    }
    return OK;
}

enum status timit_standin_bundle(struct bundle *out)
{
    *out = (struct bundle){0};
    enum status s = OK;
    for (int i = 0; s == OK && i < N_SPEAKERS; i++)
        s = add_speaker(i, out);
    if (s == OK)
        s = bundle_sort(out, "timit-standin");
    if (s != OK)
        bundle_release(out);
    return s;
}

static enum status read_standin(const struct bundle *b, const struct dataset_request *rq,
                                struct dataset **out)
{
    struct timit_split split;
    size_t n_bytes;
    TRY(timit_split_make(b, "timit-standin", rq->fold, &split));
    enum status s = timit_make(b, &split, rq->n_in, out);
    timit_split_release(&split);
    TRY(s);
    snprintf((*out)->name, sizeof(*out)->name, "timit-standin");
    (*out)->kind = DATASET_SYNTHETIC;
    return bundle_digest(b, NULL, 0, (*out)->sha256, &n_bytes);
}

enum status timit_standin_open(const struct dataset_request *rq, struct dataset **out)
{
    struct bundle b;
    *out = NULL;
    TRY(timit_standin_bundle(&b));
    enum status s = read_standin(&b, rq, out);
    if (s != OK) {
        dataset_release(*out);
        *out = NULL;
    }
    bundle_release(&b);
    return s;
}
