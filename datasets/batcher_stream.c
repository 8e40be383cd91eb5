/* Batches of a language model's stream. */
#include "datasets/batcher_type.h"

#include "base/mem.h"

struct stream {
    struct batcher base;   /* first, so that a batcher is a stream */
    const int32_t *tokens; /* [n], the dataset's */
    size_t n, column;      /* tokens in all, and in one lane's column */
    int32_t eos;           /* first input of scoring; -1 when training */
    int steps;
    int32_t *input, *target; /* [steps][lanes] of the batch last given out */
};

static void release(struct batcher *b)
{
    struct stream *st = (struct stream *)b;
    mem_free(st->input);
    mem_free(st->target);
    mem_free(st);
}

/* Input `at` of a lane and its target. Training shifts by one within the column; scoring puts <eos>
 * before the stream, so that its first token is a target too. */
static void pair(const struct stream *st, int lane, size_t at, int32_t *token, int32_t *target)
{
    const int32_t *column = st->tokens + (size_t)lane * st->column;
    if (st->eos < 0) {
        *token = column[at];
        *target = column[at + 1];
    } else {
        *token = at == 0 ? st->eos : column[at - 1];
        *target = column[at];
    }
}

static enum status get(struct batcher *b, size_t index, struct batch *out)
{
    struct stream *st = (struct stream *)b;
    const int lanes = b->max_lanes;
    size_t first = index * (size_t)st->steps, left = st->column - first;
    int steps = left < (size_t)st->steps ? (int)left : st->steps;
    for (int t = 0; t < steps; t++)
        for (int lane = 0; lane < lanes; lane++) {
            size_t i = (size_t)t * (size_t)lanes + (size_t)lane;
            pair(st, lane, first + (size_t)t, &st->input[i], &st->target[i]);
        }
    *out = (struct batch){.steps = steps, .lanes = lanes, .carry = index != 0};
    out->tokens = st->input;
    out->targets = st->target;
    return OK;
}

static enum status check(const struct dataset *ds, int lanes, int steps, size_t *area)
{
    if (lanes < 1 || steps < 1)
        return fail(E_USAGE, "a batch of %d lanes and %d steps (expected at least 1 of each)",
                    lanes, steps);
    if (ds->task != TASK_LM)
        return fail(E_USAGE, "%s: is for task %s, a language model cannot read it", ds->name,
                    task_name(ds->task));
    if (!mem_mul((size_t)lanes, (size_t)steps, area))
        return fail(E_NOMEM, "a batch of %d lanes and %d steps does not fit", lanes, steps);
    return OK;
}

static enum status make(const struct dataset *ds, enum split split, int lanes, int steps,
                        struct stream **out)
{
    size_t area;
    struct stream *st;
    *out = NULL;
    TRY(check(ds, lanes, steps, &area));
    if (ds->tokens[split] == NULL)
        return fail(E_FORMAT, "%s: no token stream to cut into batches", ds->name);
    TRY(mem_new(&st, 1, sizeof *st));
    st->base = (struct batcher){.get = get, .release = release, .max_lanes = lanes};
    st->tokens = ds->tokens[split];
    st->n = ds->n_tokens[split];
    st->steps = steps;
    st->eos = -1;
    enum status s = mem_new(&st->input, area, sizeof *st->input);
    if (s == OK)
        s = mem_new(&st->target, area, sizeof *st->target);
    if (s == OK)
        *out = st;
    else
        release(&st->base);
    return s;
}

static void set_column(struct stream *st, size_t column, size_t count)
{
    st->column = column;
    st->base.count = count;
    st->base.max_steps = column < (size_t)st->steps ? (int)column : st->steps;
}

enum status batcher_lm_train(const struct dataset *ds, enum split split, int lanes, int steps,
                             struct batcher **out)
{
    struct stream *st;
    *out = NULL;
    TRY(make(ds, split, lanes, steps, &st));
    const size_t column = st->n / (size_t)lanes;
    set_column(st, column, column > 1 ? (column - 1) / (size_t)steps : 0);
    st->base.tokens = st->base.count * (size_t)steps * (size_t)lanes;
    if (st->base.count != 0) {
        *out = &st->base;
        return OK;
    }
    release(&st->base);
    return fail(E_FORMAT, "%s: %s has %zu tokens, too few for a batch of %d lanes and %d steps",
                ds->name, split_name(split), ds->n_tokens[split], lanes, steps);
}

enum status batcher_lm_score(const struct dataset *ds, enum split split, size_t max_tokens,
                             int steps, struct batcher **out)
{
    struct stream *st;
    size_t area;
    *out = NULL;
    TRY(check(ds, 1, steps, &area));
    int32_t eos = vocab_find(ds->vocab, "<eos>", 5);
    if (eos < 0)
        return fail(E_FORMAT, "%s: the vocabulary has no <eos> to begin with", ds->name);
    if (ds->n_tokens[split] == 0)
        return fail(E_FORMAT, "%s: %s has no tokens to score", ds->name, split_name(split));
    TRY(make(ds, split, 1, steps, &st));
    if (max_tokens != 0 && max_tokens < st->n)
        st->n = max_tokens;
    st->eos = eos;
    set_column(st, st->n, st->n / (size_t)steps + (st->n % (size_t)steps != 0));
    st->base.tokens = st->n;
    *out = &st->base;
    return OK;
}
