/* test_tasks.c - reviews, frames and label sequences from end to end on the stand-ins: small nets
 * learn what is to be learnt, every backend and every way of batching scores them alike, and a
 * stopped training goes on bit for bit. */
#include "base/file.h"
#include "brds/registry.h"
#include "model/calibrate.h"
#include "model/lineage.h"
#include "model/prune.h"
#include "model/score.h"
#include "model/train.h"
#include "model/weights.h"
#include "tests/scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct recipe small = {.lr = .01,
                                    .lr_floor = .0001,
                                    .rate = RATE_COSINE,
                                    .optimizer = OPTIMIZER_ADAM,
                                    .decay = .5,
                                    .lanes = 8,
                                    .clip = 5,
                                    .init = .1,
                                    .forget_bias = 1,
                                    .keep = 1,
                                    .seed = 1,
                                    .threads = 1};

enum { N_REVIEWS = 600 }; /* that are scored */

static struct dataset *standin(const char *corpus)
{
    struct dataset_request rq = {.name = corpus, .standin = 1, .n_in = 39};
    struct dataset *ds;
    cr_assert_eq(dataset_open(&rq, &ds), OK, "%s", status_message());
    if (ds->task == TASK_CLASSIFY)
        ds->items[SPLIT_TEST].n = N_REVIEWS;
    return ds;
}

static struct net_shape shape_of(const struct dataset *ds, enum task task, int n_hid)
{
    return (struct net_shape){.task = task,
                              .n_vocab = ds->n_in != 0 ? 0 : (int)vocab_size(ds->vocab),
                              .n_in = ds->n_in != 0 ? ds->n_in : 16,
                              .n_layers = 1,
                              .n_hid = {n_hid},
                              .n_classes = dataset_n_classes(ds) + (task == TASK_CTC),
                              .delay = task == TASK_FRAMES ? 3 : 0};
}

static struct net *trained(const struct dataset *ds, const struct net_shape *shape,
                           const struct recipe *r)
{
    struct net *net;
    struct train_result result;
    const struct train_job job = {.recipe = r, .data = ds};
    cr_assert_eq(net_new(shape, &net), OK, "%s", status_message());
    train_init(net, r);
    cr_assert_eq(train_run(net, &job, &result), OK, "%s", status_message());
    cr_assert_eq(result.infeasible, 0);
    return net;
}

static struct score scored(const struct net *net, const struct dataset *ds, const char *backend,
                           int lanes)
{
    struct score_options opt = {.threads = 2, .lanes = lanes};
    struct score s;
    cr_assert_eq(registry_find(backend, &opt.backend), OK);
    cr_assert_eq(score_net(net, ds, SPLIT_TEST, &opt, &s), OK, "%s", status_message());
    fprintf(stderr, "# %s, %d lanes: %s %.6g, nll %.7g\n", backend, lanes, metric_name(s.metric),
            s.value, s.nll);
    return s;
}

/* The loss as near as single precision allows; a metric may turn on one near tie. */
static void alike(const struct score *a, const struct score *b, const char *what)
{
    const double one = 100 / (double)a->n;
    cr_assert_eq(a->n, b->n);
    cr_assert_eq(a->sum.n, b->sum.n);
    cr_assert_lt(fabs(a->nll - b->nll), 2e-5 * a->nll, "%s: %.9g and %.9g", what, a->nll, b->nll);
    cr_assert_lt(fabs(a->value - b->value), 1.5 * one, "%s: %g and %g", what, a->value, b->value);
}

static struct score every_way(const struct net *net, const struct dataset *ds)
{
    const struct score ref = scored(net, ds, "ref", 16), single = scored(net, ds, "ref", 1);
    cr_assert_eq(ref.value, single.value);
    cr_assert_lt(fabs(ref.nll - single.nll), 1e-9);
    for (size_t i = 0; registry_at(i) != NULL; i++) {
        if (!lstm_takes(registry_at(i), PREC_F32))
            continue;
        const struct score s = scored(net, ds, registry_at(i)->name, 7);
        alike(&ref, &s, registry_at(i)->name);
    }
    return ref;
}

/* The formats that need a calibration lose little. */
static void calibrated(const struct net *net, const struct dataset *ds, const struct score *f32,
                       double allowed)
{
    static const enum precision of[] = {PREC_Q16, PREC_Q8};
    struct quant quant;
    cr_assert_eq(calibrate_net(net, ds, 5000, 1, &quant), OK, "%s", status_message());
    for (int i = 0; i < 2; i++) {
        struct score s[2];
        for (int k = 0; k < 2; k++) {
            const struct score_options opt = {.backend =
                                                  k == 0 ? &cpu_sparse_backend : &cpu_dense_backend,
                                              .precision = of[i],
                                              .quant = &quant,
                                              .lanes = k == 0 ? 16 : 5};
            cr_assert_eq(score_net(net, ds, SPLIT_TEST, &opt, &s[k]), OK, "%s", status_message());
        }
        fprintf(stderr, "# %s: %g (f32 %g)\n", precision_name(of[i]), s[0].value, f32->value);
        cr_assert(s[0].value == s[1].value && fabs(s[0].nll - s[1].nll) < 1e-9);
        cr_assert_lt(fabs(s[0].value - f32->value), allowed);
    }
}

/* Seven in ten verdicts are plain words; the rest takes the negator, up to nine words before. */
Test(tasks, reviews_with_negation_are_learnt)
{
    struct dataset *ds = standin("imdb");
    struct net_shape shape = shape_of(ds, TASK_CLASSIFY, 24);
    struct recipe r = small;
    r.epochs = 6;
    r.lanes = 32;
    shape.pooling = POOLING_MEAN;
    struct net *net = trained(ds, &shape, &r);
    const struct score s = every_way(net, ds);
    cr_assert(s.metric == METRIC_ACCURACY && s.n == N_REVIEWS);
    cr_assert_gt(s.value, 88);
    calibrated(net, ds, &s, 1);
    net_release(net);
    /* the control without an LSTM cannot tell a negated word from a plain one */
    shape.n_layers = 0;
    net = trained(ds, &shape, &r);
    const struct score bare = scored(net, ds, "dense", 0);
    cr_assert(bare.value > 60 && bare.value < s.value - 5, "%g", bare.value);
    cr_assert_str_eq(bare.variant, "no LSTM");
    net_release(net);
    dataset_release(ds);
}

Test(tasks, frames_are_learnt)
{
    struct dataset *ds = standin("timit");
    const struct net_shape shape = shape_of(ds, TASK_FRAMES, 48);
    struct recipe r = small;
    r.epochs = 8;
    struct net *net = trained(ds, &shape, &r);
    const struct score s = every_way(net, ds);
    cr_assert_eq(s.metric, METRIC_FER);
    cr_assert_lt(s.value, 15);
    calibrated(net, ds, &s, 1);
    net_release(net);
    dataset_release(ds);
}

Test(tasks, label_sequences_are_learnt)
{
    struct dataset *ds = standin("timit");
    const struct net_shape shape = shape_of(ds, TASK_CTC, 48);
    struct recipe r = small;
    r.epochs = 30;
    r.lanes = 4;
    struct net *net = trained(ds, &shape, &r);
    const struct score s = every_way(net, ds);
    cr_assert(s.metric == METRIC_PER && s.sum.infeasible == 0);
    cr_assert_lt(s.value, 60);
    calibrated(net, ds, &s, 3);
    net_release(net);
    dataset_release(ds);
}

/* What each item adds is all there is, and texts of both halves can be left out. */
Test(tasks, a_score_is_the_sum_of_its_items)
{
    struct dataset *ds = standin("imdb");
    const struct net_shape shape = shape_of(ds, TASK_CLASSIFY, 8);
    struct recipe r = small;
    static struct verdict each[2][N_REVIEWS];
    struct verdict sum = {0};
    struct score s, unseen;
    struct net *net;
    r.init = .5;
    cr_assert_eq(net_new(&shape, &net), OK);
    train_init(net, &r);
    struct score_options opt = {.backend = &cpu_dense_backend, .each = each[0]};
    cr_assert_eq(score_net(net, ds, SPLIT_TEST, &opt, &s), OK);
    for (int i = 0; i < N_REVIEWS; i++)
        verdict_add(&sum, &each[0][i]);
    cr_assert(sum.judged == N_REVIEWS && sum.wrong == s.sum.wrong && sum.n == s.sum.n);
    cr_assert_float_eq(sum.nll, s.sum.nll, 1e-9 * s.sum.nll);
    memset(ds->items[SPLIT_TEST].seen, 0, N_REVIEWS);
    for (int i = 0; i < N_REVIEWS; i += 3)
        ds->items[SPLIT_TEST].seen[i] = 1;
    opt.unseen_only = 1;
    opt.each = each[1];
    cr_assert_eq(score_net(net, ds, SPLIT_TEST, &opt, &unseen), OK);
    cr_assert_eq(unseen.n, N_REVIEWS * 2 / 3);
    for (int i = 0; i < N_REVIEWS; i++)
        cr_assert(i % 3 == 0 ? each[1][i].judged == 0 : each[1][i].wrong == each[0][i].wrong);
    net_release(net);
    dataset_release(ds);
}

struct stop {
    size_t at;
};

static enum status stop_at(void *ctx, const struct train_point *p)
{
    const struct stop *s = ctx;
    return p->step == s->at ? fail(E_CHECK, "stopped by the test") : OK;
}

static enum status valid(void *ctx, const struct net *net, double *metric)
{
    /* a made score, different in every epoch and not the same way better for each task */
    *metric = 50 + fmod(1e3 * fabs((double)net->data[7]), 1);
    return OK;
}

static void goes_on(const struct dataset *ds, const struct net_shape *shape, const size_t *stops,
                    int n_stops)
{
    struct scratch tmp;
    struct net *first, *whole, *parts;
    struct train_result want, got;
    struct stop stop = {0};
    struct recipe r = small;
    r.epochs = 2.5;
    r.keep_in = .8;
    r.keep_out = .7;
    r.stop_after = 3;
    scratch_make(&tmp);
    const struct train_job once = {.recipe = &r, .data = ds, .valid = valid};
    struct train_job job = {.recipe = &r,
                            .data = ds,
                            .valid = valid,
                            .hook = stop_at,
                            .ctx = &stop,
                            .checkpoint = scratch_path(&tmp, "ckpt"),
                            .checkpoint_s = 1e-9,
                            .resume = 1};
    cr_assert_eq(net_new(shape, &first), OK);
    train_init(first, &r);
    cr_assert_eq(net_copy(first, &whole), OK);
    cr_assert_eq(train_run(whole, &once, &want), OK, "%s", status_message());
    for (int i = 0; i < n_stops; i++) {
        stop.at = stops[i];
        cr_assert_eq(net_copy(first, &parts), OK);
        cr_assert_eq(train_run(parts, &job, &got), E_CHECK, "%s", status_message());
        net_release(parts); /* the checkpoint is all that is left */
    }
    stop.at = 0;
    cr_assert_eq(net_copy(first, &parts), OK);
    cr_assert_eq(train_run(parts, &job, &got), OK, "%s", status_message());
    cr_assert_arr_eq(parts->data, whole->data, whole->n_data * sizeof *whole->data);
    cr_assert(got.loss == want.loss && got.valid == want.valid && got.tokens == want.tokens);
    net_release(first);
    net_release(whole);
    net_release(parts);
    scratch_remove(&tmp);
}

/* Within epochs, at their ends, and where the order of the batches has changed. */
Test(tasks, training_goes_on_bit_for_bit)
{
    struct dataset *speech = standin("timit"), *reviews = standin("imdb");
    reviews->items[SPLIT_TRAIN].n = 200;
    const struct net_shape ctc = shape_of(speech, TASK_CTC, 16),
                           frames = shape_of(speech, TASK_FRAMES, 16),
                           classes = shape_of(reviews, TASK_CLASSIFY, 16);
    goes_on(speech, &ctc, (size_t[]){3, 8, 13}, 3);
    goes_on(speech, &frames, (size_t[]){11}, 1);
    goes_on(reviews, &classes, (size_t[]){25, 31}, 2);
    dataset_release(speech);
    dataset_release(reviews);
}

/* A file holds all that scoring needs: another fold's data take its scale and give the same. */
Test(tasks, a_file_holds_all_that_scoring_needs)
{
    struct dataset *ds = standin("timit"), *other;
    const struct dataset_request rq = {.name = "timit", .standin = 1, .n_in = 39, .fold = 2};
    const struct net_shape shape = shape_of(ds, TASK_FRAMES, 8);
    struct score_options opt = {.backend = &cpu_dense_backend};
    struct recipe r = small;
    struct score want, got;
    struct scratch tmp;
    struct net *net, *loaded;
    scratch_make(&tmp);
    const char *path = scratch_path(&tmp, "a.safetensors");
    cr_assert_eq(dataset_open(&rq, &other), OK);
    cr_assert_neq(other->input_mean[0], ds->input_mean[0]);
    cr_assert_eq(net_new(&shape, &net), OK);
    train_init(net, &r);
    cr_assert_eq(lineage_trained(net, "a test", ds, &r), OK);
    cr_assert_eq(weights_save(net, path), OK, "%s", status_message());
    cr_assert_eq(weights_load(path, NULL, &loaded), OK, "%s", status_message());
    cr_assert(loaded->shape.task == TASK_FRAMES && loaded->shape.delay == 3);
    cr_assert_eq(lineage_adopt(loaded, path, other), OK, "%s", status_message());
    cr_assert_arr_eq(other->input_mean, ds->input_mean, 39 * sizeof(float));
    cr_assert_arr_eq(other->input_std, ds->input_std, 39 * sizeof(float));
    cr_assert_eq(score_net(net, ds, SPLIT_TEST, &opt, &want), OK);
    cr_assert_eq(score_net(loaded, ds, SPLIT_TEST, &opt, &got), OK);
    cr_assert(want.value == got.value && want.nll == got.nll);
    cr_assert_eq(net_set_meta(loaded, "labels", "aa\nae"), OK);
    cr_assert_eq(lineage_adopt(loaded, path, other), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "its labels are not those of timit-standin"));
    cr_assert_eq(net_set_meta(loaded, "input_std", "1;2"), OK);
    cr_assert_eq(lineage_adopt(loaded, path, other), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "input_std is not 39 numbers"));
    net_release(net);
    net_release(loaded);
    dataset_release(ds);
    dataset_release(other);
    scratch_remove(&tmp);
}

/* A net with neither LSTM nor stack names comes back from its file. */
Test(tasks, the_control_without_an_lstm_is_kept_in_a_file)
{
    struct dataset *ds = standin("imdb");
    struct net_shape shape = shape_of(ds, TASK_CLASSIFY, 8);
    struct recipe r = small;
    struct quant quant;
    struct scratch tmp;
    struct net *net, *loaded;
    scratch_make(&tmp);
    const char *path = scratch_path(&tmp, "bare.safetensors");
    shape.n_layers = 0;
    shape.pooling = POOLING_MEAN;
    cr_assert_eq(net_new(&shape, &net), OK);
    train_init(net, &r);
    cr_assert_eq(lineage_trained(net, "a test", ds, &r), OK);
    cr_assert_eq(weights_save(net, path), OK, "%s", status_message());
    cr_assert_eq(weights_load(path, NULL, &loaded), OK, "%s", status_message());
    cr_assert(loaded->shape.n_layers == 0 && loaded->shape.pooling == POOLING_MEAN);
    cr_assert(loaded->shape.n_in == 16 && loaded->n_data == net->n_data);
    cr_assert_arr_eq(loaded->data, net->data, net->n_data * sizeof *net->data);
    cr_assert_eq(lineage_adopt(loaded, path, ds), OK, "%s", status_message());
    cr_assert_eq(calibrate_net(loaded, ds, 100, 1, &quant), E_USAGE);
    net_release(net);
    net_release(loaded);
    dataset_release(ds);
    scratch_remove(&tmp);
}
