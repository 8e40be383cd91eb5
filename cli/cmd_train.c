/* cmd_train.c - brds train: a named net from scratch. */
#include "cli/command.h"
#include "cli/recipe_options.h"
#include "cli/shared_options.h"
#include "cli/training.h"
#include "model/lineage.h"
#include "model/train.h"
#include "model/weights.h"

#include <stdio.h>

/* The net is drawn, trained and saved. */
static enum status train(const struct options *o, const struct dataset *ds, const struct recipe *r)
{
    const char *name = options_text(o, "net"), *out = options_text(o, "out");
    struct net_shape shape;
    struct net *net;
    double valid;
    TRY(net_shape_named(name, ds, &shape));
    shape.tied |= options_flag(o, "tied");
    TRY(net_new(&shape, &net));
    train_init(net, r);
    enum status s;
    const struct training training = {o, net, ds, r, out, NULL, NULL};
    TRY_OUT(training_run(&training, &valid));
    TRY_OUT(lineage_trained(net, name, ds, r));
    TRY_OUT(weights_save(net, out));
    TRY_OUT(training_done(out));
    training_print_valid(net, "", valid);
    printf("sha256 %s  %s\n", net->sha256, out);
out:
    net_release(net);
    return s;
}

static enum status run(const struct options *o)
{
    struct recipe recipe;
    struct dataset *ds;
    int n_in;
    TRY(net_features_named(options_text(o, "net"), &n_in));
    TRY(recipe_named(options_text(o, "net"), &recipe));
    if (options_given(o, "epochs"))
        recipe.epochs = options_real(o, "epochs");
    if (options_given(o, "init"))
        recipe.init = options_real(o, "init");
    if (options_given(o, "forget-bias"))
        recipe.forget_bias = options_real(o, "forget-bias");
    TRY(shared_recipe(o, &recipe));
    TRY(shared_check_out(options_text(o, "out")));
    if (options_text(o, "log") != NULL)
        TRY(shared_check_out(options_text(o, "log")));
    TRY(shared_dataset(o, n_in, &ds));
    enum status s = train(o, ds, &recipe);
    dataset_release(ds);
    return s;
}

static const struct option_info options[] = {
    {"data", 'd', OPTION_TEXT, "NAME", .needed = 1, .help = "corpus; brds data list tells which"},
    {"net", 'n', OPTION_TEXT, "NAME", .needed = 1,
     .help = "what to train; brds help nets lists them; NAME:UNITS has layers of that width"},
    {"out", 'o', OPTION_TEXT, "FILE", .needed = 1,
     .help = "write the weights there, whole or not at all"},
    {"epochs", 'e', OPTION_REAL, "N", .lo = 0, .hi = 1e6,
     .help = "passes over the training data, 0.5 is half of one (default: the recipe's)"},
    {"init", 0, OPTION_REAL, "X", .lo = 0, .hi = 10,
     .help = "weights start uniform in -X..X (default: the recipe's)"},
    {"forget-bias", 0, OPTION_REAL, "X", .lo = -100, .hi = 100,
     .help = "the forget gates' biases start there (default: the recipe's)"},
    {"tied", 0, OPTION_FLAG, .help = "take the embedding as the classifier's matrix too"},
    OPTIONS_RECIPE,
    OPTIONS_OPTIMIZER,
    OPTION_THREADS,
    OPTION_FOLD,
    OPTION_STANDIN,
    OPTION_DATA_DIR,
    {0},
};

const struct command cmd_train = {
    .name = "train",
    .about = "Trains a net from scratch.",
    .operands = "",
    .details =
        "Prints the loss and the validation score of every epoch: perplexity, accuracy of\n"
        "reviews, frame error rate or, of CTC nets, phone error rate. The same seed, data,\n"
        "options and number of threads give the same bytes, also if the run is stopped with\n"
        "Ctrl-C and continued with --resume.\n",
    .options = options,
    .run = run,
};
