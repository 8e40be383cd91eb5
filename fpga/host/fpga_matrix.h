/* fpga_matrix.h - a matrix as it is packed: kept where the float is not 0, with the integer
 * there. */
#ifndef FPGA_HOST_FPGA_MATRIX_H
#define FPGA_HOST_FPGA_MATRIX_H

#include <stdint.h>

struct fpga_matrix {
    const float *kept; /* [rows][cols] */
    const int16_t *w;
    int rows, cols;
};

#endif
