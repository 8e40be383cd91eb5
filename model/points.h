/* points.h - the losses of pruned nets, each measured once: what the sensitivity curves and the
 * search for ratios ask for, with a journal behind it. */
#ifndef MODEL_POINTS_H
#define MODEL_POINTS_H

#include "base/status.h"
#include "model/journal.h"
#include "model/net.h"
#include "model/prune.h"

/* What a net is worth on validation data. */
struct points_value {
    double loss;   /* mean NLL a target, nats: what searches and curves compare (SPEC 3) */
    double metric; /* that of the net's task (metric.h), for people and rows */
};

/* Measures the net pruned by a spec (all zero: dense) after the retraining that all points share if
 * retrain is 1. E_NUMERIC when training diverged, which is an answer too. */
typedef enum status points_fn(void *ctx, const struct prune_spec *spec, int retrain,
                              struct points_value *out);

struct points {
    const struct net *net; /* the dense net, for its shape */
    points_fn *measure;
    void *ctx;
    const char *id;      /* of weights, data and recipe: one word */
    const char *journal; /* path, or NULL */
    int resume;          /* 1: take over what the journal holds */
    struct journal kept; /* filled by points_open */
    int was_known;       /* 1: the last value came from the journal or was asked for before */
};

/* Opens the journal; errors of journal_open. */
enum status points_open(struct points *p);
void points_close(struct points *p);

/* The value of a spec: two specs of one pattern that keep the same counts are one point. A loss
 * that is not finite, or E_NUMERIC, gives infinity and a metric of NaN. */
enum status points_value(struct points *p, const struct prune_spec *spec, int retrain,
                         struct points_value *out);

#endif
