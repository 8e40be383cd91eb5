/* recipe_options.h - options of training beyond those of plain SGD (shared_options.h). */
#ifndef CLI_RECIPE_OPTIONS_H
#define CLI_RECIPE_OPTIONS_H

#include "base/status.h"
#include "cli/options.h"
#include "model/recipe.h"

/* clang-format off */
#define OPTIONS_OPTIMIZER                                                                          \
    {"optimizer", 0, OPTION_TEXT, "NAME", .choices = "sgd|adam",                                   \
     .help = "how weights follow the gradient (default: the recipe's)"},                           \
    {"weight-decay", 0, OPTION_REAL, "X", .lo = 0, .hi = 1e3,                                      \
     .help = "Adam: share of a weight that an update at rate 1 takes off (default: the recipe's)"},\
    {"keep-in", 0, OPTION_REAL, "X", .lo = 0.01, .hi = 1,                                          \
     .help = "--keep of the embedding's output alone"},                                            \
    {"keep-between", 0, OPTION_REAL, "X", .lo = 0.01, .hi = 1,                                     \
     .help = "--keep between layers alone"},                                                       \
    {"keep-out", 0, OPTION_REAL, "X", .lo = 0.01, .hi = 1,                                         \
     .help = "--keep of the last layer's output alone"},                                           \
    {"lr-schedule", 0, OPTION_TEXT, "NAME", .choices = "decay|cosine|plateau",                     \
     .help = "the rate falls by epochs, by a cosine over the whole training, or by --decay when "  \
             "validation gets no better (default: the recipe's)"},                                 \
    {"lr-floor", 0, OPTION_REAL, "X", .lo = 0, .hi = 1e6,                                          \
     .help = "least learning rate, where the cosine ends (default: the recipe's)"},                \
    {"patience", 0, OPTION_WHOLE, "N", .lo = 0, .hi = 1e6,                                         \
     .help = "epochs without a better score that --lr-schedule plateau bears (default: 0)"},       \
    {"warm-up", 0, OPTION_WHOLE, "N", .lo = 0, .hi = 1e9,                                          \
     .help = "updates in which the rate rises from 0 (default: the recipe's)"},                    \
    {"early-stop", 0, OPTION_WHOLE, "N", .lo = 0, .hi = 1e6,                                       \
     .help = "end after N epochs without a better validation score and keep the best weights, "    \
             "0: train all epochs"},                                                               \
    {"keep-best", 0, OPTION_FLAG,                                                                  \
     .help = "keep the weights of the epoch with the best validation score, not the last"},        \
    {"log", 0, OPTION_TEXT, "FILE",                                                                \
     .help = "write a CSV of loss, score, rate, gradient and speed there; --resume goes on in it"},\
    {"log-every", 0, OPTION_WHOLE, "N", .lo = 1, .hi = 1e9, .fallback = "200",                     \
     .help = "updates between lines of --log; the end of an epoch is always one"}
/* clang-format on */

/* OPTIONS_OPTIMIZER over a recipe, as far as it concerns one. E_USAGE if Adam is asked for where
 * the recipe's rate is for SGD, or the reverse, and --lr is not given. */
enum status recipe_options_read(const struct options *o, struct recipe *r);

#endif
