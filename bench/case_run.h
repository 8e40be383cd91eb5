/* case_run.h - one case from weights to a whole row. */
#ifndef BENCH_CASE_RUN_H
#define BENCH_CASE_RUN_H

#include "base/status.h"
#include "bench/case.h"
#include "bench/case_time.h"
#include "bench/machine.h"
#include "bench/nets.h"
#include "kernels/quant.h"
#include "results/row.h"

/* What was judged wrong of each unit: speakers, or reviews; none of a language model. */
struct units {
    size_t n;
    double *wrong, *judged; /* [n] */
    int speakers;           /* 1: units are speakers */
};

/* The score of some weights on a split by the dense backend in f32, remembered for this run. */
struct known_score {
    int weights;
    enum split split;
    size_t most;
    int unseen;
    double value;
    struct units units;
};

/* What the cases of a run share. */
struct case_context {
    struct nets nets;
    struct machine machine;
    const char *suite;     /* as it was asked for */
    struct energy *energy; /* opened by case_context_init */
    int quick, judged;     /* judged: validity.h decides whether latencies may be used */
    char run_id[32];
    /* Told how far the case is, 0..1; may stop it. */
    enum status (*progress)(void *ctx, double fraction, const char *what);
    void *ctx;
    struct known_score *known; /* [n_known] */
    size_t n_known;
    struct quant quant; /* the calibration of weights quant_index; -1 before */
    int quant_index;
    struct net *net; /* the weights used last, and their index; NULL before */
    int net_index;
    char compared[192];      /* how far it is from its control; "" */
    struct case_timed timed; /* of the case just measured */
};

/* Fills in the run's id and opens the source of energy (energy_open: NULL stands for auto); the
 * other members are set by the caller before. */
enum status case_context_init(struct case_context *x, const char *energy);
/* Sends the progress of training to x->progress. */
void case_context_hook(struct case_context *x);
void case_context_release(struct case_context *x);

/* Runs one case. The row is always whole: on failure its status is `skip` (E_UNSUPPORTED, E_ABSENT)
 * or `fail`, with the reason in note, and the status is returned. */
enum status case_run(struct case_context *x, const struct bench_case *c, struct row *row);

#endif
