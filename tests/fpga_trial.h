/* fpga_trial.h - one random net on an accelerator, and what a device makes of it, to the bit. */
#ifndef TESTS_FPGA_TRIAL_H
#define TESTS_FPGA_TRIAL_H

#include "fpga/host/fpga_driver.h"
#include "tests/random_stack.h"

struct fpga_trial {
    struct random_stack s;
    struct quant_layer q[LSTM_MAX_LAYERS];
    struct fpga_program program;
    struct fpga_image image, state;
    int steps;
    int16_t *x;       /* [steps][x_beats*4], padding random too */
    int16_t *r0, *c0; /* [n_r], [n_c] what the run begins with */
    size_t n_y, n_r, n_c;
};

/* Long runs have 60 to 99 steps, the others up to 6. FPGA_NO_H keeps no weight of W_h: then steps
 * are as short as they can be. */
enum fpga_flavour { FPGA_PLAIN, FPGA_EXTREME, FPGA_LONG, FPGA_NO_H, N_FPGA_FLAVOURS };

/* Draws nets until one fits the device; sizes up to max_size. Random state and inputs of all
 * bits. */
void fpga_trial_make(struct fpga_trial *t, struct rng *r, const struct fpga_params *p, int max_size,
                     enum fpga_flavour flavour);
void fpga_trial_release(struct fpga_trial *t);

struct fpga_outcome {
    enum status status;
    int16_t *y, *r, *c;
    uint32_t err;
    uint64_t counters[FPGA_COUNTERS];
};
void fpga_outcome_make(const struct fpga_trial *t, struct fpga_outcome *o);
void fpga_outcome_release(struct fpga_outcome *o);

/* Runs the trial on a device; `reserve` has been called by fpga_trial_reserve. */
void fpga_trial_run(const struct fpga_trial *t, struct fpga_driver *d, struct fpga_outcome *o);
void fpga_trial_reserve(const struct fpga_trial *t, struct fpga_driver *d);

/* Values that differ between two outcomes of a trial; 0 is equal in y, r, c, errors and
 * counters. */
size_t fpga_outcome_differ(const struct fpga_trial *t, const struct fpga_outcome *a,
                           const struct fpga_outcome *b);

/* A plain one for the set tiny. */
void fpga_trial_tiny(struct fpga_trial *t, uint64_t seed, int max_size);

/* A register of a device that must answer. */
uint32_t fpga_trial_rd(const struct fpga_device *d, uint32_t reg);
void fpga_trial_wr(const struct fpga_device *d, uint32_t reg, uint32_t v);

#endif
