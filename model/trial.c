#include "model/trial.h"

#include "base/file.h"
#include "base/interrupt.h"
#include "base/strbuf.h"
#include "datasets/batch.h"
#include "model/prune_train.h"
#include "model/score.h"

#include <math.h>

static enum status stop_on_signal(void *ctx, double fraction)
{
    return interrupt_pending() ? fail(E_INTERRUPTED, "interrupted while scoring") : OK;
}

static enum status score(const struct trial *t, const struct net *net, double *loss)
{
    struct score score;
    const struct score_options opt = {.backend = t->backend,
                                      .precision = PREC_F32,
                                      .threads = t->recipe->threads,
                                      .hook = stop_on_signal};
    TRY(score_lm(net, t->data, SPLIT_VALID, &opt, &score));
    *loss = score.nll;
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

enum status trial_loss(void *trial, const struct prune_spec *spec, int retrain, double *loss)
{
    const struct trial *t = trial;
    struct net *net;
    enum status s = OK;
    *loss = NAN;
    TRY(net_copy(t->dense, &net));
    int trains = retrain && t->recipe->epochs > 0;
    int later = trains && spec->schedule.kind != SCHEDULE_ONE_SHOT;
    if (spec->pattern.kind != PATTERN_DENSE && !later)
        s = prune_net(net, spec);
    if (s == OK && trains)
        s = train(t, later ? spec : NULL, net);
    if (s == OK)
        s = score(t, net, loss);
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
    recipe_text(t->recipe, &b);
    enum status s = strbuf_check(&b);
    if (s == OK)
        s = hash_bytes(b.s, b.n, id);
    strbuf_release(&b);
    return s;
}

enum status trial_tokens(const struct dataset *ds, double tokens, struct recipe *r)
{
    struct batcher *b;
    double chunks = floor(tokens / r->lanes / r->steps);
    if (!(chunks >= 1))
        return fail(E_USAGE, "%g tokens are less than one chunk of %d x %d", tokens, r->lanes,
                    r->steps);
    TRY(batcher_lm_train(ds, SPLIT_TRAIN, r->lanes, r->steps, &b));
    r->epochs = chunks / (double)batcher_count(b);
    batcher_release(b);
    return OK;
}

size_t trial_budget(const struct dataset *ds, const struct recipe *r)
{
    struct batcher *b;
    if (batcher_lm_train(ds, SPLIT_TRAIN, r->lanes, r->steps, &b) != OK)
        return 0;
    size_t chunks = (size_t)llround(r->epochs * (double)batcher_count(b));
    batcher_release(b);
    return chunks * (size_t)r->lanes * (size_t)r->steps;
}
