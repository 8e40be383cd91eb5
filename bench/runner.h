/* runner.h - runs the cases of a suite and appends a row for each. */
#ifndef BENCH_RUNNER_H
#define BENCH_RUNNER_H

#include "base/status.h"
#include "base/strbuf.h"
#include "bench/case.h"

struct runner_options {
    const char *suite;     /* a built-in suite or FILE.ini */
    int quick;             /* 1: the suite's quick.* settings; rows say so in note */
    int retry;             /* 1: cases whose rows in `out` are invalid are measured again */
    const char *out;       /* CSV that rows are appended to */
    const char *cache_dir; /* NULL: the user's cache folder */
    const char *data_dir;  /* NULL: the user's data folder */
    const char *energy;    /* source of energy (energy/energy.h); NULL: auto */
    struct bench_filter filter;
};

/* Appends the ordered list of cases, one a line: name, whether it is done in `out`, estimated time.
 */
enum status runner_list(const struct runner_options *o, struct strbuf *text);

/* Runs what is not yet in `out`; latencies are judged (validity.h) unless the run is quick or the
 * suite says `judged = 0`: what may not be used becomes an `invalid` row, and the end tells how
 * many. Draws progress with an ETA for the whole. A case that a backend cannot take becomes a
 * `skip` row; one that fails becomes a `fail` row and the rest still runs (E_CHECK at the end,
 * naming how many). Stops with E_INTERRUPTED at a signal; the next run goes on. */
enum status runner_run(const struct runner_options *o);

#endif
