#include "datasets/batcher_type.h"

#include "base/mem.h"

#include <assert.h>

static enum status check(const struct dataset *ds, const struct batching *how)
{
    if (!dataset_serves(ds, how->task))
        return fail(E_USAGE, "%s: is for task %s, not for %s", ds->name, task_name(ds->task),
                    task_name(how->task));
    if (how->lanes < 1 || how->steps < 0 || how->delay < 0)
        return fail(E_USAGE, "batches of %d lanes, %d steps and a delay of %d", how->lanes,
                    how->steps, how->delay);
    return OK;
}

enum status batcher_train(const struct dataset *ds, enum split split, const struct batching *how,
                          struct batcher **out)
{
    *out = NULL;
    TRY(check(ds, how));
    if (how->task == TASK_LM)
        return batcher_lm_train(ds, split, how->lanes, how->steps, out);
    return batcher_items(ds, split, how, 1, out);
}

enum status batcher_score(const struct dataset *ds, enum split split, const struct batching *how,
                          struct batcher **out)
{
    *out = NULL;
    TRY(check(ds, how));
    if (how->task == TASK_LM)
        return batcher_lm_score(ds, split, how->most, how->steps, out);
    return batcher_items(ds, split, how, 0, out);
}

size_t batcher_count(const struct batcher *b)
{
    return b->count;
}

int batcher_max_steps(const struct batcher *b)
{
    return b->max_steps;
}

int batcher_max_lanes(const struct batcher *b)
{
    return b->max_lanes;
}

int batcher_max_labels(const struct batcher *b)
{
    return b->max_labels;
}

size_t batcher_tokens(const struct batcher *b)
{
    return b->tokens;
}

enum status batcher_get(struct batcher *b, size_t index, struct batch *out)
{
    assert(index < b->count);
    return b->get(b, index, out);
}

enum status batcher_epoch(struct batcher *b, int epoch)
{
    return b->reorder != NULL ? b->reorder(b, epoch) : OK;
}

void batcher_release(struct batcher *b)
{
    if (b != NULL)
        b->release(b);
}
