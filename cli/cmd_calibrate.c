/* cmd_calibrate.c - brds calibrate: the ranges that q16 and q8 need, measured and kept. */
#include "cli/command.h"
#include "cli/shared_options.h"
#include "model/calibrate.h"
#include "model/weights.h"

#include <stdio.h>

static void print_ranges(const struct quant *quant)
{
    for (int l = 0; l < quant->n_layers; l++)
        printf("layer %d  |x| %.6g  |r| %.6g  |c| %.6g\n", l, (double)quant->layer[l].x,
               (double)quant->layer[l].r, (double)quant->layer[l].c);
}

static enum status run(const struct options *o)
{
    const char *out = options_text(o, "out");
    struct net *net = NULL;
    struct dataset *ds = NULL;
    struct quant quant;
    enum status s;
    TRY(shared_check_out(out));
    TRY_OUT(shared_net(o, 1, &net));
    TRY_OUT(shared_dataset_of(o, net, options_text(o, "in"), &ds));
    TRY_OUT(
        calibrate_net(net, ds, (size_t)options_whole(o, "max-tokens"), shared_threads(o), &quant));
    TRY_OUT(calibrate_store(net, &quant));
    TRY_OUT(weights_save(net, out));
    print_ranges(&quant);
    printf("sha256 %s  %s\n", net->sha256, out);
out:
    dataset_release(ds);
    net_release(net);
    return s;
}

static const struct option_info options[] = {
    {"in", 'i', OPTION_TEXT, "FILE", .needed = 1, .help = "weights (safetensors)"},
    {"data", 'd', OPTION_TEXT, "NAME", .needed = 1,
     .help = "corpus whose training data to run on; brds data list tells which"},
    {"out", 'o', OPTION_TEXT, "FILE", .needed = 1,
     .help = "write the weights with their calibration there, whole or not at all"},
    {"max-tokens", 0, OPTION_WHOLE, "N", .lo = 0, .hi = 9007199254740992.0, .fallback = "10000",
     .help = "run N training tokens, 0 for all"},
    OPTION_THREADS,
    OPTION_PREFIX,
    OPTION_VOCAB,
    OPTION_LABELS,
    OPTION_FOLD,
    OPTION_STANDIN,
    OPTION_DATA_DIR,
    {0},
};

const struct command cmd_calibrate = {
    .name = "calibrate",
    .about = "Measures the ranges that q16 and q8 need and keeps them with the weights.",
    .operands = "",
    .details = "Runs the dense net on training data and keeps, for each layer, the largest |x|\n"
               "(input), |r| (what it feeds back) and |c| (cell state). The weights stay as they\n"
               "are. Pruning and retraining drop the calibration: make it last.\n",
    .options = options,
    .run = run,
};
