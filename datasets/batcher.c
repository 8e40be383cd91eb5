#include "datasets/batch.h"

#include "base/mem.h"

#include <assert.h>

struct batcher {
    const int32_t *stream; /* [n], the dataset's */
    size_t n, column;      /* tokens in all, and in one lane's column */
    size_t count;          /* batches */
    int lanes, steps;
    int32_t eos;               /* first input of scoring; -1 when training */
    int32_t *tokens, *targets; /* [steps][lanes] of the batch last given out */
};

static enum status make(const struct dataset *ds, enum split split, int lanes, int steps,
                        struct batcher **out)
{
    size_t area;
    *out = NULL;
    if (lanes < 1 || steps < 1)
        return fail(E_USAGE, "a batch of %d lanes and %d steps (expected at least 1 of each)",
                    lanes, steps);
    if (ds->tokens[split] == NULL)
        return fail(E_FORMAT, "%s: no token stream to cut into batches", ds->name);
    if (!mem_mul((size_t)lanes, (size_t)steps, &area))
        return fail(E_NOMEM, "a batch of %d lanes and %d steps does not fit", lanes, steps);
    struct batcher *b;
    TRY(mem_new(&b, 1, sizeof *b));
    *b = (struct batcher){.stream = ds->tokens[split], .n = ds->n_tokens[split]};
    b->lanes = lanes;
    b->steps = steps;
    b->eos = -1;
    enum status s = mem_new(&b->tokens, area, sizeof *b->tokens);
    if (s == OK)
        s = mem_new(&b->targets, area, sizeof *b->targets);
    if (s == OK)
        *out = b;
    else
        batcher_release(b);
    return s;
}

enum status batcher_lm_train(const struct dataset *ds, enum split split, int lanes, int steps,
                             struct batcher **out)
{
    struct batcher *b;
    TRY(make(ds, split, lanes, steps, &b));
    b->column = b->n / (size_t)lanes;
    b->count = b->column > 1 ? (b->column - 1) / (size_t)steps : 0;
    *out = b;
    if (b->count != 0)
        return OK;
    *out = NULL;
    batcher_release(b);
    return fail(E_FORMAT, "%s: %s has %zu tokens, too few for a batch of %d lanes and %d steps",
                ds->name, split_name(split), ds->n_tokens[split], lanes, steps);
}

enum status batcher_lm_score(const struct dataset *ds, enum split split, size_t max_tokens,
                             int steps, struct batcher **out)
{
    struct batcher *b;
    int32_t eos = vocab_find(ds->vocab, "<eos>", 5);
    *out = NULL;
    if (eos < 0)
        return fail(E_FORMAT, "%s: the vocabulary has no <eos> to begin with", ds->name);
    if (ds->n_tokens[split] == 0)
        return fail(E_FORMAT, "%s: %s has no tokens to score", ds->name, split_name(split));
    TRY(make(ds, split, 1, steps, &b));
    if (max_tokens != 0 && max_tokens < b->n)
        b->n = max_tokens;
    b->eos = eos;
    b->column = b->n;
    b->count = b->n / (size_t)steps + (b->n % (size_t)steps != 0);
    *out = b;
    return OK;
}

size_t batcher_count(const struct batcher *b)
{
    return b->count;
}

int batcher_max_steps(const struct batcher *b)
{
    return b->column < (size_t)b->steps ? (int)b->column : b->steps;
}

int batcher_max_lanes(const struct batcher *b)
{
    return b->lanes;
}

/* Input `at` of a lane and its target. Training shifts by one within the column; scoring puts <eos>
 * before the stream, so that its first token is a target too. */
static void pair(const struct batcher *b, int lane, size_t at, int32_t *token, int32_t *target)
{
    const int32_t *column = b->stream + (size_t)lane * b->column;
    if (b->eos < 0) {
        *token = column[at];
        *target = column[at + 1];
    } else {
        *token = at == 0 ? b->eos : column[at - 1];
        *target = column[at];
    }
}

enum status batcher_get(struct batcher *b, size_t index, struct batch *out)
{
    assert(index < b->count);
    size_t first = index * (size_t)b->steps, left = b->column - first;
    int steps = left < (size_t)b->steps ? (int)left : b->steps;
    for (int t = 0; t < steps; t++)
        for (int lane = 0; lane < b->lanes; lane++) {
            size_t i = (size_t)t * (size_t)b->lanes + (size_t)lane;
            pair(b, lane, first + (size_t)t, &b->tokens[i], &b->targets[i]);
        }
    *out = (struct batch){.steps = steps, .lanes = b->lanes, .carry = index != 0};
    out->tokens = b->tokens;
    out->targets = b->targets;
    return OK;
}

void batcher_release(struct batcher *b)
{
    if (b == NULL)
        return;
    mem_free(b->tokens);
    mem_free(b->targets);
    mem_free(b);
}
