/* test_quant_score.c - what q16 and q8 cost in perplexity: at most 0.5 % and 1 % on a trained net,
 * dense and pruned, the same on every backend. */
#include "brds/registry.h"
#include "model/calibrate.h"
#include "model/prune.h"
#include "model/score.h"
#include "model/train.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

static struct score score(const struct net *net, const struct dataset *ds,
                          const struct lstm_backend *backend, enum precision precision,
                          const struct quant *quant)
{
    struct score_options opt = {
        .backend = backend, .precision = precision, .quant = quant, .threads = 1};
    struct score s;
    cr_assert_eq(score_net(net, ds, SPLIT_VALID, &opt, &s), OK, "%s", status_message());
    return s;
}

static void train(struct net *net, const struct dataset *ds, const struct recipe *recipe)
{
    struct train_job job = {.recipe = recipe, .data = ds};
    struct train_result result;
    cr_assert_eq(train_run(net, &job, &result), OK, "%s", status_message());
}

static void check_cost(const char *what, const struct net *net, const struct dataset *ds)
{
    static const struct {
        enum precision precision;
        double most;
    } rows[] = {{PREC_Q16, 0.005}, {PREC_Q8, 0.01}};
    struct quant quant;
    double f32 = score(net, ds, &cpu_ref_backend, PREC_F32, NULL).value;
    cr_assert_eq(calibrate_net(net, ds, CALIBRATE_TOKENS, 1, &quant), OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum precision p = rows[i].precision;
        struct score ref = score(net, ds, &cpu_ref_backend, p, &quant);
        double cost = ref.value / f32 - 1;
        fprintf(stderr, "# %s %s: %+.4f %%, %.0f saturations\n", what, precision_name(p),
                100 * cost, ref.facts.saturations);
        cr_assert_lt(fabs(cost), rows[i].most, "%s %s", what, precision_name(p));
        cr_assert_neq(ref.value, f32, "that is not %s", precision_name(p));
        for (size_t b = 0; registry_at(b) != NULL; b++) {
            if (registry_at(b)->foreign || !lstm_takes(registry_at(b), p))
                continue;
            struct score own = score(net, ds, registry_at(b), p, &quant);
            cr_assert_eq(own.nll, ref.nll, "%s", registry_at(b)->name);
            cr_assert_eq(own.facts.saturations, ref.facts.saturations);
        }
    }
}

Test(quant_score, costs_little)
{
    struct dataset *ds;
    struct dataset_request rq = {.name = "ptb", .standin = 1};
    struct recipe recipe;
    struct net_shape shape;
    struct net *net;
    cr_assert_eq(dataset_open(&rq, &ds), OK);
    cr_assert_eq(recipe_named("smoke", &recipe), OK);
    cr_assert_eq(net_shape_named("smoke", ds, &shape), OK);
    cr_assert_eq(net_new(&shape, &net), OK);
    recipe.epochs = 3;
    recipe.threads = 1;
    train_init(net, &recipe);
    train(net, ds, &recipe);
    check_cost("dense", net, ds);
    struct prune_spec spec = prune_spec_row(.8, .9, .9);
    cr_assert_eq(prune_net(net, &spec), OK);
    recipe.epochs = 0.5;
    recipe.lr = 0.5;
    train(net, ds, &recipe);
    check_cost("pruned", net, ds);
    net_release(net);
    dataset_release(ds);
}
