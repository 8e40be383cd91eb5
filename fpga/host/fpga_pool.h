/* fpga_pool.h - packing for one unified pool of multipliers (struct fpga_what_if): each multiplier
 * of a lane takes nonzeros of x, then of h. A word has one bit above its distance, 1 where h
 * begins: the column starts at 0 of h. In the C model only. */
#ifndef FPGA_HOST_FPGA_POOL_H
#define FPGA_HOST_FPGA_POOL_H

#include "fpga/host/fpga_gap.h"
#include "fpga/host/fpga_matrix.h"

/* Words of the longest chain if every row goes to all multipliers of a lane. */
int fpga_pool_longest(const struct fpga_matrix *x, const struct fpga_matrix *h,
                      const struct fpga_params *of);

/* Writes a pass's words [groups*kc][4U*M], and when it reads each column first. */
void fpga_pool_put(const struct fpga_matrix *x, const struct fpga_matrix *h,
                   const struct fpga_params *of, const struct fpga_pass *p, uint32_t *words,
                   struct fpga_pass_reads *reads);

#endif
