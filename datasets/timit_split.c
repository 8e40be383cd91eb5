#include "datasets/timit.h"

#include "base/mem.h"
#include "datasets/timit_speakers.h"

#include <string.h>

/* "train/dr1/fcjf0/si648.phn" */
static const char *speaker_of(const char *name)
{
    return strchr(strchr(name, '/') + 1, '/') + 1;
}

static int region_of(const char *name)
{
    return strchr(name, '/')[3] - '0';
}

static enum split split_of_tree(const char *name)
{
    char speaker[6] = "";
    memcpy(speaker, speaker_of(name), 5);
    if (strncmp(name, "train", 5) == 0)
        return SPLIT_TRAIN;
    return timit_is_core(speaker) ? SPLIT_TEST : SPLIT_VALID;
}

/* place[r]: how many lower regions there are, -1 if the region is not there; their number. */
static int number_regions(const struct bundle *b, int place[10])
{
    int n = 0;
    for (int r = 0; r < 10; r++)
        place[r] = -1;
    for (size_t i = 0; i < b->n; i++)
        place[region_of(b->file[i].name)] = 0;
    for (int r = 0; r < 10; r++)
        if (place[r] == 0)
            place[r] = n++;
    return n;
}

static enum status part_sample(const struct bundle *b, const char *where, int fold,
                               struct timit_split *s)
{
    int place[10];
    s->n_folds = number_regions(b, place);
    if (s->n_folds < 3)
        return fail(E_FORMAT, "%s: %d dialect regions (folds need three)", where, s->n_folds);
    if (fold < 0 || fold >= s->n_folds)
        return fail(E_USAGE, "fold %d: there are %d, from 0", fold, s->n_folds);
    for (size_t i = 0; i < b->n; i++) {
        const int p = place[region_of(b->file[i].name)];
        s->split[i] = p == fold                      ? SPLIT_TEST
                      : p == (fold + 1) % s->n_folds ? SPLIT_VALID
                                                     : SPLIT_TRAIN;
    }
    return OK;
}

static enum status part_tree(const struct bundle *b, const char *where, int fold,
                             struct timit_split *s)
{
    size_t n[N_SPLITS] = {0};
    if (fold != 0)
        return fail(E_USAGE, "fold %d: LDC's TIMIT has one split only", fold);
    for (size_t i = 0; i < b->n; i++)
        n[s->split[i] = (uint8_t)split_of_tree(b->file[i].name)]++;
    if (n[SPLIT_TRAIN] == 0)
        return fail(E_FORMAT, "%s: no utterance of TRAIN", where);
    if (n[SPLIT_VALID] == 0)
        return fail(E_FORMAT, "%s: no development speaker in TEST", where);
    if (n[SPLIT_TEST] == 0)
        return fail(E_FORMAT, "%s: no speaker of the core test in TEST", where);
    return OK;
}

static int count_speakers(const struct bundle *b)
{
    int n = 0;
    for (size_t i = 0; i < b->n; i++) {
        const char *name = b->file[i].name;
        const size_t length = (size_t)(speaker_of(name) - name) + 5;
        n += i == 0 || strncmp(name, b->file[i - 1].name, length) != 0;
    }
    return n;
}

enum status timit_split_make(const struct bundle *b, const char *where, int fold,
                             struct timit_split *out)
{
    *out = (struct timit_split){.fold = fold, .n_speakers = count_speakers(b)};
    TRY(mem_new(&out->split, b->n, 1));
    const int sample = b->n != 0 && strncmp(b->file[0].name, "sample/", 7) == 0;
    enum status s = sample ? part_sample(b, where, fold, out) : part_tree(b, where, fold, out);
    if (s != OK)
        timit_split_release(out);
    return s;
}

void timit_split_release(struct timit_split *s)
{
    mem_free(s->split);
    *s = (struct timit_split){0};
}
