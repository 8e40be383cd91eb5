/* score.h - what a net is worth on a split, run through a backend. */
#ifndef MODEL_SCORE_H
#define MODEL_SCORE_H

#include "base/status.h"
#include "datasets/dataset.h"
#include "kernels/lstm.h"
#include "model/judge.h"
#include "model/metric.h"
#include "model/net.h"

#include <stddef.h>

struct score_options {
    const struct lstm_backend *backend;
    enum precision precision;
    const struct quant *quant; /* calibration for q16 and q8 (model/calibrate.h), or NULL */
    const char *device;        /* for accelerators, or NULL */
    int threads;               /* 0 means 1 */
    int lanes;                 /* reviews or utterances side by side; 0: 16 */
    size_t most;               /* score only the first so many words, reviews, utterances; 0: all */
    int unseen_only;      /* 1: leave out items whose text stands in the other half of the corpus */
    struct verdict *each; /* [items of the split] gets the share of each; NULL: not wanted */
    /* Called now and then with the share done; anything but OK stops. May be NULL. */
    enum status (*hook)(void *ctx, double fraction);
    void *ctx;
};

struct score {
    enum metric metric;
    double value;            /* of the metric */
    double nll;              /* mean NLL a target, nats */
    size_t n;                /* what the metric counts: words, reviews, frames, phones */
    struct verdict sum;      /* all that was judged */
    char variant[96];        /* what ran */
    struct lstm_facts facts; /* of its plan: saturations and NaNs of this run */
};

/* Scores a net by the metric of its task (SPEC 8). Language model: batch 1, zero state, first input
 * <eos>, every token of the split a target. Others: whole reviews or utterances from zero state,
 * `lanes` side by side; q frames and phones are not scored. A net without an LSTM is scored without
 * a backend. Errors of net_check_data and lstm_prepare. */
enum status score_net(const struct net *net, const struct dataset *ds, enum split split,
                      const struct score_options *opt, struct score *out);

/* Sets value, nll and n from the sum: of one run, or of several added up. */
void score_conclude(struct score *s);

#endif
