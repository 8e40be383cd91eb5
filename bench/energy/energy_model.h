/* energy_model.h - bounds of energy where nothing measures it: arithmetic on published tables, or a
 * share of a processor's power. Every picojoule of the project stands in energy_model.c, with its
 * source. */
#ifndef BENCH_ENERGY_ENERGY_MODEL_H
#define BENCH_ENERGY_ENERGY_MODEL_H

#include "base/status.h"
#include "kernels/precision.h"

/* Where a step reads from: block memories of a few kilobytes, a cache, or DRAM. */
enum energy_memory { ENERGY_BLOCKS, ENERGY_CACHE, ENERGY_DRAM };

/* One step, as far as a model needs to know it. */
struct energy_work {
    double least_macs; /* multiply-adds that its result needs, all samples */
    double macs;       /* those that are done */
    double bytes;      /* read */
    double seconds;
    int threads;
    enum precision precision;
    enum energy_memory memory;
};

struct energy_bounds {
    double lo_uj, hi_uj;
};

/* A model by its name:
 *   horowitz2014, jouppi2021   the datapath's lower bound by a table of energies of operations:
 *                              from arithmetic alone to that and reading the weights once from a
 *                              memory of 8 KB (blocks) or 1 MB (a cache) or from DRAM. Control,
 *                              caches, leakage and idling are not in it.
 *   cpu:IDLE_W:TDP_W:CORES     the share of `threads` cores in the processor's power while the step
 *                              takes, from idle to TDP; what memory takes is not in it.
 * E_USAGE for another name or numbers that make no sense; `name` must live as long. */
struct energy_model {
    char name[64];                    /* as in the column energy_source, without "model:" */
    const struct energy_table *table; /* NULL: cpu */
    double idle_w, tdp_w, cores;
};
enum status energy_model_find(const char *name, struct energy_model *out);

struct energy_bounds energy_model_bounds(const struct energy_model *m, const struct energy_work *w);

#endif
