/* surroundings.h - what about a machine makes its timings steady or doubtful. */
#ifndef BENCH_SURROUNDINGS_H
#define BENCH_SURROUNDINGS_H

#include "base/strbuf.h"

#include <stdint.h>

/* Unknown is "", -1 or 0 bytes. */
struct surroundings {
    char governor[32];    /* of the first processor's frequency */
    char microcode[32];   /* version, as the kernel tells it */
    int has_siblings;     /* 1: two processors share a core (SMT) */
    int is_virtual;       /* 1: a hypervisor lies below */
    double load;          /* processes that wanted to run, mean over the last minute */
    int64_t memory_bytes; /* all of it */
};

/* Reads /proc and /sys below `root` ("" for this machine). */
void surroundings_read(const char *root, struct surroundings *out);

/* Appends a line for each cause of doubt: what it is, and what cures it. */
void surroundings_warn(const struct surroundings *s, struct strbuf *out);

#endif
