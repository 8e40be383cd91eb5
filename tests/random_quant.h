/* random_quant.h - layers and calibrations for the integer formats, drawn at random. */
#ifndef TESTS_RANDOM_QUANT_H
#define TESTS_RANDOM_QUANT_H

#include "kernels/quant.h"
#include "tests/random_stack.h"

/* One layer whose weights, biases, peepholes and ranges lie orders of magnitude apart; flat = 1:
 * all weights of a matrix have the same magnitude. */
void random_extreme_layer(struct random_stack *s, struct quant *quant, struct rng *r, int flat);

/* Ranges for a whole stack, such that random_call's inputs and states saturate here and there. */
void random_ranges(struct quant *quant, struct rng *r, const struct lstm_net *net);

#endif
