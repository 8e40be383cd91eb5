/* test_calibrate.c - ranges are what a reference shows; they stay with the weights and fall with
 * them. */
#include "base/mem.h"
#include "model/calibrate.h"
#include "model/prune.h"
#include "model/train.h"
#include "model/weights.h"
#include "tests/random_stack.h"
#include "tests/reference.h"
#include "tests/scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void widen(float *range, const float *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        *range = fmaxf(*range, fabsf(v[i])); /* fmaxf passes NaN over */
}

/* Widens by every state of the double reference, step by step; x must be finite. */
static void see(const struct lstm_net *net, const struct random_call *given, struct quant *q)
{
    struct random_call k;
    size_t batch = (size_t)given->io.batch, n_in = (size_t)net->layer[0].n_in;
    random_call_copy(given, &k);
    for (int t = -1; t < given->io.steps; t++) { /* -1: the state at the start */
        int live[16];
        struct lstm_io io = k.io;
        for (size_t b = 0; b < batch; b++)
            live[b] = io.len == NULL || t < io.len[b];
        io.steps = 1;
        io.x += (size_t)(t < 0 ? 0 : t) * batch * n_in;
        io.len = live;
        for (size_t b = 0; t >= 0 && b < batch; b++)
            widen(&q->layer[0].x, io.x + b * n_in, live[b] ? n_in : 0);
        if (t >= 0)
            reference_lstm(net, &io);
        const float *h = io.h, *c = io.c;
        for (int l = 0; l < net->n_layers; l++) {
            const struct lstm_layer *y = &net->layer[l];
            widen(&q->layer[l].r, h, batch * (size_t)lstm_n_rec(y));
            widen(&q->layer[l].c, c, batch * (size_t)y->n_hid);
            h += batch * (size_t)lstm_n_rec(y);
            c += batch * (size_t)y->n_hid;
            if (l + 1 < net->n_layers)
                q->layer[l + 1].x = q->layer[l].r;
        }
    }
    random_call_release_copy(&k);
}

static void check_ranges(const struct quant *got, const struct quant *want, int n_layers)
{
    cr_assert_eq(got->n_layers, n_layers);
    for (int l = 0; l < n_layers; l++) {
        const struct quant_range *g = &got->layer[l], *w = &want->layer[l];
        cr_assert_float_eq(g->x, w->x, 1e-5 * (double)w->x, "x of layer %d", l);
        cr_assert_float_eq(g->r, w->r, 1e-5 * (double)w->r, "r of layer %d", l);
        cr_assert_float_eq(g->c, w->c, 1e-5 * (double)w->c, "c of layer %d", l);
    }
}

Test(calibrate, input)
{
    struct rng r;
    rng_seed(&r, 1, 1);
    for (int round = 0; round < 40; round++) {
        struct random_want shape = {1 + round % 3, 30, 0.5, 0.5, 0.5};
        struct random_stack s;
        struct random_call call, copy;
        struct quant got, want = {0};
        random_stack_make(&s, &r, &shape);
        random_call_make(&call, &r, &s.net, 1 + round % 9, 1 + round % 5, round % 2);
        if (round % 4 == 0)
            call.x[0] = 0;
        see(&s.net, &call, &want);
        if (round % 4 == 0)
            call.x[0] = round % 8 == 0 ? NAN : -INFINITY; /* counts as 0 */
        random_call_copy(&call, &copy);
        cr_assert_eq(calibrate_input(&s.net, &call.io, 1 + round % 2, &got), OK);
        check_ranges(&got, &want, s.net.n_layers);
        cr_assert_arr_eq(call.io.h, copy.io.h, call.n_h * sizeof(float));
        cr_assert_arr_eq(call.io.c, copy.io.c, call.n_c * sizeof(float));
        random_call_release_copy(&copy);
        random_call_release(&call);
        random_stack_release(&s);
    }
}

static struct dataset *open_standin(void)
{
    struct dataset *ds;
    struct dataset_request rq = {.name = "ptb", .standin = 1};
    cr_assert_eq(dataset_open(&rq, &ds), OK);
    return ds;
}

static struct net *random_net(const struct dataset *ds)
{
    struct net_shape shape = {.n_vocab = (int)vocab_size(ds->vocab),
                              .n_in = 12,
                              .n_layers = 2,
                              .n_hid = {20, 10},
                              .n_proj = {7, 0},
                              .peephole = 1,
                              .n_classes = (int)vocab_size(ds->vocab)};
    const struct recipe recipe = {.init = 0.8, .seed = 5};
    struct net *net;
    cr_assert_eq(net_new(&shape, &net), OK);
    train_init(net, &recipe);
    return net;
}

/* `lanes` columns of the training stream from zero state, `steps` tokens of each. */
static void see_tokens(const struct net *net, const struct dataset *ds, int lanes, int steps,
                       struct quant *want)
{
    const struct param *e = net_param(net, PARAM_EMBEDDING, 0);
    size_t column = ds->n_tokens[SPLIT_TRAIN] / (size_t)lanes, width = (size_t)e->cols;
    struct random_call k;
    struct rng r;
    rng_seed(&r, 1, 1);
    random_call_make(&k, &r, &net->lstm, steps, lanes, 0);
    memset(k.io.h, 0, k.n_h * sizeof *k.io.h);
    memset(k.io.c, 0, k.n_c * sizeof *k.io.c);
    for (int t = 0; t < steps; t++)
        for (int b = 0; b < lanes; b++) {
            int32_t id = ds->tokens[SPLIT_TRAIN][(size_t)b * column + (size_t)t];
            memcpy(k.x + (size_t)(t * lanes + b) * width, net->data + e->at + (size_t)id * width,
                   width * sizeof *k.x);
        }
    see(&net->lstm, &k, want);
    random_call_release(&k);
}

Test(calibrate, language_model)
{
    static const struct {
        size_t tokens;
        int lanes, steps;
    } rows[] = {{1, 1, 1}, {100, 1, 100}, {130, 2, 65}, {2000, 16, 125}, {2001, 16, 126}};
    struct dataset *ds = open_standin();
    struct net *net = random_net(ds);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct quant got, want = {0};
        cr_assert_eq(calibrate_net(net, ds, rows[i].tokens, 1 + (int)i % 2, &got), OK);
        see_tokens(net, ds, rows[i].lanes, rows[i].steps, &want);
        check_ranges(&got, &want, 2);
    }
    net->shape.n_vocab--;
    struct quant none;
    cr_assert_eq(calibrate_net(net, ds, 100, 1, &none), E_FORMAT);
    net_release(net);
    dataset_release(ds);
}

static const struct quant sample = {.n_layers = 2,
                                    .layer = {{0.1f, 1.0f / 3, 1e-42f}, {3.4e38f, 0, 12345.678f}}};

static void check_sample(const struct net *net)
{
    struct quant got;
    int found;
    cr_assert_eq(calibrate_stored(net, "q", &found, &got), OK, "%s", status_message());
    cr_assert(found && got.n_layers == 2);
    cr_assert_arr_eq(got.layer, sample.layer, 2 * sizeof *sample.layer);
}

Test(calibrate, stays_with_the_weights_and_falls_with_them)
{
    struct dataset *ds = open_standin();
    struct net *net = random_net(ds), *again;
    struct scratch tmp;
    struct quant got;
    int found;
    scratch_make(&tmp);
    cr_assert_eq(calibrate_stored(net, "q", &found, &got), OK);
    cr_assert_eq(found, 0);
    cr_assert_eq(calibrate_store(net, &sample), OK);
    cr_assert_eq(weights_save(net, scratch_path(&tmp, "q")), OK);
    cr_assert_eq(weights_load(scratch_path(&tmp, "q"), NULL, &again), OK);
    check_sample(again);
    net_release(again);
    cr_assert_eq(net_copy(net, &again), OK);
    check_sample(again);
    struct prune_spec spec = prune_spec_row(.5, .5, .5);
    cr_assert_eq(prune_net(again, &spec), OK);
    cr_assert_eq(calibrate_stored(again, "q", &found, &got), OK);
    cr_assert_eq(found, 0);
    net_release(again);
    struct recipe recipe = {
        .lr = 1, .epochs = 0.01, .lanes = 4, .steps = 5, .init = 1, .keep = 1, .threads = 1};
    struct train_job job = {.recipe = &recipe, .data = ds};
    struct train_result result;
    cr_assert_eq(train_run(net, &job, &result), OK, "%s", status_message());
    cr_assert_eq(calibrate_stored(net, "q", &found, &got), OK);
    cr_assert_eq(found, 0);
    scratch_remove(&tmp);
    net_release(net);
    dataset_release(ds);
}

Test(calibrate, bad_texts_are_refused)
{
    static const char *const good = "{\"layers\":[{\"c\":1,\"r\":0,\"x\":2.5},"
                                    "{\"x\":1e-3,\"r\":1,\"c\":9}]}";
    static const char *const bad[] = {
        "",
        "7",
        "[]",
        "{}",
        "{\"layers\":7}",
        "{\"layers\":{}}",
        "{\"layers\":[]}",
        "{\"layers\":[{\"c\":1,\"r\":0,\"x\":2}]}",
        "{\"layers\":[{\"c\":1,\"r\":0,\"x\":2},7]}",
        "{\"layers\":[{\"c\":1,\"r\":0,\"x\":2},{\"c\":1,\"r\":0}]}",
        "{\"layers\":[{\"c\":1,\"r\":0,\"x\":2},{\"c\":1,\"r\":0,\"y\":2}]}",
        "{\"layers\":[{\"c\":1,\"r\":0,\"x\":2},{\"c\":1,\"r\":0,\"x\":2,\"y\":2}]}",
        "{\"layers\":[{\"c\":1,\"r\":0,\"x\":2},{\"c\":1,\"r\":0,\"x\":\"2\"}]}",
        "{\"layers\":[{\"c\":1,\"r\":0,\"x\":2},{\"c\":1,\"r\":0,\"x\":-2}]}",
        "{\"layers\":[{\"c\":1,\"r\":0,\"x\":2},{\"c\":1,\"r\":0,\"x\":1e39}]}",
        "{\"layers\":[{\"c\":1,\"r\":0,\"x\":2},{\"c\":1,\"r\":0,\"x\":NaN}]}",
        "{\"layers\":[{\"c\":1,\"r\":0,\"x\":2},{\"c\":1,\"r\":0,\"x\":2}],\"more\":1}",
        "{\"layers\":[{\"c\":1,\"r\":0,\"x\":2},{\"c\":1,\"r\":0,\"x\":2},{\"c\":1,\"r\":0,\"x\":2}"
        "]}",
    };
    struct dataset *ds = open_standin();
    struct net *net = random_net(ds);
    struct quant q;
    int found;
    cr_assert_eq(net_set_meta(net, "quant", good), OK);
    cr_assert_eq(calibrate_stored(net, "q", &found, &q), OK, "%s", status_message());
    cr_assert(q.layer[0].x == 2.5f && q.layer[1].x == 1e-3f && q.layer[1].c == 9);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_assert_eq(net_set_meta(net, "quant", bad[i]), OK);
        cr_assert_eq(calibrate_stored(net, "some/file", &found, &q), E_FORMAT, "%s", bad[i]);
        cr_assert(strstr(status_message(), "some/file: __metadata__ quant: ") != NULL);
    }
    net_release(net);
    dataset_release(ds);
}
