/* resources.h - what a parameter set of the accelerator takes, by synthesis
 * (results/reference/fpga-resources.csv, which fpga/syn/resources.py wrote, embedded at build
 * time): Yosys's counts of the whole design for xc7, not placed, not routed. */
#ifndef BENCH_RESOURCES_H
#define BENCH_RESOURCES_H

#include "base/status.h"

struct resources {
    int lut, ff, dsp;
    double bram36; /* a half is 18 kbit */
};

/* What the device of a URI takes: *found = 1 if it is the model or the RTL of a set as it is named
 * ("model:bench", "sim:tiny?split=1"), whose counts there are. With sizes of its own
 * ("model:bench,u=4") it is another design, and *found = 0. */
enum status resources_of(const char *uri, struct resources *out, int *found);

#endif
