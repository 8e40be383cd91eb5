/* watch.h - what else the machine did while something was measured. */
#ifndef BENCH_WATCH_H
#define BENCH_WATCH_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* What was seen between watch_begin and watch_end. What this system does not tell is 0. */
struct conditions {
    double seconds; /* on the clock */
    double had;     /* share of them in which the calling thread ran, 0..1 */
    double foreign; /* processors that other processes kept busy, on average */
    double stolen;  /* processors that the hypervisor gave to other machines, on average */
    double drift;   /* the processor's slowest quarter of the time over its fastest, minus 1 */
    size_t looks;   /* calls of watch_look */
    size_t moves;   /* of which found the thread on another processor than the one before */
};

struct watch {
    const char *root;
    int64_t begin_ns, ran_ns;
    double busy_s, stolen_s, own_s;
    double *probe_ns; /* [n_probes] time of a fixed chain of instructions */
    size_t n_probes, moves;
    int processor;
};

/* Begins; /proc is read below `root` ("" for this machine, else borrowed). Release with
 * watch_end. */
enum status watch_begin(struct watch *w, const char *root);

/* Looks where the thread runs and how fast: about 10 us, between what is timed. */
enum status watch_look(struct watch *w);

/* Ends it in any case; `out` may be NULL. */
void watch_end(struct watch *w, struct conditions *out);

#endif
