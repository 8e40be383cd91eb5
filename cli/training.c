#include "cli/training.h"

#include "base/file.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "cli/train_log.h"
#include "model/prune_train.h"
#include "model/score.h"

#include <math.h>
#include <stdio.h>

struct watch {
    const struct options *options;
    const struct dataset *data;
    const struct recipe *recipe;
    const char *metric, *unit; /* of the score; of what is trained on */
    struct progress progress;
    struct train_log log;
    double first; /* share that was done before this process */
};

static enum status stop_on_signal(void *ctx, double fraction)
{
    return interrupt_pending() ? fail(E_INTERRUPTED, "interrupted while scoring") : OK;
}

enum status training_score(const struct net *net, const struct dataset *ds, int threads,
                           double *metric)
{
    struct score score;
    const struct score_options opt = {.backend = &cpu_dense_backend,
                                      .precision = PREC_F32,
                                      .threads = threads,
                                      .hook = stop_on_signal};
    *metric = NAN;
    TRY(score_net(net, ds, SPLIT_VALID, &opt, &score));
    *metric = score.value;
    return OK;
}

/* A signal here must not lose the epoch: training goes on to its next chunk, where it saves. */
static enum status validate(void *ctx, const struct net *net, double *metric)
{
    const struct watch *w = ctx;
    enum status s = training_score(net, w->data, w->recipe->threads, metric);
    return s == E_INTERRUPTED ? OK : s;
}

static void print_epoch(const struct watch *w, const struct train_point *p)
{
    printf("epoch %d of %g: loss %.4f", p->epoch, ceil(w->recipe->epochs), p->loss);
    if (isfinite(p->valid))
        printf(", valid %s %.2f", w->metric, p->valid);
    printf(", %.0f %s/s\n", p->tokens_per_s, w->unit);
    fflush(stdout); /* a person may be watching a file */
}

static enum status watch(void *ctx, const struct train_point *p)
{
    struct watch *w = ctx;
    char valid[48] = "";
    if (w->first < 0)
        w->first = (double)(p->step - 1) / (double)p->steps;
    TRY(train_log_add(&w->log, p));
    if (isfinite(p->valid))
        snprintf(valid, sizeof valid, "  valid %s %.1f", w->metric, p->valid);
    progress_show(&w->progress, (p->fraction - w->first) / (1 - w->first),
                  "epoch %d  loss %.3f%s  %.0f %s/s", p->epoch, p->loss, valid, p->tokens_per_s,
                  w->unit);
    if (p->epoch_end && !options_flag(w->options, "quiet")) {
        progress_end(&w->progress, "%s", "");
        print_epoch(w, p);
    }
    return OK;
}

static enum status checkpoint_path(const char *out, struct strbuf *path)
{
    strbuf_addf(path, "%s.ckpt", out);
    return strbuf_check(path);
}

static void tell_start(int resume, const char *path)
{
    if (resume && !file_exists(path))
        log_warn("%s: no checkpoint there; training starts from the beginning", path);
    else if (!resume && file_exists(path))
        log_warn("%s: left by a stopped run and not used, as --resume is not given", path);
}

static enum status run(const struct training *t, struct watch *w, const char *path, double *valid)
{
    const struct options *o = t->options;
    struct train_result result;
    struct train_job job = {.recipe = t->recipe,
                            .data = t->data,
                            .checkpoint = path,
                            .checkpoint_s = options_real(o, "checkpoint-seconds"),
                            .resume = options_flag(o, "resume"),
                            .hook = watch,
                            .valid = validate,
                            .ctx = w,
                            .teacher = t->teacher};
    tell_start(job.resume, path);
    interrupt_catch();
    progress_begin(&w->progress, "train");
    enum status s = t->spec != NULL ? prune_train(t->net, t->spec, &job, &result)
                                    : train_run(t->net, &job, &result);
    progress_end(&w->progress, "%s", "");
    TRY(s);
    if (result.infeasible != 0)
        log_warn("%zu times an utterance had fewer frames than its labels need and counted nothing",
                 result.infeasible);
    *valid = result.valid;
    if (!isfinite(*valid) && !interrupt_pending())
        return validate(w, t->net, valid); /* no epoch, or its score was interrupted before */
    return OK;
}

enum status training_run(const struct training *t, double *valid)
{
    struct watch w = {
        .options = t->options,
        .data = t->data,
        .recipe = t->recipe,
        .metric = metric_name(metric_of(t->net->shape.task)),
        .unit = t->net->shape.n_vocab != 0 ? "words" : "frames",
        .log = {.path = options_text(t->options, "log"),
                .every = (size_t)options_whole(t->options, "log-every")},
        .first = -1,
    };
    struct strbuf path = {0};
    enum status s = checkpoint_path(t->out, &path);
    *valid = NAN;
    if (s == OK)
        s = run(t, &w, path.s, valid);
    strbuf_release(&path);
    return s;
}

enum status training_done(const char *out)
{
    struct strbuf path = {0};
    enum status s = checkpoint_path(out, &path);
    if (s == OK)
        s = file_remove(path.s);
    strbuf_release(&path);
    return s;
}

void training_print_valid(const struct net *net, const char *when, double value)
{
    const char *metric = metric_name(metric_of(net->shape.task));
    if (isfinite(value))
        printf("valid %s %s%.7g\n", metric, when, value);
    else
        printf("valid %s %snot taken (interrupted)\n", metric, when);
}
