/* cmd_prune.c - brds prune: pruning by a pattern, retraining under the frozen mask, and the ways to
 * find ratios. */
#include "base/interrupt.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/prune_options.h"
#include "cli/prune_points.h"
#include "cli/recipe_options.h"
#include "cli/shared_options.h"
#include "cli/training.h"
#include "model/allocate.h"
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
    struct net *teacher;  /* the net as it was, with --distill; else NULL */
    struct dataset *data; /* NULL: no scores */
    char parent[HASH_HEX];
};

/* --overall and --allocate: the ratios without a search, for the weights that one ratio keeps. */
static enum status allocate(const struct options *o, const struct net *net, struct prune_spec *spec)
{
    const char *way = options_text(o, "allocate");
    int by_layer = options_flag(o, "per-layer");
    if (!options_given(o, "overall"))
        return OK;
    TRY(allocate_one(net, options_real(o, "overall"), spec));
    if (strcmp(way, "one") == 0)
        return OK;
    return allocate_way(net,
                        strcmp(way, "threshold") == 0 ? ALLOCATE_THRESHOLD : ALLOCATE_ERDOS_RENYI,
                        by_layer, prune_asked(net, spec), spec);
}

/* Half the rate at which the net was trained from scratch, halved again after the first epoch. */
static enum status read_recipe(const struct options *o, const struct net *net, struct recipe *r)
{
    const char *name = net_meta(net, "net");
    if (name == NULL || recipe_named(name, r) != OK)
        TRY(recipe_named("ptb-small", r));
    recipe_retrain(r);
    r->lr /= 2;
    r->decay = 0.5;
    r->decay_after = 1;
    r->epochs = options_real(o, "retrain-epochs");
    r->distill = options_real(o, "distill");
    r->temperature = r->distill != 0 ? options_real(o, "distill-temperature") : 0;
    return shared_recipe(o, r);
}

static enum status score(const struct job *j, const struct net *net, const char *when)
{
    double value;
    if (j->data == NULL)
        return OK;
    TRY(training_score(net, j->data, j->recipe.threads, &value));
    training_print_valid(net, when, value);
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

/* What the pattern could not reach, and that k is an upper bound where rows differ. */
static void print_pattern(const struct net *net, const struct prune_spec *spec)
{
    if (!pattern_is_balanced(&spec->pattern))
        printf("rows differ: k is that of the fullest; %zu weights of %zu asked for are kept\n",
               prune_kept(net), prune_asked(net, spec));
    if (prune_count_check(net, spec) != OK)
        log_warn("%s", status_message());
}

static enum status tell_pruned(const struct net *net, const struct prune_spec *spec)
{
    TRY(prune_check(net));
    print_counts(net);
    print_pattern(net, spec);
    return OK;
}

static enum status retrain(const struct job *j, struct net *net)
{
    double valid;
    const struct training training = {j->options, net,      j->data,   &j->recipe,
                                      j->out,     &j->spec, j->teacher};
    if (j->recipe.epochs == 0)
        return OK;
    TRY(training_run(&training, &valid));
    training_print_valid(net, "after retraining ", valid);
    return OK;
}

static enum status prune(struct job *j, struct net *net)
{
    int at_once = j->spec.schedule.kind == SCHEDULE_ONE_SHOT;
    TRY(score(j, net, "before pruning "));
    if (at_once) {
        TRY(prune_net(net, &j->spec));
        TRY(tell_pruned(net, &j->spec));
        TRY(score(j, net, "after pruning "));
    }
    TRY(retrain(j, net));
    TRY(prune_check(net));
    if (!at_once)
        TRY(tell_pruned(net, &j->spec));
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
    return shared_dataset_of(j->options, net, j->in, &j->data);
}

static void warn_left_out(void *ctx, const char *name)
{
    log_warn("%s: tensor '%s' is no part of the LSTM, embedding or classifier and is left out",
             (const char *)ctx, name);
}

/* --search and --sensitivity; a search with --out goes on with the ratios that it found. */
static enum status find(struct job *j, enum prune_mode mode, struct net *net)
{
    struct prune_points p;
    enum status s = prune_points_open(&p, j->options, net, j->data, &j->recipe, &j->spec.pattern);
    if (s == OK)
        s = mode == PRUNE_SEARCH ? prune_points_search(&p, &j->spec) : prune_points_curves(&p);
    prune_points_close(&p);
    TRY(s);
    return mode == PRUNE_SEARCH && j->out != NULL ? prune(j, net) : OK;
}

static enum status check_files(const struct options *o)
{
    static const char *const name[] = {"out", "csv", "points", "log"};
    for (int i = 0; i < 4; i++)
        if (options_text(o, name[i]) != NULL)
            TRY(shared_check_out(options_text(o, name[i])));
    return OK;
}

static enum status run(const struct options *o)
{
    struct job j = {.options = o, .in = options_text(o, "in"), .out = options_text(o, "out")};
    char in[1024];
    struct net *net = NULL;
    enum prune_mode mode = prune_options_mode(o);
    enum status s;
    TRY(prune_options_check(o, mode));
    TRY(prune_options_spec(o, mode, &j.spec));
    TRY(check_files(o));
    TRY(shared_net(o, 1, &net));
    memcpy(j.parent, net->sha256, sizeof j.parent);
    snprintf(in, sizeof in, "%s", j.in);
    TRY_OUT(weights_others(j.in, options_text(o, "prefix"), warn_left_out, in));
    TRY_OUT(read_recipe(o, net, &j.recipe));
    TRY_OUT(open_data(&j, net));
    if (j.recipe.distill != 0)
        TRY_OUT(net_copy(net, &j.teacher));
    if (mode == PRUNE_ONCE)
        TRY_OUT(allocate(o, net, &j.spec));
    TRY_OUT(mode == PRUNE_ONCE ? prune(&j, net) : find(&j, mode, net));
out:
    dataset_release(j.data);
    net_release(j.teacher);
    net_release(net);
    return s;
}

static const struct option_info options[] = {
    {"in", 'i', OPTION_TEXT, "FILE", .needed = 1, .help = "weights to prune (safetensors)"},
    {"out", 'o', OPTION_TEXT, "FILE",
     .help = "write the pruned weights there, whole or not at all"},
    {"pattern", 0, OPTION_TEXT, "NAME", .fallback = "row",
     .help = "where kept weights may stand, see below"},
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
    {"schedule", 0, OPTION_TEXT, "NAME", .fallback = "one-shot",
     .help =
         "when weights are pruned: one-shot, before retraining; iterative:N, in N rounds of it; "
         "gradual, every 100 updates until 60 % of it"},
    {"distill", 0, OPTION_REAL, "A", .lo = 0, .hi = 1, .fallback = "0",
     .help = "retrain towards FILE's own words with weight A, towards the corpus with 1-A"},
    {"distill-temperature", 0, OPTION_REAL, "T", .lo = 0.1, .hi = 1000, .fallback = "1",
     .help = "softens the words of --distill"},
    OPTIONS_RECIPE,
    OPTIONS_OPTIMIZER,
    OPTION_THREADS,
    OPTION_PREFIX,
    OPTION_VOCAB,
    OPTION_LABELS,
    OPTION_FOLD,
    OPTION_STANDIN,
    OPTION_DATA_DIR,
    {"overall", 0, OPTION_REAL, "S", .lo = 0, .hi = 1,
     .help = "sparsity of all matrices together, for --search, --allocate and what --sensitivity "
             "proposes"},
    {"allocate", 0, OPTION_TEXT, "WAY", .choices = "one|threshold|erdos-renyi", .fallback = "one",
     .help = "ratios for --overall without a search: one for all, by one threshold of magnitude, "
             "by Erdos-Renyi densities"},
    {"search", 0, OPTION_FLAG, .help = "search the two ratios on validation data"},
    {"sensitivity", 0, OPTION_FLAG,
     .help = "prune each matrix alone and measure the rise of the loss"},
    {"per-layer", 0, OPTION_FLAG,
     .help = "a pair of ratios for each layer; with --sensitivity also each layer alone"},
    {"grid", 0, OPTION_WHOLE, "M", .lo = 2, .hi = 65536,
     .help = "search all splits of M multipliers, k_x = a*X and k_h = a*H with X + H = M"},
    {"levels", 0, OPTION_TEXTS, "S,...",
     .help = "sparsities for --sensitivity (default: .5,.7,.8,.9,.95,.975)"},
    {"search-tokens", 0, OPTION_REAL, "N", .lo = 0, .hi = 1e12, .fallback = "230000",
     .help = "tokens that each tried net is retrained on"},
    {"csv", 0, OPTION_TEXT, "FILE", .help = "append a result row for each tried net"},
    {"points", 0, OPTION_TEXT, "FILE",
     .help = "keep what was measured there and go on from it (default: CSV.points or OUT.points)"},
    {0},
};

const struct command cmd_prune = {
    .name = "prune",
    .about = "Prunes a net, with a ratio for W_x and one for W_h; retrains it; finds the ratios.",
    .operands = "",
    .details =
        "Keeps the weights of largest magnitude, biases and peepholes whole. Without --data any\n"
        "LSTM in a safetensors file is pruned, as PyTorch saves it.\n"
        "\n"
        "Patterns, all asked for as many weights as row keeps at the same sparsity:\n"
        "  row                   as many weights in every row\n"
        "  bank:B                row, and evenly over banks of B columns\n"
        "  nm:N:M                exactly N of every M columns; has its own sparsity 1 - N/M\n"
        "  unstructured          the largest weights of each matrix, anywhere\n"
        "  unstructured:global   the largest weights of all matrices together\n"
        "  block:RxC             whole blocks of R rows and C columns\n"
        "  column                as many weights in every column\n"
        "  dense                 nothing is pruned\n"
        "  ...+random            the control: by random numbers of --seed, not by magnitude\n"
        "\n"
        "Retraining takes the recipe of the net that the file names (else that of ptb-small), at\n"
        "half its learning rate, halved again in every epoch after the first; no warm-up, cosine\n"
        "or early stop but where options say so. Pruned weights stay exactly zero. With "
        "--schedule\n"
        "gradual they do from 60 % of it on; before, they may come back.\n"
        "\n"
        "--search moves S_x in steps of .05, then .025 and .0125, in both directions from one\n"
        "ratio; S_h follows so that never more weights stay than with one ratio. Every tried net\n"
        "starts from FILE and is retrained on --search-tokens. It sees validation data and one\n"
        "seed only. After Ctrl-C the same command goes on where it was, bit for bit. With --out\n"
        "the net is then pruned by the ratios that were found.\n",
    .options = options,
    .run = run,
};
