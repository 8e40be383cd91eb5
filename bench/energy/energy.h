/* energy.h - the energy that a call takes, from a meter of the machine or beside it.
 *
 * Sources: RAPL counters through powercap or perf, rails of INA2xx sensors through hwmon, the log
 * of an external meter. Where there is no meter there is a reason, never 0; bounds by a model
 * (energy_model.h) are given only where one is asked for by name. */
#ifndef BENCH_ENERGY_ENERGY_H
#define BENCH_ENERGY_ENERGY_H

#include "base/status.h"
#include "bench/energy/energy_model.h"

#include <stddef.h>

struct energy;

/* Finds a source below `root` ("" for this machine; tests give a tree of their own). choice: "auto"
 * (RAPL, perf, then hwmon), "none", "rapl", "perf", "hwmon", "model:NAME", or the path of a meter's
 * CSV. With auto and none it always succeeds, and energy_reason says why there is nothing; else
 * E_ABSENT, or E_IO with the command that gives the permission. Release with energy_release. */
enum status energy_open(const char *root, const char *choice, struct energy **out);
void energy_release(struct energy *e);

/* "rapl", "perf", "hwmon", "external", "model:NAME" or "none"; and why it is none, else "". */
const char *energy_name(const struct energy *e);
const char *energy_reason(const struct energy *e);

/* The model that was asked for, NULL if energy is measured or not known. */
const struct energy_model *energy_model(const struct energy *e);

struct energy_used {
    double call_uj;         /* of one call, what the machine takes when idle subtracted */
    double power_w, idle_w; /* mean power while calling, and before, idle */
    double seconds;         /* of calling */
    size_t calls;
};

enum { ENERGY_LEAST_MS = 500 }; /* of a window: a counter is renewed about every millisecond */

/* Lets the machine idle for `seconds` (at least ENERGY_LEAST_MS), then calls for as long.
 * E_UNSUPPORTED without a source or with a model; E_FORMAT if a meter's log does not reach over the
 * window. */
enum status energy_measure(struct energy *e, enum status (*call)(void *ctx), void *ctx,
                           double seconds, struct energy_used *out);

#endif
