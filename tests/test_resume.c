/* test_resume.c - every kind of training goes on bit for bit where it was stopped; what early stop,
 * moving masks and full disks leave. */
#include "base/file.h"
#include "base/interrupt.h"
#include "model/prune_train.h"
#include "model/weights.h"
#include "tests/scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PER_EPOCH = 62 }; /* chunks of the head of the stand-in */

static struct dataset *data;
static struct scratch tmp;

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

TestSuite(resume, .init = make, .fini = drop);

static const struct recipe plain = {.lr = 1,
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

static struct recipe adam(void)
{
    struct recipe r = plain;
    r.optimizer = OPTIMIZER_ADAM;
    r.lr = 0.01;
    r.weight_decay = 0.02;
    r.rate = RATE_COSINE;
    r.warm_up = 20;
    r.keep_in = 0.9;
    r.keep_out = 0.7;
    return r;
}

/* One training: what is drawn, how it is trained and pruned. */
struct kind {
    struct recipe recipe;
    int tied;
    struct prune_spec spec;
};

/* Where it stops, and what its scores are. */
struct plan {
    size_t at;
    int n_valid, raise_at, poison_at, limit; /* limit: no more room on the disk */
    const double *scores;                    /* NULL: made from the weights */
};

static struct net *start(const struct kind *k)
{
    struct net *net;
    int words = (int)vocab_size(data->vocab);
    struct net_shape shape = {.n_vocab = words,
                              .n_in = 12,
                              .n_layers = 2,
                              .n_hid = {20, 12},
                              .n_classes = words,
                              .tied = k->tied};
    cr_assert_eq(net_new(&shape, &net), OK);
    train_init(net, &k->recipe);
    return net;
}

static enum status hook(void *ctx, const struct train_point *p)
{
    struct plan *plan = ctx;
    if (p->step != plan->at)
        return OK;
    if (!plan->limit)
        return fail(E_CHECK, "stopped by the test");
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000, 1000});
    return OK;
}

static enum status valid(void *ctx, const struct net *net, double *metric)
{
    struct plan *plan = ctx;
    plan->n_valid++;
    *metric = plan->scores != NULL ? plan->scores[plan->n_valid - 1]
                                   : 100 + fmod(1e3 * fabs((double)net->data[7]), 1);
    if (plan->n_valid == plan->raise_at) {
        raise(SIGINT);
        *metric = NAN;
    }
    if (plan->n_valid == plan->poison_at)
        ((struct net *)net)->data[5] = NAN; /* what no chunk may leave */
    return OK;
}

static enum status train(const struct kind *k, struct plan *plan, const char *checkpoint,
                         double every_s, struct net *net, struct train_result *result)
{
    struct net *teacher = NULL;
    struct kind taught = *k;
    taught.recipe.seed = 9;
    if (k->recipe.distill != 0)
        teacher = start(&taught);
    struct train_job job = {.recipe = &k->recipe,
                            .data = data,
                            .checkpoint = checkpoint,
                            .checkpoint_s = every_s,
                            .resume = 1,
                            .hook = hook,
                            .valid = valid,
                            .ctx = plan,
                            .teacher = teacher};
    enum status s = prune_train(net, &k->spec, &job, result);
    net_release(teacher);
    return s;
}

static struct net *whole_run(const struct kind *k, struct train_result *result)
{
    struct plan plan = {0};
    struct net *net = start(k);
    cr_assert_eq(train(k, &plan, NULL, 0, net, result), OK, "%s", status_message());
    return net;
}

static void same(const struct net *a, const struct net *b)
{
    cr_assert_arr_eq(a->data, b->data, a->n_data * sizeof *a->data);
    cr_assert_eq(a->keep == NULL, b->keep == NULL);
    if (a->keep != NULL)
        cr_assert_arr_eq(a->keep, b->keep, a->n_data);
    for (int l = 0; l < a->lstm.n_layers; l++)
        cr_assert(a->lstm.layer[l].k_x == b->lstm.layer[l].k_x &&
                  a->lstm.layer[l].k_h == b->lstm.layer[l].k_h);
}

/* From the checkpoint to the end, against the run that nothing stopped. */
static void go_on(const struct kind *k, const char *checkpoint)
{
    struct plan plan = {0};
    struct train_result result, want;
    struct net *net = start(k), *whole = whole_run(k, &want);
    cr_assert_eq(train(k, &plan, checkpoint, 0, net, &result), OK, "%s", status_message());
    cr_assert(result.loss == want.loss && result.tokens == want.tokens);
    cr_assert_eq(result.valid, want.valid);
    same(net, whole);
    net_release(net);
    net_release(whole);
}

static void stop_and_go_on(const struct kind *k, size_t at, double every_s)
{
    const char *checkpoint = scratch_path(&tmp, "checkpoint");
    struct plan plan = {.at = at};
    struct train_result result;
    struct net *net = start(k);
    cr_assert_eq(file_remove(checkpoint), OK);
    cr_assert_eq(train(k, &plan, checkpoint, every_s, net, &result), E_CHECK, "%s",
                 status_message());
    net_release(net);
    go_on(k, checkpoint);
}

static void stops(struct kind k)
{
    stop_and_go_on(&k, 40, 1e-9);
    stop_and_go_on(&k, 62, 1e-9);
    k.recipe.threads = 2;
    stop_and_go_on(&k, 120, 1e-9);
    stop_and_go_on(&k, 130, 0); /* from the last epoch's end */
}

Test(resume, adam)
{
    stops((struct kind){.recipe = adam()});
}

Test(resume, adam_tied)
{
    stops((struct kind){.recipe = adam(), .tied = 1});
}

Test(resume, plateau_and_best)
{
    struct kind k = {.recipe = plain};
    k.recipe.rate = RATE_PLATEAU;
    k.recipe.keep_best = 1;
    k.recipe.epochs = 4;
    stops(k);
}

static struct kind pruned(struct recipe r, const char *schedule)
{
    struct kind k = {.recipe = r, .spec = prune_spec_row(.8, .9, -1)};
    cr_assert_eq(schedule_parse(schedule, &k.spec.schedule), OK);
    return k;
}

Test(resume, gradual)
{
    stops(pruned(plain, "gradual")); /* 155 chunks, frozen from the 93rd */
    stops(pruned(adam(), "gradual"));
}

Test(resume, iterative)
{
    stops(pruned(adam(), "iterative:4"));
}

Test(resume, distillation)
{
    struct kind k = pruned(plain, "gradual");
    k.recipe.distill = 0.6;
    k.recipe.temperature = 2;
    k.tied = 1;
    stops(k);
}

/* A checkpoint belongs to its masks, its teacher and its shape too. */
Test(resume, checkpoint_of_another_schedule)
{
    const char *checkpoint = scratch_path(&tmp, "checkpoint");
    struct kind k = pruned(plain, "gradual"), other = k;
    struct plan plan = {.at = 20};
    struct train_result result;
    struct net *net = start(&k), *again = start(&k);
    cr_assert_eq(train(&k, &plan, checkpoint, 1e-9, net, &result), E_CHECK);
    other.spec.s_x = .7;
    cr_assert_eq(train(&other, &plan, checkpoint, 0, again, &result), E_USAGE);
    other = k;
    other.recipe.distill = .1;
    cr_assert_eq(train(&other, &plan, checkpoint, 0, again, &result), E_USAGE);
    net_release(net);
    net_release(again);
}

/* 2,604 updates, frozen at 60 %, so that over 1,000 follow. */
static void reaches_its_target(const struct recipe *r, const char *schedule)
{
    struct kind k = pruned(*r, schedule);
    struct train_result result;
    k.recipe.epochs = 42;
    struct net *net = whole_run(&k, &result);
    cr_assert_geq(42 * PER_EPOCH - schedule_last(&k.spec.schedule, 42 * PER_EPOCH), (size_t)1000);
    cr_assert_eq(prune_kept(net), prune_asked(net, &k.spec));
    cr_assert_eq(prune_check(net), OK, "%s", status_message());
    cr_assert_eq(net_nnz(net), prune_kept(net));
    net_release(net);
}

Test(resume, gradual_reaches_its_target_and_pruned_weights_stay_zero)
{
    const struct recipe r = adam();
    reaches_its_target(&plain, "gradual");
    reaches_its_target(&r, "gradual");
}

Test(resume, without_updates_a_schedule_is_at_its_target)
{
    struct kind k = pruned(plain, "gradual");
    struct train_result result;
    k.recipe.epochs = 0;
    struct net *net = whole_run(&k, &result);
    cr_assert_eq(prune_kept(net), prune_asked(net, &k.spec));
    cr_assert_eq(prune_check(net), OK, "%s", status_message());
    net_release(net);
}

/* The epoch of the best score, and no more epochs than asked for. */
Test(resume, early_stop_keeps_the_best)
{
    static const double scores[] = {50, 40, 45, 41, 30};
    struct kind k = {.recipe = plain}, two = k;
    struct plan plan = {.scores = scores}, all = {0};
    struct train_result result, want;
    struct net *net = start(&k), *best = start(&two);
    k.recipe.epochs = 5;
    k.recipe.stop_after = 2;
    two.recipe.epochs = 2;
    cr_assert_eq(train(&k, &plan, NULL, 0, net, &result), OK, "%s", status_message());
    cr_assert_eq(train(&two, &all, NULL, 0, best, &want), OK);
    cr_assert(plan.n_valid == 4 && result.valid == 40);
    cr_assert_eq(result.tokens, (size_t)4 * PER_EPOCH * 8 * 12);
    same(net, best);
    net_release(net);
    net_release(best);
    stops(k);
}

Test(resume, scores_that_are_needed)
{
    struct recipe r = plain;
    struct train_job job = {.recipe = &r, .data = data};
    struct train_result result;
    struct kind k = {.recipe = r};
    struct net *net = start(&k);
    r.stop_after = 1;
    cr_assert_eq(train_run(net, &job, &result), E_USAGE);
    r.stop_after = 0;
    r.distill = .5;
    cr_assert_eq(train_run(net, &job, &result), E_USAGE); /* no teacher */
    net_release(net);
}

/* In a process of its own: the end of the child tells the status. */
static void in_child(const struct kind *k, struct plan plan, const char *checkpoint, double every_s,
                     enum status want)
{
    pid_t child = fork();
    if (child == 0) {
        struct train_result result;
        interrupt_catch();
        _exit(train(k, &plan, checkpoint, every_s, start(k), &result) == want ? 0 : 1);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A signal while a score is taken, in the middle and after the last chunk. */
Test(resume, signal_while_scoring)
{
    const char *checkpoint = scratch_path(&tmp, "checkpoint");
    struct kind k = {.recipe = plain};
    k.recipe.keep_best = 1;
    for (int epoch = 2; epoch <= 3; epoch++) {
        in_child(&k, (struct plan){.raise_at = epoch}, checkpoint, 0, E_INTERRUPTED);
        go_on(&k, checkpoint);
        cr_assert_eq(file_remove(checkpoint), OK);
    }
}

Test(resume, full_disk_keeps_the_old_checkpoint)
{
    const char *checkpoint = scratch_path(&tmp, "checkpoint");
    struct kind k = {.recipe = adam()};
    in_child(&k, (struct plan){.at = 30, .limit = 1}, checkpoint, 1e-9, E_IO);
    go_on(&k, checkpoint);
}

/* Neither in a checkpoint nor as the result. */
Test(resume, weights_that_are_not_finite)
{
    const char *checkpoint = scratch_path(&tmp, "checkpoint");
    struct kind k = {.recipe = plain};
    struct plan plan = {.poison_at = 2};
    struct train_result result;
    struct net *net = start(&k), *left;
    cr_assert_eq(train(&k, &plan, checkpoint, 0, net, &result), E_NUMERIC);
    cr_assert_not_null(strstr(status_message(), "training diverged at chunk 124: "));
    cr_assert_not_null(strstr(status_message(), "embedding: row 0, column 5 is nan"));
    cr_assert_eq(weights_load(checkpoint, NULL, &left), OK, "%s", status_message());
    cr_assert_eq(weights_save(net, scratch_path(&tmp, "out")), E_NUMERIC);
    cr_assert(!file_exists(scratch_path(&tmp, "out")));
    net_release(net);
    net_release(left);
    go_on(&k, checkpoint);
    plan = (struct plan){.poison_at = 3};
    net = start(&k);
    cr_assert_eq(train(&k, &plan, NULL, 0, net, &result), E_NUMERIC);
    net_release(net);
}
