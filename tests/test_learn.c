/* test_learn.c - what training is for: nets come near the entropy of a source that is known. */
#include "datasets/standin.h"
#include "model/score.h"
#include "model/train.h"

#include <criterion/criterion.h>
#include <string.h>

static double trained(const struct recipe *r, int tied)
{
    struct dataset_request rq = {.name = "ptb", .standin = 1};
    struct score_options opt = {.backend = &cpu_dense_backend, .threads = 2};
    struct dataset *data;
    struct net_shape shape;
    struct net *net;
    struct train_result result;
    struct score score;
    cr_assert_eq(dataset_open(&rq, &data), OK);
    cr_assert_eq(net_shape_named("smoke", data, &shape), OK);
    shape.tied = tied;
    cr_assert_eq(net_new(&shape, &net), OK);
    train_init(net, r);
    struct train_job job = {.recipe = r, .data = data};
    cr_assert_eq(train_run(net, &job, &result), OK, "%s", status_message());
    cr_assert_eq(score_net(net, data, SPLIT_TEST, &opt, &score), OK, "%s", status_message());
    net_release(net);
    dataset_release(data);
    return score.nll;
}

/* No net can be under the entropy but by luck of the 6,004 tokens. */
Test(learn, sgd_comes_within_5_percent_of_the_entropy)
{
    double entropy = standin_entropy_nats();
    struct recipe r;
    cr_assert_eq(recipe_named("smoke", &r), OK);
    r.threads = 2;
    double nll = trained(&r, 0);
    cr_assert(nll < 1.05 * entropy && nll > 0.97 * entropy, "%g nats (entropy %g)", nll, entropy);
}

Test(learn, adam_on_tied_weights_learns_the_grammar_too)
{
    double entropy = standin_entropy_nats();
    const struct recipe r = {.lr = .02,
                             .rate = RATE_COSINE,
                             .warm_up = 50,
                             .optimizer = OPTIMIZER_ADAM,
                             .epochs = 8,
                             .lanes = 10,
                             .steps = 20,
                             .clip = 5,
                             .init = .1,
                             .keep = .9,
                             .seed = 1,
                             .threads = 2};
    double nll = trained(&r, 1);
    cr_assert(nll < 1.2 * entropy, "%g nats (entropy %g)", nll, entropy);
}

/* NAME:UNITS, the control of equal weights: its layers, and an embedding as wide where it was. */
Test(learn, a_named_net_of_another_width)
{
    static const char *const bad[] = {"smoke:",    "smoke:0",  "smoke:-3",
                                      "smoke:+3",  "smoke:6x", "smoke:99999999",
                                      "nothing:3", "smok:3",   ":3"};
    struct dataset_request rq = {.name = "ptb", .standin = 1};
    struct dataset *data;
    struct net_shape shape;
    struct recipe named, wide;
    cr_assert_eq(dataset_open(&rq, &data), OK);
    cr_assert_eq(net_shape_named("smoke:20", data, &shape), OK);
    cr_assert(shape.n_in == 20 && shape.n_hid[0] == 20 && shape.n_hid[1] == 20);
    cr_assert_eq(net_shape_named("ptb-tied:20", data, &shape), OK);
    cr_assert(shape.n_in == 20 && shape.tied);
    cr_assert_eq(recipe_named("smoke", &named), OK);
    cr_assert_eq(recipe_named("smoke:20", &wide), OK);
    cr_assert(named.lr == wide.lr && named.epochs == wide.epochs);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_assert_eq(net_shape_named(bad[i], data, &shape), E_USAGE, "%s", bad[i]);
        cr_assert_not_null(strstr(status_message(), bad[i]), "%s", status_message());
    }
    dataset_release(data);
}
