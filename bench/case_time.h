/* case_time.h - the latency of a case beside its baselines, and its share of the roofline. */
#ifndef BENCH_CASE_TIME_H
#define BENCH_CASE_TIME_H

#include "base/status.h"
#include "bench/case.h"
#include "bench/energy/energy.h"
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
};

enum { CASE_TIME_NOTE = 240 };

/* Measures in one alternation the case, dense:f32, dense in the case's precision where there is
 * one, and for gates a plain load loop over the bytes that they stream; fills the row's latency.
 * Then the energy
 * of the case, where there is a source. `note` tells where the weights lie, and why there is no
 * energy. E_UNSUPPORTED if a backend cannot take the case. */
enum status case_time(const struct timing *t, struct row *row, char note[CASE_TIME_NOTE]);

#endif
