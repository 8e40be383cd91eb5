/* leakcheck_data.c - corpora of reviews and of speech in success and in failure, as a plain
 * program: under -Db_sanitize=address it ends with the leak report that Criterion's workers
 * hide. */
#include "base/file.h"
#include "datasets/batch.h"
#include "datasets/imdb_standin.h"
#include "datasets/store.h"
#include "datasets/timit_standin.h"
#include "tests/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct scratch tmp;

static void expect(enum status got, enum status want, const char *what)
{
    if (got == want)
        return;
    fprintf(stderr, "leakcheck_data: %s: status %d (expected %d): %s\n", what, got, want,
            status_message());
    exit(1);
}

#define EXPECT(want, call) expect(call, want, #call)

static void batches(const struct dataset *ds, enum task task)
{
    struct batching how = {.task = task, .lanes = 7, .delay = 3, .seed = 1};
    struct batcher *b;
    struct batch x;
    EXPECT(OK, batcher_train(ds, SPLIT_TRAIN, &how, &b));
    EXPECT(OK, batcher_epoch(b, 1));
    EXPECT(OK, batcher_get(b, batcher_count(b) - 1, &x));
    batcher_release(b);
    EXPECT(OK, batcher_score(ds, SPLIT_TEST, &how, &b));
    EXPECT(OK, batcher_get(b, 0, &x));
    batcher_release(b);
    how.task = TASK_LM;
    EXPECT(E_USAGE, batcher_score(ds, SPLIT_TEST, &how, &b));
    how = (struct batching){.task = task, .lanes = 1, .steps = -1};
    EXPECT(E_USAGE, batcher_train(ds, SPLIT_TRAIN, &how, &b));
}

/* Every step-th file of a bundle below in/, under its own name or, for speech, the sample's. */
static void write_files(const struct bundle *b, size_t step)
{
    for (size_t i = 0; i < b->n; i += step) {
        char name[128];
        const char *own = b->file[i].name;
        if (strncmp(own, "sample/", 7) == 0)
            snprintf(name, sizeof name, "in/%.3s-%s", own + 7, own + 11);
        else
            snprintf(name, sizeof name, "in/%s", own);
        scratch_write(&tmp, name, b->file[i].bytes, b->file[i].n_bytes);
    }
}

static void spoil(const char *name)
{
    scratch_write(&tmp, name, "spoilt", 6);
}

static void corpus(const char *form, enum task task, const char *kept, const char *bad)
{
    struct store_entry e;
    struct dataset *ds;
    char data[96], in[96];
    snprintf(data, sizeof data, "%s/data", tmp.dir);
    snprintf(in, sizeof in, "%s/in", tmp.dir);
    struct dataset_request rq = {.name = form, .data_dir = data};
    EXPECT(E_ABSENT, dataset_open(&rq, &ds));
    EXPECT(E_FORMAT, store_add(data, form, in, NULL, &e));
    EXPECT(OK, store_add(data, form, in, form[0] == 'i' ? "i" : "t", &e));
    EXPECT(OK, store_add(data, form, in, e.label, &e));
    EXPECT(OK, store_verify(data, e.label, &e));
    rq.name = e.label;
    EXPECT(OK, dataset_open(&rq, &ds));
    batches(ds, task);
    dataset_release(ds);
    rq.fold = 99;
    expect(dataset_open(&rq, &ds), task == TASK_FRAMES ? E_USAGE : OK, "fold 99");
    dataset_release(ds);
    rq.fold = 0;
    spoil(kept);
    EXPECT(E_FORMAT, store_verify(data, e.label, &e));
    spoil(bad);
    EXPECT(E_FORMAT, store_add(data, form, in, "other", &e));
    rq = (struct dataset_request){.name = form, .standin = 1};
    EXPECT(OK, dataset_open(&rq, &ds));
    batches(ds, task);
    dataset_release(ds);
}

int main(void)
{
    struct bundle b;
    scratch_make(&tmp);
    EXPECT(OK, imdb_standin_bundle(&b));
    write_files(&b, 50);
    bundle_release(&b);
    corpus("imdb", TASK_CLASSIFY, "data/i/reviews.tar", "in/train/pos/x.txt");
    EXPECT(OK, timit_standin_bundle(&b));
    write_files(&b, 1);
    bundle_release(&b);
    corpus("timit", TASK_FRAMES, "data/t/utterances.tar", "in/dr1-msya0/si1.wav");
    struct dataset_request rq = {.name = "timit-standin"};
    struct dataset *ds;
    EXPECT(OK, dataset_open(&rq, &ds));
    batches(ds, TASK_CTC);
    dataset_release(ds);
    scratch_remove(&tmp);
    puts("leakcheck_data: every path ended as it should");
    return 0;
}
