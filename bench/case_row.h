/* case_row.h - filling a result row, group by group. */
#ifndef BENCH_CASE_ROW_H
#define BENCH_CASE_ROW_H

#include "base/status.h"
#include "bench/case.h"
#include "bench/energy/energy.h"
#include "bench/measure.h"
#include "bench/nets.h"
#include "model/net.h"
#include "model/score.h"
#include "results/row.h"

/* What stands in every row of a case, skip rows too: data, net as asked for, backend, shape. */
enum status case_row_asked(struct row *row, const struct bench_case *c,
                           const struct bench_weights *w);

/* The net as it is: sizes, kept weights, sparsity achieved, digest, tokens. */
enum status case_row_net(struct row *row, const struct net *net, const struct nets *nets,
                         const struct bench_case *c);

/* The metric on the split; on validation data and of the dense control where known (else NaN). */
enum status case_row_score(struct row *row, const struct score *score, double valid, double dense);

/* What was measured of a case. NULL: not measured. */
struct case_latency {
    const struct measured *own;
    const struct measured *base; /* dense:f32; may be `own` */
    const struct measured *same; /* dense in the same precision; may be either */
    const struct measured *load; /* a load loop over the bytes that the gates stream */
    char baseline[128];          /* name of `base` */
    struct lstm_facts facts;
    int is_random;
};

/* Latency, and what follows from it: operations a second, speed-ups, share of the roofline. */
enum status case_row_latency(struct row *row, const struct net *net, const struct bench_case *c,
                             const struct case_latency *l);

/* Energy of a step from that of a call; gops_per_w_effective where the row has gops_effective. */
enum status case_row_energy(struct row *row, const struct bench_case *c, const char *source,
                            const struct energy_used *used);

/* Bounds of the energy of a step by a model: no power and no ratio follows from them. */
enum status case_row_bounds(struct row *row, const char *source, const struct energy_bounds *b);

#endif
