/* test_train.c - training gives the same bits again: twice, on two threads, interrupted and
 * resumed; what stops it and what it leaves behind. */
#include "base/file.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "model/prune.h"
#include "model/train.h"
#include "model/weights.h"
#include "tests/scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A small job on the head of the stand-in: 62 chunks an epoch, 155 in all, with dropout. */
static struct dataset *data;
static struct scratch tmp;
static struct recipe recipe = {.lr = 1,
                               .decay = 0.5,
                               .decay_after = 1,
                               .epochs = 2.5,
                               .lanes = 8,
                               .steps = 12,
                               .clip = 5,
                               .init = 0.1,
                               .keep = 0.8,
                               .seed = 3,
                               .threads = 1};
enum { CHUNKS = 155 };

static void make(void)
{
    struct dataset_request rq = {.name = "ptb", .standin = 1};
    cr_assert_eq(dataset_open(&rq, &data), OK);
    data->n_tokens[SPLIT_TRAIN] = 6000;
    scratch_make(&tmp);
}

static void drop(void)
{
    dataset_release(data);
    scratch_remove(&tmp);
}

TestSuite(train, .init = make, .fini = drop);

static struct net *start(int pruned)
{
    struct net *net;
    int words = (int)vocab_size(data->vocab);
    struct net_shape shape = {.n_vocab = words,
                              .n_in = 9,
                              .n_layers = 2,
                              .n_hid = {20, 10},
                              .n_proj = {7, 0},
                              .peephole = 1,
                              .n_classes = words};
    struct prune_spec spec = prune_spec_row(.5, .8, .6);
    cr_assert_eq(net_new(&shape, &net), OK);
    train_init(net, &recipe);
    if (pruned)
        cr_assert_eq(prune_net(net, &spec), OK);
    return net;
}

/* What the hook does at which chunk. */
struct plan {
    size_t at, steps_seen;
    int do_raise, n_epoch_ends, n_valid;
    double last_valid;
    struct net *net; /* with it, its classifier gets the poison instead of a stop */
    float poison;
};

static enum status hook(void *ctx, const struct train_point *p)
{
    struct plan *plan = ctx;
    cr_assert_eq(p->steps, CHUNKS);
    cr_assert_eq(p->epoch, (int)((p->step - 1) / 62) + 1);
    plan->steps_seen++;
    plan->n_epoch_ends += p->epoch_end;
    plan->last_valid = p->valid;
    if (p->step != plan->at)
        return OK;
    if (plan->net != NULL) {
        const struct param *w = net_param(plan->net, PARAM_CLASSIFIER, 0);
        for (size_t i = 0; i < param_size(w); i += 3)
            plan->net->data[w->at + i] = plan->poison;
        return OK;
    }
    if (!plan->do_raise)
        return fail(E_CHECK, "stopped by the test");
    raise(SIGINT);
    return OK;
}

static enum status valid(void *ctx, const struct net *net, double *metric)
{
    *metric = 100 + ++((struct plan *)ctx)->n_valid;
    return OK;
}

static struct train_job job_of(struct plan *plan, const char *checkpoint, double every_s)
{
    return (struct train_job){.recipe = &recipe,
                              .data = data,
                              .checkpoint = checkpoint,
                              .checkpoint_s = every_s,
                              .hook = hook,
                              .valid = valid,
                              .ctx = plan};
}

/* The weights after an uninterrupted run. */
static struct net *whole_run(int pruned, struct train_result *result)
{
    struct plan plan = {0};
    struct net *net = start(pruned);
    struct train_job job = job_of(&plan, NULL, 0);
    cr_assert_eq(train_run(net, &job, result), OK, "%s", status_message());
    cr_assert_eq(plan.steps_seen, CHUNKS);
    cr_assert(plan.n_epoch_ends == 3 && plan.n_valid == 3 && plan.last_valid == 103);
    return net;
}

static void same_bits(const struct net *a, const struct net *b)
{
    cr_assert_arr_eq(a->data, b->data, a->n_data * sizeof *a->data);
}

static void twice(int threads, int pruned)
{
    struct train_result r1, r2;
    recipe.threads = threads;
    struct net *a = whole_run(pruned, &r1), *b = whole_run(pruned, &r2), *before = start(pruned);
    same_bits(a, b);
    cr_assert_neq(memcmp(a->data, before->data, a->n_data * sizeof *a->data), 0);
    cr_assert(r1.loss == r2.loss && r1.loss < log(309) && r1.valid == 103);
    cr_assert_eq(r1.tokens, CHUNKS * 8 * 12);
    net_release(a);
    net_release(b);
    net_release(before);
}

Test(train, same_bits_twice)
{
    twice(1, 0);
}

Test(train, same_bits_twice_on_2_threads)
{
    twice(2, 0);
}

Test(train, same_bits_twice_pruned)
{
    twice(1, 1);
}

/* Goes on from the checkpoint and compares with the uninterrupted run. */
static void resume(const char *checkpoint, int pruned)
{
    struct plan plan = {0};
    struct train_result result, want;
    struct net *net = start(pruned), *whole = whole_run(pruned, &want);
    struct train_job job = job_of(&plan, checkpoint, 0);
    job.resume = 1;
    cr_assert_eq(train_run(net, &job, &result), OK, "%s", status_message());
    cr_assert(result.loss == want.loss && result.tokens == want.tokens);
    cr_assert_lt(plan.steps_seen, CHUNKS);
    same_bits(net, whole);
    net_release(net);
    net_release(whole);
}

/* With the checkpoint of the last epoch, and with one made at that very chunk. */
static void stop_and_resume(size_t at, double every_s, int threads, int pruned)
{
    const char *checkpoint = scratch_path(&tmp, "checkpoint");
    struct plan plan = {.at = at};
    struct train_result result;
    recipe.threads = threads;
    struct net *net = start(pruned);
    struct train_job job = job_of(&plan, checkpoint, every_s);
    cr_assert_eq(train_run(net, &job, &result), E_CHECK);
    cr_assert_str_eq(status_message(), "stopped by the test");
    cr_assert(file_exists(checkpoint));
    net_release(net);
    resume(checkpoint, pruned);
}

Test(train, stopped_in_the_middle_and_resumed)
{
    stop_and_resume(90, 0, 1, 0);
    stop_and_resume(37, 1e-9, 1, 0);
    stop_and_resume(124, 1e-9, 2, 0); /* at the end of an epoch */
    stop_and_resume(100, 1e-9, 1, 1);
    stop_and_resume(140, 1e-9, 1, 0); /* in the epoch whose loss is told in the end */
}

/* In a process of its own, since the flag stays up. */
Test(train, interrupted_by_a_signal_and_resumed)
{
    const char *checkpoint = scratch_path(&tmp, "checkpoint");
    pid_t child = fork();
    if (child == 0) {
        struct plan plan = {.at = 77, .do_raise = 1};
        struct train_result result;
        struct train_job job = job_of(&plan, checkpoint, 0);
        interrupt_catch();
        enum status s = train_run(start(0), &job, &result);
        int told =
            strstr(status_message(), "interrupted at chunk 77 of 155; go on with --resume") != NULL;
        _exit(s == E_INTERRUPTED && told && plan.steps_seen == 77 ? 0 : 1);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    resume(checkpoint, 0);
}

/* Stops a run so that there is a checkpoint, and gives the job to go on with. */
static struct train_job stopped(struct plan *plan, const char *checkpoint)
{
    struct train_result result;
    struct train_job job = job_of(plan, checkpoint, 1e-9);
    struct net *net = start(0);
    plan->at = 20;
    cr_assert_eq(train_run(net, &job, &result), E_CHECK);
    net_release(net);
    plan->at = 0;
    job.resume = 1;
    return job;
}

static void refused(const struct train_job *job, struct net *net, enum status want,
                    const char *message)
{
    struct train_result result;
    cr_expect_eq(train_run(net, job, &result), want, "not refused: %s", message);
    cr_expect_not_null(strstr(status_message(), message), "%s", status_message());
}

Test(train, checkpoint_of_another_job)
{
    struct plan plan = {0};
    struct net *net = start(0), *pruned = start(1);
    const struct recipe first = recipe;
    struct train_job job = stopped(&plan, scratch_path(&tmp, "checkpoint"));
    refused(&job, pruned, E_USAGE, "the checkpoint of another job");
    recipe.lr = 0.9;
    refused(&job, net, E_USAGE, "the checkpoint of another job");
    recipe = first;
    recipe.threads = 2;
    refused(&job, net, E_USAGE, "the checkpoint of another job");
    recipe = first;
    data->sha256[0] ^= 1;
    refused(&job, net, E_USAGE, "the checkpoint of another job");
    data->sha256[0] ^= 1;
    net->data[0] += 1;
    refused(&job, net, E_USAGE, "the checkpoint of another job");
    net->data[0] -= 1;
    cr_assert_eq(net_need_keep(net), OK); /* the same weights, but a mask */
    net->keep[net_param(net, PARAM_W_H, 0)->at] = 0;
    refused(&job, net, E_USAGE, "the checkpoint of another job");
    net_release(net);
    net_release(pruned);
}

Test(train, damaged_checkpoint)
{
    struct plan plan = {0};
    const char *path = scratch_path(&tmp, "checkpoint");
    struct net *net = start(0), *before = start(0);
    struct train_job job = stopped(&plan, path);
    char *bytes;
    size_t n;
    cr_assert_eq(file_read(path, 1 << 24, &bytes, &n), OK);
    cr_assert_eq(file_write(path, bytes, n - 5), OK);
    refused(&job, net, E_FORMAT, path);
    same_bits(net, before);
    char *key = strstr(bytes + 8, "train.step");
    cr_assert_not_null(key);
    key[0] = 'T';
    cr_assert_eq(file_write(path, bytes, n), OK);
    refused(&job, net, E_FORMAT, "no checkpoint: __metadata__ 'train.step' is missing");
    cr_assert_eq(weights_save(net, path), OK);
    refused(&job, net, E_FORMAT, "no checkpoint: __metadata__ 'train.job' is missing");
    mem_free(bytes);
    net_release(net);
    net_release(before);
}

/* A loss or gradient that is no number: the chunk is named, and the checkpoint that is left holds
 * the finite weights of the chunk before. */
Test(train, divergence_keeps_the_last_good_checkpoint)
{
    static const float value[] = {NAN, INFINITY, 3e38f};
    const char *path = scratch_path(&tmp, "checkpoint");
    for (int i = 0; i < 3; i++) {
        struct net *net = start(0), *left;
        struct plan plan = {.at = 70, .net = net, .poison = value[i]};
        struct train_job job = job_of(&plan, path, 1e-9);
        refused(&job, net, E_NUMERIC, "training diverged at chunk 71 (epoch 2): loss ");
        cr_assert_not_null(strstr(status_message(), "(try a lower learning rate or clip)"));
        cr_assert_eq(weights_load(path, NULL, &left), OK, "%s", status_message());
        net_release(left);
        net_release(net);
    }
}

Test(train, jobs_that_cannot_be)
{
    struct plan plan = {0};
    struct net *net = start(0);
    const struct recipe first = recipe;
    struct train_job job = job_of(&plan, NULL, 0);
    recipe.keep = 0;
    refused(&job, net, E_USAGE, "recipe: keep is 0 (expected over 0, at most 1)");
    recipe = first;
    recipe.lr = NAN;
    refused(&job, net, E_USAGE, "recipe: lr is nan (expected 0 to");
    recipe = first;
    recipe.lanes = 6001;
    refused(&job, net, E_FORMAT, "too few for a batch of 6001 lanes");
    recipe = first;
    net->shape.n_classes--;
    refused(&job, net, E_FORMAT,
            "a classifier of 308 rows, but ptb-standin has 309 words and 309 classes");
    net->shape.n_classes++;
    net->shape.task = TASK_FRAMES;
    refused(&job, net, E_USAGE, "the net is for task frames, but ptb-standin is for task lm");
    net_release(net);
}
