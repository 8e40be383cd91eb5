/* fpga_pair.h - the RTL in simulation beside the C model of the same accelerator. */
#ifndef TESTS_FPGA_PAIR_H
#define TESTS_FPGA_PAIR_H

#include "fpga/host/fpga_model.h"
#include "tests/fpga_trial.h"

struct fpga_pair {
    struct fpga_driver rtl, model;
};

/* Both of a set of parameters ("tiny"), stalled alike. What fails fails the test. */
void fpga_pair_open(struct fpga_pair *p, const char *set, const struct fpga_stalls *stalls);
void fpga_pair_close(struct fpga_pair *p);

/* One trial on both: values, error bits and counters are the same, and the counters are what the
 * packer's formula promises. *n counts values. */
void fpga_pair_compare(struct fpga_pair *p, const struct fpga_trial *t, int round, size_t *n);

#endif
