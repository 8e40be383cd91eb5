/* plain_fixed.h - an LSTM stack in q16 or q8, written again from SPEC 4 and the comments of
 * kernels/fixed.h and quant.h in plain int64 arithmetic: what every backend must equal bit for bit.
 * It takes the integers of quant_layer_make, which tests of their own check, and nothing else of
 * kernels/; the tables come from libm. */
#ifndef TESTS_PLAIN_FIXED_H
#define TESTS_PLAIN_FIXED_H

#include "kernels/quant.h"

#include <stddef.h>

struct plain_counts {
    size_t saturations, nans;
};

/* lstm_run, with what lstm_facts counts. The net must be one that quant_layer_make takes. */
void plain_fixed_run(const struct lstm_net *net, enum precision precision,
                     const struct quant *quant, const struct lstm_io *io, struct plain_counts *n);

#endif
