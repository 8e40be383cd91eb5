/* case_device.h - the latency of a case on an accelerator in simulation: cycles that its own
 * counters saw, at a clock that is assumed. Nothing is measured in seconds. */
#ifndef BENCH_CASE_DEVICE_H
#define BENCH_CASE_DEVICE_H

#include "base/status.h"
#include "bench/case_time.h"

/* The clock of all rows: neither placed nor routed (clock_source=assumed). */
#define CASE_DEVICE_MHZ 200.0

/* 1 if the plan runs on an accelerator. */
int case_device_is(const struct lstm_plan *plan);

/* Runs one call and fills the row with cycles of a step of the whole batch, utilisation, and
 * latency at the assumed clock; `note` [CASE_TIME_NOTE] gets the shares of the cycles by cause.
 * E_UNSUPPORTED for the scope gates. */
enum status case_device(const struct timing *t, struct lstm_plan *plan, struct row *row,
                        char *note);

#endif
