/* test_batcher.c - cutting a stream into batches, against examples worked by hand. */
#include "datasets/batch.h"

#include <criterion/criterion.h>
#include <string.h>

/* A dataset over a borrowed stream with the words <eos>=0, a=1, ... */
static struct dataset make(int32_t *stream, size_t n)
{
    struct dataset ds = {.name = "t", .task = TASK_LM};
    cr_assert_eq(vocab_parse("<eos>\na\nb\nc", "t", &ds.vocab), OK);
    ds.tokens[SPLIT_VALID] = stream;
    ds.n_tokens[SPLIT_VALID] = n;
    return ds;
}

static int32_t count_up[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

Test(batcher, training_columns_targets_tail_and_carry)
{
    struct dataset ds = make(count_up, 16);
    struct batcher *b;
    struct batch x;
    /* 3 lanes: columns 0..4, 5..9, 10..14; token 15 is the dropped tail. 2 steps: inputs 0,1 and
     * 2,3; the last token of a column is a target only. */
    cr_assert_eq(batcher_lm_train(&ds, SPLIT_VALID, 3, 2, &b), OK);
    cr_assert_eq(batcher_count(b), 2);
    cr_assert_eq(batcher_max_steps(b), 2);
    cr_assert_eq(batcher_max_lanes(b), 3);
    const int32_t in1[] = {2, 7, 12, 3, 8, 13}, out1[] = {3, 8, 13, 4, 9, 14};
    const int32_t in0[] = {0, 5, 10, 1, 6, 11}, out0[] = {1, 6, 11, 2, 7, 12};
    cr_assert_eq(batcher_get(b, 1, &x), OK); /* any order */
    cr_assert_arr_eq(x.tokens, in1, sizeof in1);
    cr_assert_arr_eq(x.targets, out1, sizeof out1);
    cr_assert_eq(x.carry, 1);
    cr_assert_eq(batcher_get(b, 0, &x), OK);
    cr_assert_arr_eq(x.tokens, in0, sizeof in0);
    cr_assert_arr_eq(x.targets, out0, sizeof out0);
    cr_assert_eq(x.carry, 0);
    cr_assert(x.steps == 2 && x.lanes == 3 && x.frames == NULL && x.len == NULL);
    cr_assert(x.labels == NULL && x.label_start == NULL && x.n_in == 0);
    batcher_release(b);
    vocab_release(ds.vocab);
}

Test(batcher, training_drops_the_short_chunk)
{
    struct dataset ds = make(count_up, 16);
    struct batcher *b;
    cr_assert_eq(batcher_lm_train(&ds, SPLIT_VALID, 1, 4, &b), OK);
    cr_assert_eq(batcher_count(b), 3); /* 15 pairs: 4+4+4, three are dropped */
    batcher_release(b);
    cr_assert_eq(batcher_lm_train(&ds, SPLIT_VALID, 2, 7, &b), OK);
    cr_assert_eq(batcher_count(b), 1); /* a column of 8 has exactly 7 pairs */
    batcher_release(b);
    cr_assert_eq(batcher_lm_train(&ds, SPLIT_VALID, 2, 8, &b), E_FORMAT);
    cr_assert_str_eq(status_message(),
                     "t: valid has 16 tokens, too few for a batch of 2 lanes and 8 steps");
    cr_assert_null(b);
    cr_assert_eq(batcher_lm_train(&ds, SPLIT_VALID, 17, 1, &b), E_FORMAT);
    cr_assert_eq(batcher_lm_train(&ds, SPLIT_VALID, 0, 1, &b), E_USAGE);
    cr_assert_eq(batcher_lm_train(&ds, SPLIT_TRAIN, 1, 1, &b), E_FORMAT); /* no such stream */
    vocab_release(ds.vocab);
}

/* Walks a scoring pass: targets must be the stream, inputs <eos> and then the stream. */
static void assert_scores(const struct dataset *ds, size_t max, int steps, size_t want)
{
    struct batcher *b;
    size_t seen = 0;
    cr_assert_eq(batcher_lm_score(ds, SPLIT_VALID, max, steps, &b), OK);
    for (size_t i = 0; i < batcher_count(b); i++) {
        struct batch x;
        cr_assert_eq(batcher_get(b, i, &x), OK);
        cr_assert(x.lanes == 1 && x.carry == (i != 0));
        cr_assert(x.steps >= 1 && x.steps <= batcher_max_steps(b));
        cr_assert(x.steps == steps || i + 1 == batcher_count(b));
        for (int t = 0; t < x.steps; t++, seen++) {
            cr_assert_eq(x.tokens[t], seen == 0 ? 0 : ds->tokens[SPLIT_VALID][seen - 1]);
            cr_assert_eq(x.targets[t], ds->tokens[SPLIT_VALID][seen]);
        }
    }
    cr_assert_eq(seen, want);
    batcher_release(b);
}

Test(batcher, scoring_takes_every_token_once)
{
    int32_t stream[] = {3, 1, 0, 2, 2, 0, 1};
    struct dataset ds = make(stream, 7);
    assert_scores(&ds, 0, 3, 7); /* 3 + 3 + 1 */
    assert_scores(&ds, 0, 7, 7);
    assert_scores(&ds, 0, 100, 7);
    assert_scores(&ds, 0, 1, 7);
    assert_scores(&ds, 4, 3, 4);
    assert_scores(&ds, 99, 3, 7);
    struct batcher *b;
    ds.n_tokens[SPLIT_VALID] = 0;
    cr_assert_eq(batcher_lm_score(&ds, SPLIT_VALID, 0, 3, &b), E_FORMAT);
    vocab_release(ds.vocab);
    cr_assert_eq(vocab_parse("a\nb\nc\nd", "t", &ds.vocab), OK);
    ds.n_tokens[SPLIT_VALID] = 7;
    cr_assert_eq(batcher_lm_score(&ds, SPLIT_VALID, 0, 3, &b), E_FORMAT);
    cr_assert_str_eq(status_message(), "t: the vocabulary has no <eos> to begin with");
    vocab_release(ds.vocab);
}
