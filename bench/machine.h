/* machine.h - the facts about this machine and build that every row carries. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include "base/status.h"
#include "results/row.h"

struct machine {
    char cpu[128], isa[64], kernel_os[160], compiler[64], blas[96];
    char host_id[17]; /* 16 hex digits: SHA-256 of /etc/machine-id, so the id itself stays here */
    char flags[256];  /* of the compiler: build type, and what was added by hand */
    char git[64];     /* commit of the build, '+' when the tree had changes */
};

/* Finds them out; what cannot be known is "". */
void machine_read(struct machine *m);

/* Writes them into a row. */
enum status machine_fill(const struct machine *m, struct row *row);

#endif
