/* shared_options.h - options that several commands have, and the values behind them. */
#ifndef CLI_SHARED_OPTIONS_H
#define CLI_SHARED_OPTIONS_H

#include "base/status.h"
#include "cli/options.h"
#include "datasets/dataset.h"
#include "kernels/lstm.h"
#include "kernels/quant.h"
#include "model/net.h"
#include "model/recipe.h"

#define OPTION_DATA_DIR                                                                            \
    {                                                                                              \
        "data-dir", 0, OPTION_TEXT, "DIR",                                                         \
            .help = "look for corpora there (default: BRDS_DATA, else $XDG_DATA_HOME/brds)"        \
    }
#define OPTION_FOLD                                                                                \
    {                                                                                              \
        "fold", 0, OPTION_WHOLE, "N", .lo = 0, .hi = 1000,                                         \
                                      .help = "timit-sample: leave dialect region N out, from 0 "  \
                                              "(default: the one of the net, else 0)"              \
    }
#define OPTION_STANDIN                                                                             \
    {                                                                                              \
        "standin", 0, OPTION_FLAG, .help = "take the generated stand-in of the corpus"             \
    }
#define OPTION_THREADS                                                                             \
    {                                                                                              \
        "threads", 't', OPTION_WHOLE, "N", .lo = 1, .hi = 1024,                                    \
                                           .help = "threads (default: one for each processor)"     \
    }
#define OPTION_PREFIX                                                                              \
    {                                                                                              \
        "prefix", 0, OPTION_TEXT, "P",                                                             \
            .help = "which LSTM of the file, 'rnn.' for rnn.weight_ih_l0 (default: the only one)"  \
    }
#define OPTION_VOCAB                                                                               \
    {                                                                                              \
        "vocab", 0, OPTION_TEXT, "FILE",                                                           \
            .help = "the words in id order, one a line (default: those in the weights file)"       \
    }
#define OPTION_LABELS                                                                              \
    {                                                                                              \
        "labels", 0, OPTION_TEXT, "FILE",                                                          \
            .help = "the classes in the order of their ids, one a line (default: those in the "    \
                    "weights file)"                                                                \
    }
#define OPTION_BACKEND                                                                             \
    {                                                                                              \
        "backend", 'b', OPTION_TEXT, "NAME", .fallback = "sparse",                                 \
                                             .help = "what runs the LSTM; brds info lists them"    \
    }
#define OPTION_PRECISION                                                                           \
    {                                                                                              \
        "precision", 'p', OPTION_TEXT, "NAME",                                                     \
            .fallback = "f32",                                                                     \
            .help = "number format: f32, bf16, q16, q8, q10 or f27, as far as the backend has it"  \
    }
#define OPTION_DEVICE                                                                              \
    {                                                                                              \
        "device", 0, OPTION_TEXT, "URI", .help = "device of an accelerator (default: none)"        \
    }

/* How weights are trained; what is not given comes from the net's recipe (brds help nets). */
#define OPTIONS_RECIPE                                                                             \
    {"lr",                                                                                         \
     0,                                                                                            \
     OPTION_REAL,                                                                                  \
     "X",                                                                                          \
     .lo = 0,                                                                                      \
     .hi = 1e6,                                                                                    \
     .help = "learning rate of the first epochs (default: the recipe's)"},                         \
        {"decay",                                                                                  \
         0,                                                                                        \
         OPTION_REAL,                                                                              \
         "X",                                                                                      \
         .lo = 0,                                                                                  \
         .hi = 1,                                                                                  \
         .help = "factor of the rate for every later epoch (default: the recipe's)"},              \
        {"decay-after",                                                                            \
         0,                                                                                        \
         OPTION_WHOLE,                                                                             \
         "N",                                                                                      \
         .lo = 0,                                                                                  \
         .hi = 1e6,                                                                                \
         .help = "last epoch at the full rate (default: the recipe's)"},                           \
        {"batch",                                                                                  \
         0,                                                                                        \
         OPTION_WHOLE,                                                                             \
         "N",                                                                                      \
         .lo = 1,                                                                                  \
         .hi = 1 << 20,                                                                            \
         .help = "sequences trained side by side (default: the recipe's)"},                        \
        {"bptt",                                                                                   \
         0,                                                                                        \
         OPTION_WHOLE,                                                                             \
         "N",                                                                                      \
         .lo = 1,                                                                                  \
         .hi = 1 << 20,                                                                            \
         .help = "steps through which the gradient goes back (default: the recipe's)"},            \
        {"clip",                                                                                   \
         0,                                                                                        \
         OPTION_REAL,                                                                              \
         "X",                                                                                      \
         .lo = 0,                                                                                  \
         .hi = 1e9,                                                                                \
         .help = "largest norm of a gradient, 0 for any (default: the recipe's)"},                 \
        {"keep",                                                                                   \
         0,                                                                                        \
         OPTION_REAL,                                                                              \
         "X",                                                                                      \
         .lo = 0,                                                                                  \
         .hi = 1,                                                                                  \
         .help = "1 - dropout of the links that are not recurrent (default: the recipe's)"},       \
        {"seed",          0,                                                                       \
         OPTION_WHOLE,    "N",                                                                     \
         .lo = 0,         .hi = 9007199254740992.0,                                                \
         .fallback = "1", .help = "seed of all random numbers"},                                   \
        {"resume", 0, OPTION_FLAG, .help = "go on from OUT.ckpt, which a stopped run left"},       \
    {                                                                                              \
        "checkpoint-seconds", 0, OPTION_REAL, "S", .lo = 0.1, .hi = 1e6, .fallback = "60",         \
                                                   .help = "time between checkpoints in an epoch"  \
    }

/* --threads, or one for each processor. */
int shared_threads(const struct options *o);

/* E_IO unless the file can be written: no such folder, no permission, a folder of that name. */
enum status shared_check_out(const char *path);

/* Opens --data at --fold for a net that reads so many features a frame (0: words). */
enum status shared_dataset(const struct options *o, int n_in, struct dataset **out);

/* Opens --data for the net in `path`, at --fold or, without it, the net's own fold (another is
 * warned of: its test may hold speakers that were trained on), and gives it the net's vocabulary
 * and scale. Errors of dataset_open and lineage_adopt. */
enum status shared_dataset_of(const struct options *o, const struct net *net, const char *path,
                              struct dataset **out);

/* Loads --in with --prefix; --vocab and --labels (where the command has them, words = 1) replace
 * its words. */
enum status shared_net(const struct options *o, int words, struct net **out);

/* --backend and --precision. */
enum status shared_backend(const struct options *o, const struct lstm_backend **backend,
                           enum precision *precision);

/* The calibration that a precision needs, into *room: the one of the file in --in, else measured on
 * the training data, with a warning. NULL for precisions without one. */
enum status shared_quant(const struct options *o, const struct net *net, const struct dataset *ds,
                         enum precision precision, struct quant *room, const struct quant **out);

/* OPTIONS_RECIPE, OPTIONS_OPTIMIZER (recipe_options.h) and --threads over a recipe. Checked;
 * .epochs is the command's. */
enum status shared_recipe(const struct options *o, struct recipe *r);

#endif
