/* Batches of whole reviews or utterances. */
#include "datasets/batcher_type.h"

#include "base/mem.h"
#include "base/rng.h"

#include <stdlib.h>
#include <string.h>

/* Items are sorted by length within groups of so many batches: enough that lanes of a batch are
 * about equally long, few enough that an epoch's order stays random. */
enum { BUCKET = 50 };

struct maker {
    struct batcher base; /* first, so that a batcher is a maker */
    const struct dataset *ds;
    const struct items *items;
    enum split split;
    struct batching how;
    int training;
    size_t n;         /* items that take part */
    uint32_t *chosen; /* [n] their places in the split, in its order */
    uint32_t *order;  /* [n] the same, in the order of this pass */
    uint32_t *turn;   /* [count] which run of `lanes` items of `order` is the batch's */
    float *scale;     /* [n_in] 1 / deviation */
    /* of the batch last given out */
    int32_t *tokens, *targets; /* [steps][lanes] */
    float *frames;             /* [steps][lanes][n_in] */
    int32_t *item;             /* [lanes] */
    int *len, *label_start;    /* [lanes], [lanes+1] */
    int32_t *labels;           /* of all lanes */
};

static void release(struct batcher *b)
{
    struct maker *m = (struct maker *)b;
    void *const block[] = {m->chosen, m->order, m->turn, m->scale,       m->tokens, m->targets,
                           m->frames, m->item,  m->len,  m->label_start, m->labels};
    for (size_t i = 0; i < sizeof block / sizeof *block; i++)
        mem_free(block[i]);
    mem_free(m);
}

/* ---- order ---- */

/* Steps of the item itself, without delay. */
static int length_of(const struct maker *m, uint32_t item)
{
    const size_t n = m->items->start[item + 1] - m->items->start[item];
    const int most = m->how.steps;
    return most != 0 && n > (size_t)most ? most : (int)n;
}

struct key {
    int length;
    uint32_t place, item;
};

static int by_length(const void *pa, const void *pb)
{
    const struct key *a = pa, *b = pb;
    if (a->length != b->length)
        return a->length < b->length ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

static enum status sort_buckets(struct maker *m)
{
    const size_t most = (size_t)BUCKET * (size_t)m->how.lanes;
    struct key *key;
    TRY(mem_new(&key, most < m->n ? most : m->n, sizeof *key));
    for (size_t first = 0; first < m->n; first += most) {
        const size_t n = m->n - first < most ? m->n - first : most;
        for (size_t i = 0; i < n; i++)
            key[i] =
                (struct key){length_of(m, m->order[first + i]), (uint32_t)i, m->order[first + i]};
        qsort(key, n, sizeof *key, by_length);
        for (size_t i = 0; i < n; i++)
            m->order[first + i] = key[i].item;
    }
    mem_free(key);
    return OK;
}

static enum status shuffle(struct batcher *b, int epoch)
{
    struct maker *m = (struct maker *)b;
    struct rng rng;
    rng_seed(&rng, m->how.seed, (uint64_t)epoch);
    rng_permute(&rng, m->order, m->n);
    for (size_t i = 0; i < m->n; i++)
        m->order[i] = m->chosen[m->order[i]];
    TRY(sort_buckets(m));
    rng_permute(&rng, m->turn, b->count);
    return OK;
}

static void keep_order(struct maker *m)
{
    memcpy(m->order, m->chosen, m->n * sizeof *m->order);
    for (size_t i = 0; i < m->base.count; i++)
        m->turn[i] = (uint32_t)i;
}

/* ---- batches ---- */

/* Token of a lane: the last ones of a review that is longer than asked for. */
static void put_tokens(struct maker *m, int lanes, int lane, uint32_t item)
{
    const int n = length_of(m, item);
    const int32_t *from = m->ds->tokens[m->split] + m->items->start[item + 1] - n;
    for (int t = 0; t < n; t++)
        m->tokens[t * lanes + lane] = from[t];
    m->len[lane] = n;
    m->targets[(n - 1) * lanes + lane] = m->items->target[item];
}

static int32_t target_of(const struct maker *m, int32_t label)
{
    const int unscored = !m->training && m->ds->fold != NULL && m->ds->fold[label] < 0;
    return unscored ? NO_TARGET : label;
}

/* The last frame is repeated until the delayed labels are through. */
static void put_frames(struct maker *m, int lanes, int lane, uint32_t item)
{
    const size_t width = (size_t)m->ds->n_in, start = m->items->start[item];
    const int n = length_of(m, item), delay = m->how.delay;
    for (int t = 0; t < n + delay; t++) {
        const size_t from = start + (size_t)(t < n ? t : n - 1);
        const float *x = m->ds->frames[m->split] + from * width;
        float *y = m->frames + (size_t)(t * lanes + lane) * width;
        for (size_t i = 0; i < width; i++)
            y[i] = (x[i] - m->ds->input_mean[i]) * m->scale[i];
        if (t >= delay && m->how.task == TASK_FRAMES)
            m->targets[t * lanes + lane] =
                target_of(m, m->items->step_label[start + (size_t)(t - delay)]);
    }
    m->len[lane] = n + delay;
}

static void put_labels(struct maker *m, int lane, uint32_t item)
{
    const size_t *start = m->items->label_start;
    const size_t n = start[item + 1] - start[item];
    memcpy(m->labels + m->label_start[lane], m->items->labels + start[item], n * sizeof *m->labels);
    m->label_start[lane + 1] = m->label_start[lane] + (int)n;
}

static void clear(struct maker *m, size_t area)
{
    for (size_t i = 0; i < area; i++)
        m->targets[i] = NO_TARGET;
    if (m->tokens != NULL)
        memset(m->tokens, 0, area * sizeof *m->tokens);
    else
        memset(m->frames, 0, area * (size_t)m->ds->n_in * sizeof *m->frames);
}

static void show(const struct maker *m, int steps, int lanes, struct batch *out)
{
    const int ctc = m->how.task == TASK_CTC;
    *out = (struct batch){
        .steps = steps,
        .lanes = lanes,
        .tokens = m->tokens,
        .frames = m->frames,
        .n_in = m->ds->n_in,
        .targets = ctc ? NULL : m->targets,
        .len = m->len,
        .labels = ctc ? m->labels : NULL,
        .label_start = ctc ? m->label_start : NULL,
        .item = m->item,
    };
}

static enum status get(struct batcher *b, size_t index, struct batch *out)
{
    struct maker *m = (struct maker *)b;
    const size_t first = (size_t)m->turn[index] * (size_t)m->how.lanes, left = m->n - first;
    const int lanes = left < (size_t)m->how.lanes ? (int)left : m->how.lanes;
    const uint32_t *item = m->order + first;
    int steps = 0;
    for (int lane = 0; lane < lanes; lane++) {
        const int n = length_of(m, item[lane]) + m->how.delay;
        steps = n > steps ? n : steps;
    }
    clear(m, (size_t)steps * (size_t)lanes);
    for (int lane = 0; lane < lanes; lane++) {
        m->item[lane] = (int32_t)item[lane];
        if (m->tokens != NULL)
            put_tokens(m, lanes, lane, item[lane]);
        else
            put_frames(m, lanes, lane, item[lane]);
        if (m->labels != NULL)
            put_labels(m, lane, item[lane]);
    }
    show(m, steps, lanes, out);
    return OK;
}

/* ---- making ---- */

/* Of a part of the split: reviews stand class by class, so they are taken at even distances. */
static int is_in_part(const struct maker *m, size_t i)
{
    const size_t most = m->how.most, all = m->items->n;
    if (m->training || most == 0 || most >= all)
        return 1;
    if (m->how.task == TASK_CLASSIFY)
        return (i * most + all - 1) / all != ((i + 1) * most + all - 1) / all;
    return m->n < most;
}

static enum status choose(struct maker *m)
{
    const struct items *it = m->items;
    TRY(mem_new(&m->chosen, it->n, sizeof *m->chosen));
    for (size_t i = 0; i < it->n; i++) {
        const int is_seen = m->how.unseen_only && it->seen != NULL && it->seen[i];
        if (!is_seen && is_in_part(m, i))
            m->chosen[m->n++] = (uint32_t)i;
    }
    if (m->n == 0)
        return fail(E_FORMAT, "%s: %s has nothing to make batches of", m->ds->name,
                    split_name(m->split));
    return OK;
}

static void measure(struct maker *m, size_t *labels)
{
    *labels = 0;
    for (size_t i = 0; i < m->n; i++) {
        const uint32_t item = m->chosen[i];
        const int n = length_of(m, item) + m->how.delay;
        m->base.max_steps = n > m->base.max_steps ? n : m->base.max_steps;
        m->base.tokens += (size_t)n;
        if (m->how.task != TASK_CTC)
            continue;
        const size_t k = m->items->label_start[item + 1] - m->items->label_start[item];
        *labels = k > *labels ? k : *labels;
    }
    const size_t lanes = (size_t)m->how.lanes;
    m->base.max_lanes = m->n < lanes ? (int)m->n : m->how.lanes;
    m->base.count = (m->n + lanes - 1) / lanes;
    m->base.max_labels = (int)*labels;
}

static enum status make_room(struct maker *m, size_t labels)
{
    const size_t lanes = (size_t)m->base.max_lanes;
    size_t area, wide;
    if (!mem_mul((size_t)m->base.max_steps, lanes, &area) ||
        !mem_mul(area, (size_t)m->ds->n_in, &wide) || area > INT32_MAX)
        return fail(E_NOMEM, "%s: a batch of %d lanes does not fit", m->ds->name, m->how.lanes);
    TRY(mem_new(&m->order, m->n, sizeof *m->order));
    TRY(mem_new(&m->turn, m->base.count, sizeof *m->turn));
    TRY(mem_new(&m->targets, area, sizeof *m->targets));
    TRY(mem_new(&m->item, lanes, sizeof *m->item));
    TRY(mem_new(&m->len, lanes, sizeof *m->len));
    if (m->ds->n_in == 0)
        TRY(mem_new(&m->tokens, area, sizeof *m->tokens));
    else
        TRY(mem_new(&m->frames, wide, sizeof *m->frames));
    if (m->how.task != TASK_CTC)
        return OK;
    TRY(mem_new(&m->labels, lanes * labels, sizeof *m->labels));
    return mem_new(&m->label_start, lanes + 1, sizeof *m->label_start);
}

static enum status take_scale(struct maker *m)
{
    TRY(mem_new(&m->scale, (size_t)m->ds->n_in, sizeof *m->scale));
    for (int i = 0; i < m->ds->n_in; i++)
        m->scale[i] = 1 / m->ds->input_std[i];
    return OK;
}

static enum status make(struct maker *m)
{
    size_t labels;
    TRY(choose(m));
    measure(m, &labels);
    TRY(make_room(m, labels));
    TRY(take_scale(m));
    keep_order(m);
    return m->training ? shuffle(&m->base, 0) : OK;
}

enum status batcher_items(const struct dataset *ds, enum split split, const struct batching *how,
                          int training, struct batcher **out)
{
    struct maker *m;
    if (ds->n_in != 0 && how->steps != 0)
        return fail(E_USAGE, "%s: utterances are not cropped (steps is %d)", ds->name, how->steps);
    TRY(mem_new(&m, 1, sizeof *m));
    m->base = (struct batcher){.get = get, .release = release};
    m->base.reorder = training ? shuffle : NULL;
    m->ds = ds;
    m->items = &ds->items[split];
    m->split = split;
    m->how = *how;
    m->training = training;
    if (how->task != TASK_FRAMES)
        m->how.delay = 0; /* a delay is of labels that belong to steps */
    enum status s = make(m);
    if (s == OK)
        *out = &m->base;
    else
        release(&m->base);
    return s;
}
