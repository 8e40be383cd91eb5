/* leakcheck_tasks.c - as leakcheck.c, for reviews, frames and label sequences: trained on two
 * threads, taught, scored, calibrated, kept and taken up again, refused. */
#include "base/file.h"
#include "base/mem.h"
#include "bench/corpora.h"
#include "brds/registry.h"
#include "model/calibrate.h"
#include "model/lineage.h"
#include "model/score.h"
#include "model/train.h"
#include "model/weights.h"
#include "results/bootstrap.h"
#include "tests/scratch.h"

#include <stdio.h>
#include <stdlib.h>

static void expect(enum status got, enum status want, const char *what)
{
    if (got == want)
        return;
    fprintf(stderr, "leakcheck_tasks: %s: status %d (expected %d): %s\n", what, got, want,
            status_message());
    exit(1);
}
#define EXPECT(want, call) expect(call, want, #call)

static struct scratch tmp;

static const struct recipe recipe = {.lr = .01,
                                     .optimizer = OPTIMIZER_ADAM,
                                     .decay = 1,
                                     .epochs = 1,
                                     .lanes = 5,
                                     .clip = 5,
                                     .init = .1,
                                     .keep = .8,
                                     .seed = 1,
                                     .threads = 2};

static struct net *make(const struct dataset *ds, enum task task, int layers)
{
    struct net *net;
    const struct net_shape shape = {.task = task,
                                    .n_vocab = ds->n_in != 0 ? 0 : (int)vocab_size(ds->vocab),
                                    .n_in = ds->n_in != 0 ? ds->n_in : 12,
                                    .n_layers = layers,
                                    .n_hid = {20, 12},
                                    .n_classes = dataset_n_classes(ds) + (task == TASK_CTC),
                                    .pooling = POOLING_MEAN,
                                    .delay = 2};
    EXPECT(OK, net_new(&shape, &net));
    train_init(net, &recipe);
    return net;
}

static void train(const struct dataset *ds, struct net *net)
{
    struct train_result result;
    struct recipe r = recipe;
    struct net *teacher;
    struct train_job job = {
        .recipe = &r, .data = ds, .checkpoint = scratch_path(&tmp, "ckpt"), .resume = 1};
    EXPECT(OK, train_run(net, &job, &result));
    EXPECT(OK, net_copy(net, &teacher));
    r.distill = .5;
    job.teacher = teacher;
    job.checkpoint = NULL;
    EXPECT(net->shape.task == TASK_CTC ? E_UNSUPPORTED : OK, train_run(net, &job, &result));
    net_release(teacher);
    r.lanes = 0;
    EXPECT(E_USAGE, train_run(net, &job, &result));
    EXPECT(OK, file_remove(scratch_path(&tmp, "ckpt")));
}

static void score(const struct dataset *ds, struct net *net)
{
    struct verdict *each;
    struct quant quant;
    struct score s;
    EXPECT(OK, mem_new(&each, ds->items[SPLIT_TEST].n, sizeof *each));
    for (size_t i = 0; registry_at(i) != NULL; i++) {
        if (!lstm_takes(registry_at(i), PREC_F32))
            continue;
        const struct score_options opt = {
            .backend = registry_at(i), .threads = 2, .lanes = 3, .each = each};
        EXPECT(OK, score_net(net, ds, SPLIT_TEST, &opt, &s));
        net->shape.n_classes--;
        EXPECT(E_FORMAT, score_net(net, ds, SPLIT_TEST, &opt, &s));
        net->shape.n_classes++;
    }
    EXPECT(net->shape.n_layers != 0 ? OK : E_USAGE, calibrate_net(net, ds, 500, 2, &quant));
    mem_free(each);
}

static void keep(struct dataset *ds, struct net *net)
{
    const char *path = scratch_path(&tmp, "net");
    struct net *back;
    EXPECT(OK, lineage_trained(net, "net", ds, &recipe));
    EXPECT(OK, weights_save(net, path));
    EXPECT(OK, weights_load(path, NULL, &back));
    EXPECT(OK, lineage_adopt(back, path, ds));
    EXPECT(OK, net_set_meta(back, "labels", "one\ntwo"));
    EXPECT(E_FORMAT, lineage_adopt(back, path, ds));
    EXPECT(OK, net_set_meta(back, "input_std", "1;x"));
    EXPECT(E_FORMAT, lineage_adopt(back, path, ds));
    net_release(back);
}

static void task(const char *corpus, enum task of, int layers)
{
    const struct dataset_request rq = {.name = corpus, .standin = 1, .n_in = 39};
    struct dataset *ds;
    EXPECT(OK, dataset_open(&rq, &ds));
    ds->items[SPLIT_TRAIN].n = 12;
    ds->items[SPLIT_TEST].n = 7;
    struct net *net = make(ds, of, layers);
    train(ds, net);
    score(ds, net);
    keep(ds, net);
    net_release(net);
    dataset_release(ds);
}

static void folds(void)
{
    const double wrong[] = {1, 2, 3}, judged[] = {4, 4, 4};
    struct corpora corpora = {.name = "timit-standin"}, bad = {.name = "nonesuch"};
    const struct dataset *ds;
    struct interval ci;
    EXPECT(OK, corpora_get(&corpora, 39, 1, &ds));
    EXPECT(OK, corpora_get(&corpora, 39, 1, &ds));
    EXPECT(E_USAGE, corpora_get(&corpora, 39, 9, &ds));
    EXPECT(E_USAGE, corpora_get(&bad, 0, 0, &ds));
    EXPECT(OK, bootstrap_difference(wrong, judged, judged, 3, 1, &ci));
    corpora_release(&corpora);
    corpora_release(&bad);
}

int main(void)
{
    scratch_make(&tmp);
    task("imdb", TASK_CLASSIFY, 2);
    task("imdb", TASK_CLASSIFY, 0);
    task("timit", TASK_FRAMES, 1);
    task("timit", TASK_CTC, 1);
    folds();
    scratch_remove(&tmp);
    puts("leakcheck_tasks: every path ended as it should");
    return 0;
}
