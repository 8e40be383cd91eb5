#include "model/trial.h"

#include "base/file.h"
#include "base/interrupt.h"
#include "base/strbuf.h"
#include "model/prune_train.h"
#include "model/score.h"

#include <math.h>

static enum status stop_on_signal(void *ctx, double fraction)
{
    return interrupt_pending() ? fail(E_INTERRUPTED, "interrupted while scoring") : OK;
}

static enum status score(const struct trial *t, const struct net *net, struct points_value *out)
{
    struct score score;
    const struct score_options opt = {.backend = t->backend,
                                      .precision = PREC_F32,
                                      .threads = t->recipe->threads,
                                      .hook = stop_on_signal};
    TRY(score_net(net, t->data, SPLIT_VALID, &opt, &score));
    *out = (struct points_value){score.nll, score.value};
    return OK;
}

static enum status run(struct net *net, const struct prune_spec *spec, const struct train_job *job,
                       struct train_result *out)
{
    return spec != NULL ? prune_train(net, spec, job, out) : train_run(net, job, out);
}

/* A checkpoint that a search for other ratios left is of no use. */
static enum status train(const struct trial *t, const struct prune_spec *spec, struct net *net)
{
    struct train_result result;
    const struct train_job job = {.recipe = t->recipe,
                                  .data = t->data,
                                  .checkpoint = t->checkpoint,
                                  .checkpoint_s = t->checkpoint_s,
                                  .resume = 1,
                                  .hook = t->hook,
                                  .ctx = t->ctx,
                                  .teacher = t->dense};
    enum status s = run(net, spec, &job, &result);
    if (s != E_USAGE || t->checkpoint == NULL || !file_exists(t->checkpoint))
        return s;
    TRY(file_remove(t->checkpoint));
    return run(net, spec, &job, &result);
}

enum status trial_value(void *trial, const struct prune_spec *spec, int retrain,
                        struct points_value *out)
{
    const struct trial *t = trial;
    struct net *net;
    enum status s = OK;
    *out = (struct points_value){NAN, NAN};
    TRY(net_copy(t->dense, &net));
    int trains = retrain && t->recipe->epochs > 0;
    int later = trains && spec->schedule.kind != SCHEDULE_ONE_SHOT;
    if (spec->pattern.kind != PATTERN_DENSE && !later)
        s = prune_net(net, spec);
    if (s == OK && trains)
        s = train(t, later ? spec : NULL, net);
    if (s == OK)
        s = score(t, net, out);
    /* before the caller writes the loss down: a stale checkpoint would be of another job */
    if ((s == OK || s == E_NUMERIC) && retrain && t->checkpoint != NULL)
        s = file_remove(t->checkpoint) == OK ? s : E_IO;
    net_release(net);
    return s;
}

enum status trial_id(const struct trial *t, char id[HASH_HEX])
{
    struct strbuf b = {0};
    char weights[HASH_HEX];
    TRY(hash_bytes(t->dense->data, t->dense->n_data * sizeof *t->dense->data, weights));
    strbuf_addf(&b, "version=%d weights=%s data=%s ", TRAIN_VERSION, weights, t->data->sha256);
    if (t->data->cross != 0)
        strbuf_addf(&b, "fold=%d ", t->data->cross);
    recipe_text(t->recipe, &b);
    enum status s = strbuf_check(&b);
    if (s == OK)
        s = hash_bytes(b.s, b.n, id);
    strbuf_release(&b);
    return s;
}
