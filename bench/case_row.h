/* case_row.h - filling a result row, group by group. */
#ifndef BENCH_CASE_ROW_H
#define BENCH_CASE_ROW_H

#include "base/status.h"
#include "bench/case.h"
#include "bench/measure.h"
#include "bench/nets.h"
#include "model/net.h"
#include "model/score.h"
#include "results/row.h"

/* What stands in every row of a case, skip rows too: data, net as asked for, backend, shape. */
enum status case_row_asked(struct row *row, const struct bench_case *c,
                           const struct bench_weights *w, const struct dataset *ds);

/* The net as it is: sizes, kept weights, sparsity achieved, digest, tokens. */
enum status case_row_net(struct row *row, const struct net *net, const struct nets *nets,
                         const struct bench_case *c);

/* The metric on the split; on validation data and of the dense control where known (else NaN). */
enum status case_row_score(struct row *row, const struct score *score, double valid, double dense);

/* Latency, and what follows from it: operations a second, speed-up over the baseline. `baseline` is
 * NULL for the baseline itself. */
enum status case_row_latency(struct row *row, const struct net *net, const struct bench_case *c,
                             const struct measured *own, const struct measured *baseline,
                             const char *baseline_name, const struct lstm_facts *facts);

#endif
