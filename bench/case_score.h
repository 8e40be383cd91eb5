/* case_score.h - what the weights of a case are worth. */
#ifndef BENCH_CASE_SCORE_H
#define BENCH_CASE_SCORE_H

#include "bench/case_run.h"

/* Scores the weights of a case, over all their folds, on its split by a backend, on validation data
 * and, for the control, by the dense backend in f32, into the row. x->compared says how far the
 * case is from its control, with an interval, where reviews or speakers were scored. */
enum status case_score(struct case_context *x, const struct bench_case *c,
                       const struct lstm_backend *backend, struct row *row);

/* Frees what was remembered. */
void case_score_release(struct case_context *x);

#endif
