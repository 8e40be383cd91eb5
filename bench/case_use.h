/* case_use.h - the weights of a case, and their calibration, at hand. */
#ifndef BENCH_CASE_USE_H
#define BENCH_CASE_USE_H

#include "bench/case_run.h"

/* The net of weights `i`, made if need be, kept until another is asked for. */
enum status case_use_net(struct case_context *x, int i, const struct net **out);

/* The calibration of weights `i` that a precision needs, measured on their training data and kept
 * until another is asked for; NULL for precisions without one. */
enum status case_use_quant(struct case_context *x, int i, enum precision precision,
                           const struct quant **out);

/* Threads that scores and calibrations take. */
int case_threads(void);

#endif
