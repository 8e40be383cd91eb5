/* leakcheck.c - every public path once, in success and in failure, as a plain program: Criterion's
 * workers hide leaks and races from the sanitizers. Under -Db_sanitize=address it ends with the
 * leak report; under -Db_sanitize=thread it shows races of pool, backends and training. */
#include "base/file.h"
#include "base/mem.h"
#include "brds/registry.h"
#include "model/allocate.h"
#include "model/calibrate.h"
#include "model/lineage.h"
#include "model/prune.h"
#include "model/score.h"
#include "model/search.h"
#include "model/sensitivity.h"
#include "model/train.h"
#include "model/trial.h"
#include "model/weights.h"
#include "results/rowfile.h"
#include "tests/random_quant.h"
#include "tests/scratch.h"

#include <stdio.h>
#include <stdlib.h>

/* The program goes on only if the call ends as it should. */
static void expect(enum status got, enum status want, const char *what)
{
    if (got == want)
        return;
    fprintf(stderr, "leakcheck: %s: status %d (expected %d): %s\n", what, got, want,
            status_message());
    exit(1);
}
#define EXPECT(want, call) expect(call, want, #call)

static struct scratch tmp;

static void backends(void)
{
    struct rng r;
    rng_seed(&r, 1, 1);
    for (size_t i = 0; registry_at(i) != NULL; i++)
        for (int threads = 1; threads <= 3 && lstm_takes(registry_at(i), PREC_F32); threads++) {
            struct random_want want = {3, 40, 0.5, 0.5, 0.5};
            struct random_stack s;
            struct random_call call;
            struct lstm_plan *plan;
            struct lstm_options opt = {
                .max_batch = 9, .max_steps = 4, .threads = threads, .pin = 1};
            random_stack_make(&s, &r, &want);
            random_call_make(&call, &r, &s.net, 4, threads == 1 ? 1 : 9, threads == 2);
            EXPECT(OK, lstm_prepare(registry_at(i), &s.net, &opt, &plan));
            for (int j = 0; j < 20; j++)
                EXPECT(OK, lstm_run(plan, &call.io));
            lstm_release(plan);
            opt.precision = PREC_F27; /* taken or not: neither may leak */
            (void)lstm_prepare(registry_at(i), &s.net, &opt, &plan);
            lstm_release(plan);
            opt.precision = PREC_F32;
            s.net.layer[0].k_x = -1;
            EXPECT(E_FORMAT, lstm_prepare(registry_at(i), &s.net, &opt, &plan));
            s.net.layer[0].k_x = 0; /* the packed formats find more than that */
            (void)lstm_prepare(registry_at(i), &s.net, &opt, &plan);
            lstm_release(plan);
            random_call_release(&call);
            random_stack_release(&s);
        }
    const struct lstm_backend *none;
    EXPECT(E_USAGE, registry_find("no-such-backend", &none));
}

/* q16, q10 and q8: run, refused for their weights, refused without a calibration. */
static void integers(void)
{
    static const enum precision all[] = {PREC_Q16, PREC_Q10, PREC_Q8};
    struct random_want want = {3, 40, 0.5, 0.5, 0.5};
    struct random_stack s;
    struct random_call call;
    struct lstm_plan *plan;
    struct quant quant;
    struct rng r;
    rng_seed(&r, 2, 1);
    for (int j = 0; j < 24; j++)
        for (size_t i = 0; registry_at(i) != NULL; i++) {
            random_stack_make(&s, &r, &want);
            random_call_make(&call, &r, &s.net, 4, 3, j % 2);
            random_ranges(&quant, &r, &s.net);
            struct lstm_options opt = {.precision = all[j % 3], .max_batch = 3, .max_steps = 4};
            int lacks = (registry_at(i)->foreign && opt.precision != PREC_Q8) ||
                        !lstm_takes(registry_at(i), opt.precision);
            EXPECT(lacks ? E_UNSUPPORTED : E_USAGE,
                   lstm_prepare(registry_at(i), &s.net, &opt, &plan));
            opt.quant = &quant;
            opt.threads = 1 + j % 2;
            enum status taken = lstm_prepare(registry_at(i), &s.net, &opt, &plan);
            if (taken == OK)
                EXPECT(OK, lstm_run(plan, &call.io));
            else
                EXPECT(registry_at(i)->foreign || lacks ? E_UNSUPPORTED : OK, taken);
            lstm_release(plan);
            s.block[2][j % 8 < 4 ? 0 : 3][0] = 1e30f; /* W_x or the bias of the last layer */
            enum status huge = lstm_prepare(registry_at(i), &s.net, &opt, &plan);
            if (!registry_at(i)->foreign)
                EXPECT(E_UNSUPPORTED, huge);
            lstm_release(plan);
            random_call_release(&call);
            random_stack_release(&s);
        }
}

static void calibration(const struct dataset *ds, struct net *net)
{
    struct quant quant;
    int found;
    EXPECT(OK, calibrate_net(net, ds, 500, 2, &quant));
    EXPECT(OK, calibrate_store(net, &quant));
    EXPECT(OK, calibrate_stored(net, "net", &found, &quant));
    EXPECT(OK, net_set_meta(net, "quant", "{\"layers\":[7,{}]}"));
    EXPECT(E_FORMAT, calibrate_stored(net, "net", &found, &quant));
    net->shape.n_vocab--;
    EXPECT(E_FORMAT, calibrate_net(net, ds, 500, 2, &quant));
    net->shape.n_vocab++;
    net_weights_changed(net);
}

static struct recipe recipe = {.lr = 1,
                               .decay = 1,
                               .epochs = 0.1,
                               .lanes = 8,
                               .steps = 12,
                               .clip = 5,
                               .init = .1,
                               .keep = .8,
                               .seed = 1,
                               .threads = 2};

static struct net *make_net(const struct dataset *ds)
{
    struct net *net;
    int words = (int)vocab_size(ds->vocab);
    struct net_shape shape = {.n_vocab = words,
                              .n_in = 9,
                              .n_layers = 2,
                              .n_hid = {20, 10},
                              .n_proj = {7, 0},
                              .peephole = 1,
                              .n_classes = words};
    EXPECT(OK, net_new(&shape, &net));
    train_init(net, &recipe);
    return net;
}

static enum status stop(void *ctx, const struct train_point *p)
{
    return p->step == 30 ? fail(E_CHECK, "stop") : OK;
}

static void training(const struct dataset *ds, struct net *net)
{
    struct train_result result;
    struct train_job job = {.recipe = &recipe,
                            .data = ds,
                            .checkpoint = scratch_path(&tmp, "checkpoint"),
                            .checkpoint_s = 1e-9,
                            .hook = stop};
    struct net *before;
    EXPECT(OK, net_copy(net, &before));
    EXPECT(E_CHECK, train_run(net, &job, &result));
    job.hook = NULL;
    job.resume = 1;
    EXPECT(E_USAGE, train_run(net, &job, &result)); /* not the start weights */
    EXPECT(OK, train_run(before, &job, &result));
    EXPECT(OK, file_write(job.checkpoint, "12345678", 8));
    EXPECT(E_FORMAT, train_run(before, &job, &result));
    recipe.lanes = 1 << 20;
    EXPECT(E_FORMAT, train_run(before, &job, &result));
    recipe.lanes = 8;
    net_release(before);
}

static void left_out(void *ctx, const char *name)
{
}

static void weights(const struct dataset *ds, struct net *net)
{
    struct prune_spec spec = prune_spec_row(.5, .8, -1), bad = prune_spec_row(2, 0, 0);
    struct net *back;
    struct vocab *vocab;
    const char *path = scratch_path(&tmp, "net");
    EXPECT(E_FORMAT, weights_vocab(net, "net", &vocab));
    EXPECT(OK, lineage_trained(net, "smoke", ds, &recipe));
    EXPECT(OK, weights_save(net, path));
    EXPECT(OK, prune_net(net, &spec));
    EXPECT(E_USAGE, prune_net(net, &bad));
    EXPECT(OK, lineage_pruned(net, net->sha256, &spec, &recipe));
    EXPECT(OK, weights_save(net, path));
    EXPECT(E_IO, weights_save(net, scratch_path(&tmp, "no/folder")));
    EXPECT(OK, weights_load(path, NULL, &back));
    EXPECT(OK, prune_check(back));
    EXPECT(OK, weights_vocab(back, "net", &vocab));
    vocab_release(vocab);
    net_release(back);
    EXPECT(OK, weights_others(path, NULL, left_out, NULL));
    EXPECT(E_FORMAT, weights_others(path, "other", left_out, NULL));
    EXPECT(E_FORMAT, weights_load(path, "other", &back));
    EXPECT(E_IO, weights_load(scratch_path(&tmp, "absent"), NULL, &back));
    EXPECT(OK, file_write(path, "\x02\0\0\0\0\0\0\0{}", 10));
    EXPECT(E_FORMAT, weights_load(path, NULL, &back));
}

static void scores(const struct dataset *ds, struct net *net)
{
    for (size_t i = 0; registry_at(i) != NULL; i++) {
        struct score_options opt = {.backend = registry_at(i), .threads = 2, .most = 700};
        struct score score;
        if (!lstm_takes(registry_at(i), PREC_F32))
            continue;
        EXPECT(OK, score_net(net, ds, SPLIT_TEST, &opt, &score));
        net->shape.n_classes--;
        EXPECT(E_FORMAT, score_net(net, ds, SPLIT_TEST, &opt, &score));
        net->shape.n_classes++;
    }
}

/* Every pattern; a search and curves with real retraining, stopped and gone on. */
static void patterns(const struct net *dense)
{
    static const char *const each[] = {"bank:4", "nm:1:4", "unstructured:global",
                                       "block:3x2+random", "column"};
    for (size_t i = 0; i < sizeof each / sizeof *each; i++) {
        struct prune_spec spec = prune_spec_row(.5, .8, -1);
        struct net *net;
        EXPECT(OK, net_copy(dense, &net));
        EXPECT(OK, pattern_parse(each[i], &spec.pattern));
        EXPECT(OK, prune_net(net, &spec));
        EXPECT(OK, prune_check(net));
        spec.n_layers = 7;
        EXPECT(E_USAGE, prune_net(net, &spec));
        net_release(net);
    }
}

static void searching(const struct dataset *ds, const struct net *dense)
{
    char id[HASH_HEX];
    struct recipe r = recipe;
    const char *path = scratch_path(&tmp, "points"), *ckpt = scratch_path(&tmp, "trial");
    r.threads = 1;
    EXPECT(E_USAGE, train_fit(&dense->shape, ds, 1, &r));
    EXPECT(OK, train_fit(&dense->shape, ds, 500, &r));
    struct trial t = {.dense = dense,
                      .data = ds,
                      .recipe = &r,
                      .backend = &cpu_dense_backend,
                      .checkpoint = ckpt};
    EXPECT(OK, trial_id(&t, id));
    struct points p = {
        .net = dense, .measure = trial_value, .ctx = &t, .id = id, .journal = path, .resume = 1};
    struct search_job job = {
        .pattern = {.kind = PATTERN_ROW}, .overall = .7, .alpha = .1, .alpha_least = .1};
    struct search_result found;
    const double level[] = {.5};
    struct sensitivity_job curves = {
        .pattern = {.kind = PATTERN_COLUMN}, .level = level, .n_levels = 1};
    EXPECT(OK, file_write(ckpt, "12345678", 8));
    EXPECT(OK, points_open(&p));
    EXPECT(E_FORMAT, search_run(&p, &job, &found));
    EXPECT(OK, file_remove(ckpt));
    EXPECT(OK, search_run(&p, &job, &found));
    EXPECT(OK, sensitivity_run(&p, &curves));
    job.overall = .99;
    EXPECT(E_USAGE, search_run(&p, &job, &found));
    points_close(&p);
    p.id = "other";
    EXPECT(E_USAGE, points_open(&p));
    points_close(&p);
    for (int by_layer = 0; by_layer < 2; by_layer++) {
        struct prune_spec spec = prune_spec_row(0, 0, -1);
        EXPECT(OK, allocate_way(dense, ALLOCATE_THRESHOLD, by_layer, 2000, &spec));
        EXPECT(E_USAGE, allocate_way(dense, ALLOCATE_ERDOS_RENYI, by_layer, 100, &spec));
    }
}

static void datasets(void)
{
    struct dataset *ds;
    struct dataset_request rq = {.name = "ptb", .data_dir = tmp.dir};
    EXPECT(E_ABSENT, dataset_open(&rq, &ds));
    rq.name = "nonesuch";
    EXPECT(E_USAGE, dataset_open(&rq, &ds));
    rq = (struct dataset_request){.name = "ptb", .standin = 1};
    EXPECT(OK, dataset_open(&rq, &ds));
    struct net *net = make_net(ds);
    training(ds, net);
    calibration(ds, net);
    scores(ds, net);
    patterns(net);
    searching(ds, net);
    weights(ds, net);
    scores(ds, net);
    struct vocab *other;
    EXPECT(OK, vocab_parse("<eos>\n<unk>\nthe", "v", &other));
    EXPECT(OK, dataset_adopt_vocab(ds, other));
    vocab_release(other);
    net_release(net);
    dataset_release(ds);
}

static void result_rows(void)
{
    const char *path = scratch_path(&tmp, "rows.csv");
    struct rows rows = {0};
    struct row row = {0};
    EXPECT(OK, row_set_text(&row, COL_case_key, "k"));
    EXPECT(OK, row_set_text(&row, COL_status, "ok"));
    EXPECT(OK, rowfile_append(path, &row));
    EXPECT(OK, row_set_text(&row, COL_status, "perhaps"));
    EXPECT(E_FORMAT, rowfile_append(path, &row));
    row_clear(&row);
    EXPECT(OK, rowfile_read(path, &rows));
    EXPECT(OK, file_write(path, "not,a,row\n1,2,3\n", 16));
    EXPECT(E_FORMAT, rowfile_read(path, &rows));
    rows_release(&rows);
}

int main(void)
{
    scratch_make(&tmp);
    backends();
    integers();
    datasets();
    result_rows();
    scratch_remove(&tmp);
    puts("leakcheck: every path ended as it should");
    return 0;
}
