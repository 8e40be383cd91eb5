/* cmd_prune.c - brds prune: row-balanced pruning, and retraining under the frozen mask. */
#include "base/interrupt.h"
#include "cli/command.h"
#include "cli/shared_options.h"
#include "cli/training.h"
#include "model/lineage.h"
#include "model/prune.h"
#include "model/weights.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What the command line asks for. */
struct job {
    const struct options *options;
    const char *in, *out;
    struct prune_spec spec;
    struct recipe recipe; /* of retraining; epochs = 0: none */
    struct dataset *data; /* NULL: no scores */
    char parent[HASH_HEX];
};

static enum status check_later(const struct options *o)
{
    static const char *const later[] = {"search", "sensitivity", "overall"};
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        if (options_given(o, later[i]))
            return fail(E_ABSENT, "--%s: is not in this build (give --sparsity-x and --sparsity-h)",
                        later[i]);
    return OK;
}

static enum status read_spec(const struct options *o, struct prune_spec *spec)
{
    static const char *const name[] = {"sparsity-x", "sparsity-h", "sparsity-r"};
    TRY(pattern_parse(options_text(o, "pattern"), &spec->pattern));
    char text[PATTERN_TEXT];
    int dense = spec->pattern.kind == PATTERN_DENSE;
    for (int i = 0; i < 3; i++) {
        int given = options_given(o, name[i]);
        if (dense && given)
            return fail(E_USAGE, "--%s: means nothing with --pattern dense", name[i]);
        if (!dense && !given && i < 2)
            return fail(E_USAGE, "--%s: must be given with --pattern %s", name[i],
                        pattern_text(&spec->pattern, text));
    }
    spec->s_x = options_real(o, "sparsity-x");
    spec->s_h = options_real(o, "sparsity-h");
    spec->s_r = options_given(o, "sparsity-r") ? options_real(o, "sparsity-r") : -1;
    return OK;
}

/* Half the rate at which the net was trained from scratch, halved again after the first epoch. */
static enum status read_recipe(const struct options *o, const struct net *net, struct recipe *r)
{
    const char *name = net_meta(net, "net");
    if (name == NULL || recipe_named(name, r) != OK)
        TRY(recipe_named("ptb-small", r));
    r->lr /= 2;
    r->decay = 0.5;
    r->decay_after = 1;
    r->epochs = options_real(o, "retrain-epochs");
    return shared_recipe(o, r);
}

static enum status score(const struct job *j, const struct net *net, const char *when)
{
    double ppl;
    if (j->data == NULL)
        return OK;
    TRY(training_score(net, j->data, j->recipe.threads, &ppl));
    training_print_ppl(when, ppl);
    return fflush(stdout) == 0 ? OK : fail(E_IO, "standard output: cannot write");
}

static void print_counts(const struct net *net)
{
    for (int l = 0; l < net->lstm.n_layers; l++) {
        const struct lstm_layer *y = &net->lstm.layer[l];
        printf("layer %d  k_x %d of %d  k_h %d of %d", l, y->k_x, y->n_in, y->k_h, lstm_n_rec(y));
        if (y->n_proj != 0)
            printf("  k_r %d of %d", y->k_r, y->n_hid);
        putchar('\n');
    }
    printf("overall sparsity %.6g\n", net_sparsity(net));
}

static enum status retrain(const struct job *j, struct net *net)
{
    double valid;
    if (j->recipe.epochs == 0)
        return OK;
    TRY(training_run(j->options, net, j->data, &j->recipe, j->out, &valid));
    training_print_ppl("after retraining ", valid);
    return OK;
}

static enum status prune(struct job *j, struct net *net)
{
    TRY(score(j, net, "before pruning "));
    TRY(prune_net(net, &j->spec));
    TRY(prune_check(net));
    print_counts(net);
    TRY(score(j, net, "after pruning "));
    TRY(retrain(j, net));
    TRY(prune_check(net));
    TRY(lineage_pruned(net, j->parent, &j->spec, j->recipe.epochs > 0 ? &j->recipe : NULL));
    TRY(weights_save(net, j->out));
    if (j->recipe.epochs > 0)
        TRY(training_done(j->out));
    printf("sha256 %s  %s\n", net->sha256, j->out);
    return OK;
}

/* The corpus is needed for retraining, and wanted for scores. */
static enum status open_data(struct job *j, const struct net *net)
{
    if (options_text(j->options, "data") == NULL)
        return j->recipe.epochs == 0 ? OK
                                     : fail(E_USAGE, "--data: must be given with --retrain-epochs");
    TRY(shared_dataset(j->options, &j->data));
    return shared_adopt(net, j->in, j->data);
}

static enum status run(const struct options *o)
{
    struct job j = {.options = o, .in = options_text(o, "in"), .out = options_text(o, "out")};
    struct net *net = NULL;
    enum status s;
    TRY(check_later(o));
    TRY(read_spec(o, &j.spec));
    TRY(shared_check_out(j.out));
    TRY(shared_net(o, 1, &net));
    memcpy(j.parent, net->sha256, sizeof j.parent);
    TRY_OUT(read_recipe(o, net, &j.recipe));
    TRY_OUT(open_data(&j, net));
    TRY_OUT(prune(&j, net));
out:
    dataset_release(j.data);
    net_release(net);
    return s;
}

static const struct option_info options[] = {
    {"in", 'i', OPTION_TEXT, "FILE", .needed = 1, .help = "weights to prune (safetensors)"},
    {"out", 'o', OPTION_TEXT, "FILE", .needed = 1,
     .help = "write the pruned weights there, whole or not at all"},
    {"pattern", 0, OPTION_TEXT, "NAME", .fallback = "row",
     .help = "row: as many weights in every row; dense: none pruned, for comparison"},
    {"sparsity-x", 'x', OPTION_REAL, "S", .lo = 0, .hi = 1,
     .help = "share of zeros wanted in the input matrices W_x"},
    {"sparsity-h", 'y', OPTION_REAL, "S", .lo = 0, .hi = 1,
     .help = "share of zeros wanted in the recurrent matrices W_h"},
    {"sparsity-r", 0, OPTION_REAL, "S", .lo = 0, .hi = 1,
     .help = "share of zeros wanted in the projections W_r (default: that of W_h)"},
    {"data", 'd', OPTION_TEXT, "NAME",
     .help = "corpus to score and retrain on (default: none, prune only)"},
    {"retrain-epochs", 'e', OPTION_REAL, "N", .lo = 0, .hi = 1e6, .fallback = "0",
     .help = "passes over the training data with the mask frozen"},
    OPTIONS_RECIPE,
    OPTION_THREADS,
    OPTION_PREFIX,
    OPTION_VOCAB,
    OPTION_STANDIN,
    OPTION_DATA_DIR,
    {"search", 0, OPTION_FLAG, .help = "search the two ratios (not in this build)"},
    {"sensitivity", 0, OPTION_FLAG, .help = "measure each matrix apart (not in this build)"},
    {"overall", 0, OPTION_REAL, "S", .lo = 0, .hi = 1,
     .help = "overall sparsity for --search (not in this build)"},
    {0},
};

const struct command cmd_prune = {
    .name = "prune",
    .about = "Prunes a net row by row, with a ratio for W_x and one for W_h; retrains it.",
    .operands = "",
    .details =
        "Keeps the weights of largest magnitude in every row, biases and peepholes whole. Without\n"
        "--data any LSTM in a safetensors file is pruned, as PyTorch saves it.\n"
        "\n"
        "Retraining takes the recipe of the net that the file names (else that of ptb-small), at\n"
        "half its learning rate, halved again in every epoch after the first. Pruned weights stay\n"
        "exactly zero.\n",
    .options = options,
    .run = run,
};
