/* test_items.c - batches of whole reviews and utterances, against examples worked by hand. */
#include "datasets/batch.h"

#include "base/mem.h"
#include "datasets/imdb_standin.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* Four reviews of 2, 1, 3 and 2 tokens. */
static int32_t tokens[] = {5, 6, 7, 8, 9, 10, 11, 12}, target[] = {0, 1, 1, 0};
static size_t start[] = {0, 2, 3, 6, 8};
static uint8_t seen[] = {0, 0, 1, 0};

static struct dataset reviews(void)
{
    struct dataset ds = {.name = "t", .task = TASK_CLASSIFY};
    ds.tokens[SPLIT_TEST] = tokens;
    ds.n_tokens[SPLIT_TEST] = 8;
    ds.items[SPLIT_TEST] = (struct items){.n = 4, .start = start, .target = target, .seen = seen};
    return ds;
}

#define ASSERT_ARRAY(got, ...)                                                                     \
    do {                                                                                           \
        const int32_t want_[] = {__VA_ARGS__};                                                     \
        cr_assert_arr_eq(got, want_, sizeof want_);                                                \
    } while (0)

Test(items, reviews_are_padded_at_the_end)
{
    struct dataset ds = reviews();
    struct batching how = {.task = TASK_CLASSIFY, .lanes = 3};
    struct batcher *b;
    struct batch x;
    cr_assert_eq(batcher_score(&ds, SPLIT_TEST, &how, &b), OK, "%s", status_message());
    cr_assert(batcher_count(b) == 2 && batcher_max_steps(b) == 3 && batcher_max_lanes(b) == 3);
    cr_assert_eq(batcher_get(b, 1, &x), OK); /* any order */
    cr_assert(x.steps == 2 && x.lanes == 1 && x.len[0] == 2 && x.item[0] == 3 && x.carry == 0);
    ASSERT_ARRAY(x.tokens, 11, 12);
    ASSERT_ARRAY(x.targets, NO_TARGET, 0);
    cr_assert_eq(batcher_get(b, 0, &x), OK);
    cr_assert(x.steps == 3 && x.lanes == 3 && x.frames == NULL && x.n_in == 0 && x.labels == NULL);
    ASSERT_ARRAY(x.tokens, 5, 7, 8, 6, 0, 9, 0, 0, 10);
    ASSERT_ARRAY(x.targets, -1, 1, -1, 0, -1, -1, -1, -1, 1);
    ASSERT_ARRAY(x.len, 2, 1, 3);
    ASSERT_ARRAY(x.item, 0, 1, 2);
    cr_assert_eq(batcher_epoch(b, 3), OK); /* scoring has one order */
    cr_assert_eq(batcher_get(b, 0, &x), OK);
    ASSERT_ARRAY(x.item, 0, 1, 2);
    batcher_release(b);
}

Test(items, crops_limits_and_leaves_out)
{
    struct dataset ds = reviews();
    struct batching how = {.task = TASK_CLASSIFY, .lanes = 4, .steps = 2, .unseen_only = 1};
    struct batcher *b;
    struct batch x;
    cr_assert_eq(batcher_score(&ds, SPLIT_TEST, &how, &b), OK);
    cr_assert_eq(batcher_get(b, 0, &x), OK);
    cr_assert(x.lanes == 3 && batcher_max_lanes(b) == 3);
    ASSERT_ARRAY(x.item, 0, 1, 3);
    batcher_release(b);
    how.unseen_only = 0;
    how.most = 3;
    cr_assert_eq(batcher_score(&ds, SPLIT_TEST, &how, &b), OK);
    cr_assert_eq(batcher_get(b, 0, &x), OK);
    ASSERT_ARRAY(x.item, 0, 1, 2);
    ASSERT_ARRAY(x.tokens, 5, 7, 9, 6, 0, 10); /* the last two of 8 9 10 */
    ASSERT_ARRAY(x.targets, -1, 1, -1, 0, -1, 1);
    batcher_release(b);
}

/* 0, 0, .. and 1, 1, .. as the corpus has them: any number of them is of both classes alike. */
Test(items, a_part_of_the_reviews_is_of_all_classes)
{
    enum { N = 100 };
    int32_t word[N], class_of[N];
    size_t first[N + 1];
    struct dataset ds = {.name = "t", .task = TASK_CLASSIFY};
    for (int i = 0; i <= N; i++)
        first[i] = (size_t)i;
    for (int i = 0; i < N; i++) {
        word[i] = i;
        class_of[i] = i >= N / 2;
    }
    ds.tokens[SPLIT_TEST] = word;
    ds.items[SPLIT_TEST] = (struct items){.n = N, .start = first, .target = class_of};
    for (size_t most = 1; most <= N + 5; most++) {
        struct batching how = {.task = TASK_CLASSIFY, .lanes = N, .most = most};
        struct batcher *b;
        struct batch x;
        int n_class[2] = {0}, last = -1;
        cr_assert_eq(batcher_score(&ds, SPLIT_TEST, &how, &b), OK, "%s", status_message());
        cr_assert_eq(batcher_get(b, 0, &x), OK);
        cr_assert_eq(x.lanes, most < N ? (int)most : N);
        for (int i = 0; i < x.lanes; i++) {
            cr_assert_gt(x.item[i], last);
            last = x.item[i];
            n_class[class_of[last]]++;
        }
        cr_assert_leq(abs(n_class[0] - n_class[1]), 1, "%zu: %d, %d", most, n_class[0], n_class[1]);
        batcher_release(b);
    }
}

Test(items, refuses_what_does_not_go_together)
{
    struct dataset ds = reviews();
    struct batching how = {.task = TASK_LM, .lanes = 1, .steps = 1};
    struct batcher *b;
    cr_assert_eq(batcher_train(&ds, SPLIT_TEST, &how, &b), E_USAGE);
    cr_assert_str_eq(status_message(), "t: is for task classify, not for lm");
    cr_assert_null(b);
    cr_assert_eq(batcher_lm_score(&ds, SPLIT_TEST, 0, 1, &b), E_USAGE);
    how = (struct batching){.task = TASK_CLASSIFY};
    cr_assert_eq(batcher_train(&ds, SPLIT_TEST, &how, &b), E_USAGE);
    how.lanes = 1;
    cr_assert_eq(batcher_train(&ds, SPLIT_TRAIN, &how, &b), E_FORMAT);
    cr_assert_str_eq(status_message(), "t: train has nothing to make batches of");
}

/* Two utterances of 3 and 2 frames, 2 features; class 1 is not scored. */
static float frame[] = {1, 10, 2, 20, 3, 30, 4, 40, 5, 50};
static int32_t step_label[] = {0, 1, 2, 2, 0}, label[] = {0, 1, 2, 2, 0};
static size_t utterance[] = {0, 3, 5}, label_start[] = {0, 3, 5};
static int fold[] = {0, -1, 1};

static struct dataset speech(void)
{
    static float mean[] = {1, 0}, deviation[] = {2, 10};
    struct dataset ds = {.name = "s", .task = TASK_FRAMES, .n_in = 2};
    ds.input_mean = mean;
    ds.input_std = deviation;
    ds.fold = fold;
    ds.n_folded = 2;
    ds.frames[SPLIT_VALID] = frame;
    ds.n_tokens[SPLIT_VALID] = 5;
    ds.items[SPLIT_VALID] = (struct items){.n = 2,
                                           .start = utterance,
                                           .step_label = step_label,
                                           .labels = label,
                                           .label_start = label_start};
    return ds;
}

Test(items, frames_are_normalised_and_late_labels_all_come)
{
    struct dataset ds = speech();
    struct batching how = {.task = TASK_FRAMES, .lanes = 2, .delay = 1};
    struct batcher *b;
    struct batch x;
    cr_assert_eq(batcher_score(&ds, SPLIT_VALID, &how, &b), OK);
    cr_assert_eq(batcher_max_steps(b), 4);
    cr_assert_eq(batcher_get(b, 0, &x), OK);
    cr_assert(x.steps == 4 && x.lanes == 2 && x.n_in == 2 && x.tokens == NULL);
    const float want[] = {0, 1, 1.5f, 4, 0.5f, 2, 2, 5, /* t = 0, 1 */
                          1, 3, 2,    5, 1,    3, 0, 0};
    cr_assert_arr_eq(x.frames, want, sizeof want);
    ASSERT_ARRAY(x.targets, -1, -1, 0, 2, -1, 0, 2, -1); /* class 1 is not scored */
    ASSERT_ARRAY(x.len, 4, 3);
    batcher_release(b);
    how.delay = 0;
    how.lanes = 1;
    cr_assert_eq(batcher_train(&ds, SPLIT_VALID, &how, &b), OK);
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(batcher_get(b, i, &x), OK);
        if (x.item[0] == 0)
            ASSERT_ARRAY(x.targets, 0, 1, 2); /* training learns all of them */
        else
            ASSERT_ARRAY(x.targets, 2, 0);
    }
    batcher_release(b);
    how.steps = 2;
    cr_assert_eq(batcher_train(&ds, SPLIT_VALID, &how, &b), E_USAGE);
}

Test(items, ctc_has_label_sequences)
{
    struct dataset ds = speech();
    struct batching how = {.task = TASK_CTC, .lanes = 2, .delay = 5};
    struct batcher *b;
    struct batch x;
    cr_assert_eq(batcher_score(&ds, SPLIT_VALID, &how, &b), OK);
    cr_assert_eq(batcher_get(b, 0, &x), OK);
    cr_assert(x.targets == NULL && x.steps == 3 && x.len[1] == 2); /* no delay in ctc */
    ASSERT_ARRAY(x.labels, 0, 1, 2, 2, 0);
    ASSERT_ARRAY(x.label_start, 0, 3, 5);
    batcher_release(b);
}

Test(items, takes_the_scale_of_a_model)
{
    struct dataset ds = speech();
    float mean[] = {0, 1}, deviation[] = {1, 1}, own[2][2];
    memcpy(own[0], ds.input_mean, sizeof own[0]);
    memcpy(own[1], ds.input_std, sizeof own[1]);
    cr_assert_eq(dataset_adopt_scale(&ds, mean, deviation), OK);
    cr_assert(ds.input_mean[1] == 1 && ds.input_std[0] == 1);
    deviation[1] = 0;
    cr_assert_eq(dataset_adopt_scale(&ds, mean, deviation), E_FORMAT);
    cr_assert_eq(ds.input_std[1], 1);
    dataset_adopt_scale(&ds, own[0], own[1]);
    struct dataset words = reviews();
    cr_assert_eq(dataset_adopt_scale(&words, mean, deviation), E_FORMAT);
}

/* ---- orders of training ---- */

static void items_of_pass(struct batcher *b, int32_t *item, size_t *padding)
{
    size_t at = 0;
    *padding = 0;
    for (size_t i = 0; i < batcher_count(b); i++) {
        struct batch x;
        cr_assert_eq(batcher_get(b, i, &x), OK);
        cr_assert(x.steps <= batcher_max_steps(b) && x.lanes <= batcher_max_lanes(b));
        for (int lane = 0; lane < x.lanes; lane++) {
            item[at++] = x.item[lane];
            *padding += (size_t)(x.steps - x.len[lane]);
        }
    }
}

static int times_seen[5400];

Test(items, each_epoch_has_every_item_once_in_another_order)
{
    struct dataset_request rq = {.name = "imdb-standin"};
    struct dataset *ds;
    struct batching how = {.task = TASK_CLASSIFY, .lanes = 32, .seed = 7};
    struct batcher *b;
    static int32_t pass[3][5400];
    size_t padding;
    cr_assert_eq(dataset_open(&rq, &ds), OK);
    cr_assert_eq(batcher_train(ds, SPLIT_TRAIN, &how, &b), OK);
    cr_assert_eq(batcher_count(b), 169);
    items_of_pass(b, pass[0], &padding);
    cr_assert_lt(padding, ds->n_tokens[SPLIT_TRAIN] / 20); /* lanes are about equally long */
    for (int i = 0; i < 5400; i++)
        times_seen[pass[0][i]]++;
    for (int i = 0; i < 5400; i++)
        cr_assert_eq(times_seen[i], 1);
    cr_assert_eq(batcher_epoch(b, 1), OK);
    items_of_pass(b, pass[1], &padding);
    cr_assert_neq(memcmp(pass[0], pass[1], sizeof pass[0]), 0);
    cr_assert_eq(batcher_epoch(b, 0), OK);
    items_of_pass(b, pass[2], &padding);
    cr_assert_arr_eq(pass[0], pass[2], sizeof pass[0]);
    batcher_release(b);
    how.seed = 8;
    cr_assert_eq(batcher_train(ds, SPLIT_TRAIN, &how, &b), OK);
    items_of_pass(b, pass[1], &padding);
    cr_assert_neq(memcmp(pass[0], pass[1], sizeof pass[0]), 0);
    batcher_release(b);
    dataset_release(ds);
}
