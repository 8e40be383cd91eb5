#include "datasets/timit.h"

#include "base/mem.h"
#include "datasets/features.h"
#include "datasets/pcm.h"
#include "datasets/phn.h"
#include "datasets/phones.h"

#include <math.h>
#include <string.h>

/* One utterance: its labels and its speech. */
struct spoken {
    struct phn labels;
    struct pcm speech;
    size_t n_frames;
};

static void release_spoken(struct spoken *u)
{
    mem_free(u->labels.span);
    mem_free(u->speech.sample);
}

static const char *shown(const struct member *m)
{
    return m->origin != NULL ? m->origin : m->name;
}

/* file[0] is the .phn, file[1] the .wav. */
static enum status read_spoken(const struct member *file, struct spoken *u)
{
    *u = (struct spoken){0};
    enum status s = pcm_read(file[1].bytes, file[1].n_bytes, shown(&file[1]), &u->speech);
    if (s == OK && (u->n_frames = features_count(u->speech.n)) == 0)
        s = fail(E_FORMAT, "%s: %zu samples are not one frame (expected at least %d)",
                 shown(&file[1]), u->speech.n, FRAME_SAMPLES);
    if (s == OK)
        s = phn_read(file[0].bytes, file[0].n_bytes, shown(&file[0]), u->speech.n, &u->labels);
    if (s != OK)
        release_spoken(u);
    return s;
}

enum status timit_count(const struct bundle *b, const uint8_t *split, uint8_t which,
                        size_t *n_frames, size_t *n_phones)
{
    *n_frames = *n_phones = 0;
    for (size_t i = 0; i + 1 < b->n; i += 2) {
        struct spoken u;
        if (split != NULL && split[i] != which)
            continue;
        TRY(read_spoken(&b->file[i], &u));
        *n_frames += u.n_frames;
        for (size_t k = 0; k < u.labels.n; k++)
            *n_phones += phones_fold39()[u.labels.span[k].phone] >= 0;
        release_spoken(&u);
    }
    return OK;
}

/* Sizes of a split's arrays; the bytes were read before, so their sums are cheap to take again. */
struct sizes {
    size_t items, frames, labels;
};

static enum status measure(const struct bundle *b, const uint8_t *split, uint8_t which,
                           struct sizes *out)
{
    *out = (struct sizes){0};
    for (size_t i = 0; i + 1 < b->n; i += 2) {
        struct spoken u;
        if (split[i] != which)
            continue;
        TRY(read_spoken(&b->file[i], &u));
        out->items++;
        out->frames += u.n_frames;
        out->labels += u.labels.n;
        release_spoken(&u);
    }
    return OK;
}

static enum status make_room(struct dataset *ds, int i, const struct sizes *n)
{
    struct items *it = &ds->items[i];
    size_t values;
    if (!mem_mul(n->frames, (size_t)ds->n_in, &values))
        return fail(E_NOMEM, "%zu frames do not fit", n->frames);
    TRY(mem_new(&ds->frames[i], values, sizeof *ds->frames[i]));
    TRY(mem_new(&it->start, n->items + 1, sizeof *it->start));
    TRY(mem_new(&it->group, n->items, sizeof *it->group));
    TRY(mem_new(&it->step_label, n->frames, sizeof *it->step_label));
    TRY(mem_new(&it->labels, n->labels, sizeof *it->labels));
    return mem_new(&it->label_start, n->items + 1, sizeof *it->label_start);
}

static enum status number_speaker(struct dataset *ds, const char *name, int32_t *id)
{
    const char *speaker = strchr(strchr(name, '/') + 1, '/') + 1;
    TRY(vocab_count(ds->groups, speaker, 5));
    *id = vocab_find(ds->groups, speaker, 5);
    return OK;
}

/* Appends an utterance to its split. */
static enum status add_spoken(struct dataset *ds, int split, struct features *f,
                              const struct spoken *u, const char *name)
{
    struct items *it = &ds->items[split];
    const size_t at = it->start[it->n], first = it->label_start[it->n];
    size_t span = 0;
    TRY(features_extract(f, u->speech.sample, u->speech.n,
                         ds->frames[split] + at * (size_t)ds->n_in));
    for (size_t t = 0; t < u->n_frames; t++)
        it->step_label[at + t] = phn_at(&u->labels, FRAME_CENTRE + FRAME_STEP * t, &span);
    for (size_t k = 0; k < u->labels.n; k++)
        it->labels[first + k] = u->labels.span[k].phone;
    TRY(number_speaker(ds, name, &it->group[it->n]));
    it->n++;
    it->start[it->n] = at + u->n_frames;
    it->label_start[it->n] = first + u->labels.n;
    ds->n_tokens[split] = at + u->n_frames;
    return OK;
}

static enum status fill(struct dataset *ds, const struct bundle *b, const uint8_t *split,
                        struct features *f)
{
    for (int i = 0; i < N_SPLITS; i++) {
        struct sizes n;
        TRY(measure(b, split, (uint8_t)i, &n));
        TRY(make_room(ds, i, &n));
    }
    for (size_t i = 0; i + 1 < b->n; i += 2) {
        struct spoken u;
        TRY(read_spoken(&b->file[i], &u));
        enum status s = add_spoken(ds, split[i], f, &u, b->file[i].name);
        release_spoken(&u);
        TRY(s);
    }
    return OK;
}

/* Mean and deviation of the training frames; a feature that never moves gets deviation 1. */
static enum status take_scale(struct dataset *ds)
{
    const size_t width = (size_t)ds->n_in, n = ds->n_tokens[SPLIT_TRAIN];
    const float *x = ds->frames[SPLIT_TRAIN];
    TRY(mem_new(&ds->input_mean, width, sizeof *ds->input_mean));
    TRY(mem_new(&ds->input_std, width, sizeof *ds->input_std));
    for (size_t i = 0; i < width; i++) {
        double sum = 0, square = 0;
        for (size_t t = 0; t < n; t++)
            sum += x[t * width + i];
        const double mean = sum / (double)n;
        for (size_t t = 0; t < n; t++)
            square += (x[t * width + i] - mean) * (x[t * width + i] - mean);
        const double deviation = sqrt(square / (double)n);
        ds->input_mean[i] = (float)mean;
        ds->input_std[i] = deviation > 1e-6 ? (float)deviation : 1;
    }
    return OK;
}

static enum status name_phones(struct dataset *ds)
{
    TRY(vocab_new(&ds->vocab));
    TRY(vocab_new(&ds->groups));
    TRY(vocab_new(&ds->labels));
    for (int i = 0; i < N_PHONES; i++)
        TRY(vocab_count(ds->labels, phones_name(i), strlen(phones_name(i))));
    return OK;
}

enum status timit_make(const struct bundle *b, const struct timit_split *split, int n_in,
                       struct dataset **out)
{
    struct dataset *ds = NULL;
    struct features *f;
    *out = NULL;
    n_in = n_in != 0 ? n_in : FEATURES_DEFAULT;
    TRY(features_new(n_in, &f));
    enum status s;
    TRY_OUT(mem_new(&ds, 1, sizeof *ds));
    *ds = (struct dataset){.task = TASK_FRAMES, .n_in = n_in, .entropy_nats = NAN};
    ds->fold = phones_fold39();
    ds->n_folded = N_PHONES_39;
    ds->cross = split->fold;
    ds->n_cross = split->n_folds;
    TRY_OUT(name_phones(ds));
    TRY_OUT(fill(ds, b, split->split, f));
    TRY_OUT(take_scale(ds));
    *out = ds;
    ds = NULL;
out:
    dataset_release(ds);
    features_release(f);
    return s;
}
