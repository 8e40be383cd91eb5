/* case_time.h - the latency of a case beside its baselines, and its share of the roofline. */
#ifndef BENCH_CASE_TIME_H
#define BENCH_CASE_TIME_H

#include "base/status.h"
#include "bench/case.h"
#include "bench/energy/energy.h"
#include "bench/validity.h"
#include "kernels/lstm.h"
#include "kernels/quant.h"
#include "model/net.h"
#include "results/row.h"

struct timing {
    const struct bench_case *c;
    const struct lstm_backend *backend;
    const struct net *net;
    int is_random;             /* 1: random weights, which have no effective operations */
    const struct quant *quant; /* for q16 and q8 */
    const char *device;
    struct energy *energy; /* where energy is read from */
    int judged;            /* 1: what cannot be used is measured again, and in the end called so */
};

enum { CASE_TIME_NOTE = 240, CASE_TIME_ATTEMPTS = 3 };

struct case_timed {
    char note[CASE_TIME_NOTE]; /* where the weights lie; why there is no energy */
    char unmet[VALIDITY_TEXT]; /* judged, and the conditions that the last attempt did not meet */
};

/* Measures in one alternation the case, dense:f32, dense in the case's precision where there is
 * one, and for gates a plain load loop over the bytes that they stream; fills the row's latency.
 * Judged, it is measured up to CASE_TIME_ATTEMPTS times until it is valid (validity.h). Then the
 * energy of the case, where there is a source. E_UNSUPPORTED if a backend cannot take the case. */
enum status case_time(const struct timing *t, struct row *row, struct case_timed *out);

#endif
