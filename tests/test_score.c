/* test_score.c - the smoke net learns the stand-in, and every backend scores it alike. */
#include "brds/registry.h"
#include "datasets/standin.h"
#include "model/prune.h"
#include "model/score.h"
#include "model/train.h"
#include "tests/reference.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct dataset *open_standin(void)
{
    struct dataset *ds;
    struct dataset_request rq = {.name = "ptb", .standin = 1};
    cr_assert_eq(dataset_open(&rq, &ds), OK);
    return ds;
}

/* Cross-entropy on validation of the best bigram: p = a*f(w|v) + (1-a)*f(w), with a chosen on the
 * validation text itself, so that no other bigram of this form does better. */
static double bigram_nats(const struct dataset *ds)
{
    size_t n = vocab_size(ds->vocab), n_train = ds->n_tokens[SPLIT_TRAIN];
    const int32_t *t = ds->tokens[SPLIT_TRAIN], *v = ds->tokens[SPLIT_VALID];
    int *pair = calloc(n * n, sizeof *pair), *one = calloc(n, sizeof *one);
    double best = INFINITY;
    cr_assert(pair != NULL && one != NULL);
    for (size_t i = 0; i + 1 < n_train; i++) {
        pair[(size_t)t[i] * n + (size_t)t[i + 1]]++;
        one[t[i]]++;
    }
    for (double a = 0.5; a < 1; a += 0.01) {
        double sum = 0;
        for (size_t i = 0; i + 1 < ds->n_tokens[SPLIT_VALID]; i++)
            sum -= log(a * pair[(size_t)v[i] * n + (size_t)v[i + 1]] / one[v[i]] +
                       (1 - a) * one[v[i + 1]] / (double)n_train);
        best = fmin(best, sum / (double)(ds->n_tokens[SPLIT_VALID] - 1));
    }
    free(pair);
    free(one);
    return best;
}

/* -log p of the validation text under the grammar that made it, a token. */
static double true_nats(void)
{
    struct standin_text text;
    cr_assert_eq(standin_split(SPLIT_VALID, &text), OK);
    double nats = text.nll_nats / (double)text.n_tokens;
    standin_release(&text);
    return nats;
}

static double score(const struct net *net, const struct dataset *ds, const char *backend,
                    size_t max_tokens)
{
    struct score_options opt = {.threads = 2, .most = max_tokens};
    struct score s;
    cr_assert_eq(registry_find(backend, &opt.backend), OK);
    cr_assert_eq(score_net(net, ds, SPLIT_VALID, &opt, &s), OK, "%s", status_message());
    cr_assert_eq(s.n, max_tokens != 0 ? max_tokens : ds->n_tokens[SPLIT_VALID]);
    cr_assert_float_eq(s.value, exp(s.nll), 1e-9 * s.value);
    cr_assert_eq(s.metric, METRIC_PPL);
    cr_assert(s.variant[0] != '\0');
    return s.nll;
}

/* Every backend within half a unit of the fifth digit of the perplexity. */
static void backends_agree(const struct net *net, const struct dataset *ds)
{
    double ref = score(net, ds, "ref", 0);
    for (size_t i = 0; registry_at(i) != NULL; i++) {
        if (!lstm_takes(registry_at(i), PREC_F32))
            continue;
        double nll = score(net, ds, registry_at(i)->name, 0);
        fprintf(stderr, "# %s: perplexity %.8g\n", registry_at(i)->name, exp(nll));
        cr_assert_lt(fabs(exp(nll - ref) - 1), 5e-6, "%s", registry_at(i)->name);
    }
}

static struct net *train(const struct dataset *ds, struct net *net, double epochs, double lr)
{
    struct recipe recipe;
    struct net_shape shape;
    struct train_result result;
    cr_assert_eq(recipe_named("smoke", &recipe), OK);
    recipe.epochs = epochs;
    recipe.lr = lr;
    recipe.threads = 2;
    if (net == NULL) {
        cr_assert_eq(net_shape_named("smoke", ds, &shape), OK);
        cr_assert_eq(net_new(&shape, &net), OK);
        train_init(net, &recipe);
    }
    struct train_job job = {.recipe = &recipe, .data = ds};
    cr_assert_eq(train_run(net, &job, &result), OK, "%s", status_message());
    return net;
}

Test(score, smoke_net_learns_and_backends_agree)
{
    struct dataset *ds = open_standin();
    double bigram = bigram_nats(ds), least = true_nats();
    struct net *net = train(ds, NULL, 3, 1);
    double dense = score(net, ds, "dense", 0);
    backends_agree(net, ds);
    struct prune_spec spec = prune_spec_row(.9, .95, .95);
    cr_assert_eq(prune_net(net, &spec), OK);
    double cut = score(net, ds, "dense", 0);
    net = train(ds, net, 0.5, 0.5);
    double retrained = score(net, ds, "sparse", 0);
    backends_agree(net, ds);
    fprintf(stderr,
            "# nats a token: source %.4f, dense %.4f, pruned %.4f, retrained %.4f, bigram %.4f\n",
            least, dense, cut, retrained, bigram);
    cr_assert(least < dense && dense < bigram - 0.05);
    cr_assert(dense < cut && retrained < cut && least < retrained);
    net_release(net);
    dataset_release(ds);
}

/* An untrained net with zero weights gives every word 1/309; a part of the split can be scored. */
Test(score, of_a_net_that_knows_nothing)
{
    struct dataset *ds = open_standin();
    struct net_shape shape;
    struct net *net;
    cr_assert_eq(net_shape_named("smoke", ds, &shape), OK);
    cr_assert_eq(net_new(&shape, &net), OK);
    cr_assert_float_eq(score(net, ds, "ref", 1000), log(309), 1e-6);
    cr_assert_float_eq(score(net, ds, "sparse", 513), log(309), 1e-6);
    struct score_options opt = {.backend = &cpu_ref_backend};
    struct score s;
    net->shape.n_vocab--;
    cr_assert_eq(score_net(net, ds, SPLIT_VALID, &opt, &s), E_FORMAT);
    net->shape.n_vocab++;
    opt = (struct score_options){.backend = &cpu_dense_backend, .precision = PREC_F27};
    cr_assert_eq(score_net(net, ds, SPLIT_VALID, &opt, &s), E_UNSUPPORTED);
    net_release(net);
    dataset_release(ds);
}

/* The mean NLL of the first tokens against the double reference in one walk: the state is carried
 * over the calls that scoring is cut into, and the first input is <eos>. */
Test(score, is_that_of_one_long_walk)
{
    enum { TOKENS = 1100, WIDE = 64 };
    static float x[TOKENS * WIDE], y[TOKENS * WIDE];
    static double w[309 * WIDE], b[309], row[WIDE];
    float h[2 * WIDE] = {0}, c[2 * WIDE] = {0};
    struct dataset *ds = open_standin();
    struct recipe recipe = {.init = 0.4, .seed = 9};
    struct net_shape shape;
    struct net *net;
    double sum = 0;
    cr_assert_eq(net_shape_named("smoke", ds, &shape), OK);
    cr_assert_eq(net_new(&shape, &net), OK);
    train_init(net, &recipe);
    const int32_t *token = ds->tokens[SPLIT_VALID];
    int32_t before = vocab_find(ds->vocab, "<eos>", 5);
    for (int i = 0; i < TOKENS; before = token[i++])
        memcpy(x + i * WIDE, net->data + net_param(net, PARAM_EMBEDDING, 0)->at + before * WIDE,
               WIDE * sizeof *x);
    struct lstm_io io = {.steps = TOKENS, .batch = 1, .x = x, .y = y, .h = h, .c = c};
    reference_lstm(&net->lstm, &io);
    for (int i = 0; i < 309 * WIDE; i++)
        w[i] = net->data[net_param(net, PARAM_CLASSIFIER, 0)->at + (size_t)i];
    for (int i = 0; i < TOKENS; i++) {
        for (int j = 0; j < WIDE; j++)
            row[j] = y[i * WIDE + j];
        sum += reference_nll(row, WIDE, w, b, 309, token[i]);
    }
    cr_assert_float_eq(score(net, ds, "ref", TOKENS), sum / TOKENS, 1e-6);
    cr_assert_float_eq(score(net, ds, "sparse", TOKENS), sum / TOKENS, 1e-6);
    net_release(net);
    dataset_release(ds);
}

static enum status stop(void *ctx, double fraction)
{
    *(double *)ctx = fraction;
    return fraction > 0.5 ? fail(E_INTERRUPTED, "enough") : OK;
}

Test(score, hook_stops_it)
{
    struct dataset *ds = open_standin();
    struct net_shape shape;
    struct net *net;
    double reached = 0;
    struct score_options opt = {.backend = &cpu_dense_backend, .hook = stop, .ctx = &reached};
    struct score s;
    cr_assert_eq(net_shape_named("smoke", ds, &shape), OK);
    cr_assert_eq(net_new(&shape, &net), OK);
    cr_assert_eq(score_net(net, ds, SPLIT_VALID, &opt, &s), E_INTERRUPTED);
    cr_assert(reached > 0.5 && reached < 0.7);
    net_release(net);
    dataset_release(ds);
}
