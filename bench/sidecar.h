/* sidecar.h - what a row has no room for: a JSON file beside the CSV tells of each run on which
 * machine, in which state, and with which peaks it was made. */
#ifndef BENCH_SIDECAR_H
#define BENCH_SIDECAR_H

#include "base/status.h"
#include "bench/machine.h"
#include "bench/peaks.h"
#include "bench/surroundings.h"

struct sidecar_run {
    const char *run_id; /* as in the rows */
    const char *suite;
    const struct machine *machine;
    const struct surroundings *surroundings;
    const struct peaks *peaks; /* NULL: not measured */
};

/* Adds the run to the list "runs" of the file beside `csv` (results/machines.h), making the file if
 * need be; written anew as a whole, under the lock of the CSV, which is there. E_FORMAT if
 * something else stands there, which is left alone. */
enum status sidecar_add(const char *csv, const struct sidecar_run *run);

#endif
