#include "kernels/fixed.h"

const int16_t fixed_sigmoid_table[FIXED_SEGMENTS + 1] = FIXED_SIGMOID_TABLE;
const int16_t fixed_tanh_table[FIXED_SEGMENTS + 1] = FIXED_TANH_TABLE;
