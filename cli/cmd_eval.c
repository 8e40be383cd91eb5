/* cmd_eval.c - brds eval: what a net is worth on a split, run by a backend. */
#include "base/clock.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/shared_options.h"
#include "cli/sheet.h"
#include "model/score.h"

#include <stdio.h>

static enum status show(void *ctx, double fraction)
{
    progress_show(ctx, fraction, "%s", "scoring");
    return OK;
}

/* What the metric counts. */
static const char *unit_of(const struct score *s)
{
    static const char *const unit[] = {[METRIC_PPL] = "tokens",
                                       [METRIC_ACCURACY] = "reviews",
                                       [METRIC_FER] = "frames",
                                       [METRIC_PER] = "phones"};
    return unit[s->metric];
}

/* Papers tell the accuracy of frames. */
static void print(const struct dataset *ds, enum split split, const struct net *net,
                  const struct score_options *opt, const struct score *s, double seconds)
{
    char accuracy[48] = "", backend[160];
    if (s->metric == METRIC_FER)
        snprintf(accuracy, sizeof accuracy, " (frame accuracy %.4g)", 100 - s->value);
    snprintf(backend, sizeof backend, "%s, %s, %s", opt->backend->name, s->variant,
             precision_name(opt->precision));
    printf("%s %s: %s %.7g%s over %zu %s (%s, %.1f s)\n", ds->name, split_name(split),
           metric_name(s->metric), s->value, accuracy, s->n, unit_of(s),
           net->shape.n_layers != 0 ? backend : s->variant, seconds);
}

static enum status print_json(const struct dataset *ds, enum split split, const struct net *net,
                              const struct score_options *opt, const struct score *sc, double time)
{
    struct strbuf text = {0};
    struct sheet s;
    enum status st = sheet_begin(&s, &text);
    if (st != OK)
        return st;
    const char *const field[][2] = {
        {"dataset", ds->name},
        {"dataset_kind", dataset_kind_name(ds->kind)},
        {"dataset_sha256", ds->sha256},
        {"split", split_name(split)},
        {"weights_sha256", net->sha256},
        {"backend", opt->backend->name},
        {"variant", sc->variant},
        {"precision", precision_name(opt->precision)},
        {"metric", metric_name(sc->metric)},
    };
    for (size_t i = 0; st == OK && i < sizeof field / sizeof *field; i++)
        st = sheet_text(&s, field[i][0], field[i][1]);
    if (st == OK)
        st = sheet_real(&s, "value", sc->value);
    if (st == OK)
        st = sheet_real(&s, "nll", sc->nll);
    if (st == OK)
        st = sheet_whole(&s, unit_of(sc), (int64_t)sc->n);
    if (st == OK && sc->metric == METRIC_PER)
        st = sheet_whole(&s, "infeasible", (int64_t)sc->sum.infeasible);
    if (st == OK && opt->quant != NULL)
        st = sheet_whole(&s, "saturations", (int64_t)sc->facts.saturations);
    if (st == OK)
        st = sheet_real(&s, "seconds", time);
    if (st == OK)
        st = sheet_print(&s, 1);
    sheet_release(&s);
    strbuf_release(&text);
    return st;
}

static enum status evaluate(const struct options *o, const struct net *net,
                            const struct dataset *ds, enum split split, struct score_options *opt)
{
    struct progress p;
    struct score score;
    opt->hook = show;
    opt->ctx = &p;
    progress_begin(&p, split_name(split));
    int64_t start = clock_ns();
    enum status s = score_net(net, ds, split, opt, &score);
    double seconds = (double)(clock_ns() - start) * 1e-9;
    progress_end(&p, "%s", "");
    TRY(s);
    if (options_flag(o, "json"))
        return print_json(ds, split, net, opt, &score, seconds);
    print(ds, split, net, opt, &score, seconds);
    return OK;
}

static enum status run(const struct options *o)
{
    struct score_options opt = {.device = options_text(o, "device"),
                                .threads = shared_threads(o),
                                .most = (size_t)options_whole(o, "max-tokens"),
                                .unseen_only = options_flag(o, "unseen")};
    struct net *net = NULL;
    struct dataset *ds = NULL;
    struct quant quant;
    enum split split;
    enum status s;
    TRY(split_parse(options_text(o, "split"), &split));
    TRY(shared_backend(o, &opt.backend, &opt.precision));
    TRY_OUT(shared_net(o, 1, &net));
    TRY_OUT(shared_dataset_of(o, net, options_text(o, "in"), &ds));
    TRY_OUT(shared_quant(o, net, ds, opt.precision, &quant, &opt.quant));
    TRY_OUT(evaluate(o, net, ds, split, &opt));
out:
    dataset_release(ds);
    net_release(net);
    return s;
}

static const struct option_info options[] = {
    {"in", 'i', OPTION_TEXT, "FILE", .needed = 1, .help = "weights (safetensors)"},
    {"data", 'd', OPTION_TEXT, "NAME", .needed = 1, .help = "corpus; brds data list tells which"},
    {"split", 's', OPTION_TEXT, "NAME", .fallback = "test", .help = "train, valid or test"},
    OPTION_BACKEND,
    OPTION_PRECISION,
    {"max-tokens", 0, OPTION_WHOLE, "N", .lo = 0, .hi = 9007199254740992.0, .fallback = "0",
     .help = "score the first N tokens, reviews or utterances only, 0 for all"},
    {"unseen", 0, OPTION_FLAG,
     .help = "leave out texts that stand in the other half of the corpus too"},
    OPTION_THREADS,
    OPTION_PREFIX,
    OPTION_VOCAB,
    OPTION_LABELS,
    OPTION_FOLD,
    OPTION_STANDIN,
    OPTION_DATA_DIR,
    OPTION_DEVICE,
    {"json", 0, OPTION_FLAG, .help = "print a JSON object"},
    {0},
};

const struct command cmd_eval = {
    .name = "eval",
    .about = "Scores a net on a split of a corpus.",
    .operands = "",
    .details =
        "Perplexity: batch 1, zero state, every token of the split is a target once. Accuracy\n"
        "of reviews. Frame error rate over 39 classes, the posteriors of folded phones summed;\n"
        "of CTC nets the phone error rate of the greedy decoding. q is not scored.\n"
        "q16 and q8 take the calibration in the file; without one they calibrate on the\n"
        "training data first.\n",
    .options = options,
    .run = run,
};
