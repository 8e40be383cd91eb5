/* score.h - what a net is worth on a split, run through a backend. */
#ifndef MODEL_SCORE_H
#define MODEL_SCORE_H

#include "base/status.h"
#include "datasets/dataset.h"
#include "kernels/lstm.h"
#include "model/net.h"

#include <stddef.h>

struct score_options {
    const struct lstm_backend *backend;
    enum precision precision;
    const struct quant *quant; /* calibration for q16 and q8 (model/calibrate.h), or NULL */
    const char *device;        /* for accelerators, or NULL */
    int threads;               /* 0 means 1 */
    size_t max_tokens;         /* score only the first so many targets; 0: all */
    /* Called now and then with the share done; anything but OK stops. May be NULL. */
    enum status (*hook)(void *ctx, double fraction);
    void *ctx;
};

struct score {
    const char *metric;      /* "ppl" */
    double value;            /* exp(mean NLL) */
    double nll;              /* mean NLL a token, nats */
    size_t n;                /* targets scored */
    char variant[96];        /* what ran */
    struct lstm_facts facts; /* of its plan: saturations and NaNs of this run */
};

/* Perplexity of a language model (SPEC 8): batch 1, zero state, first input <eos>, every token of
 * the split a target. The net must have the dataset's vocabulary (dataset_adopt_vocab); E_FORMAT if
 * the sizes differ. */
enum status score_lm(const struct net *net, const struct dataset *ds, enum split split,
                     const struct score_options *opt, struct score *out);

#endif
