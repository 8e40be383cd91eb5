/* fpga_chain.h - hands the nonzeros of one row to multipliers. Each multiplier takes its own in
 * ascending order, as words of a weight and the distance from its last column; a distance beyond
 * 2^dw - 1 costs padding words of weight 0. */
#ifndef FPGA_HOST_FPGA_CHAIN_H
#define FPGA_HOST_FPGA_CHAIN_H

enum { FPGA_MAX_CHAINS = 16 };

struct fpga_chains {
    int n, reach;             /* multipliers, largest distance */
    int len[FPGA_MAX_CHAINS]; /* words so far */
    int at[FPGA_MAX_CHAINS];  /* last column; columns count from 0 */
};

/* Where one column went. */
struct fpga_link {
    int chain, pads; /* padding words before it */
    int k;           /* place of its word in the chain */
    int distance;    /* in its word */
};

void fpga_chains_start(struct fpga_chains *c, int n, int dw);

/* Gives the next column, larger than all before, to the chain that becomes no longer than any other
 * would; among those to the one whose last column is lowest. n >= 1. */
struct fpga_link fpga_chains_put(struct fpga_chains *c, int column);

/* Words of the longest chain. */
int fpga_chains_longest(const struct fpga_chains *c);

#endif
