#include "fpga/host/fpga_chain.h"

#include <string.h>

void fpga_chains_start(struct fpga_chains *c, int n, int dw)
{
    memset(c, 0, sizeof *c);
    c->n = n;
    c->reach = (1 << dw) - 1;
}

static int pads_to(const struct fpga_chains *c, int i, int column)
{
    int distance = column - c->at[i];
    return distance > c->reach ? (distance - 1) / c->reach : 0;
}

struct fpga_link fpga_chains_put(struct fpga_chains *c, int column)
{
    int best = 0, best_len = c->len[0] + pads_to(c, 0, column);
    for (int i = 1; i < c->n; i++) {
        int len = c->len[i] + pads_to(c, i, column);
        if (len < best_len || (len == best_len && c->at[i] < c->at[best])) {
            best = i;
            best_len = len;
        }
    }
    int pads = best_len - c->len[best];
    struct fpga_link link = {best, pads, best_len, column - c->at[best] - pads * c->reach};
    c->len[best] = best_len + 1;
    c->at[best] = column;
    return link;
}

int fpga_chains_longest(const struct fpga_chains *c)
{
    int longest = 0;
    for (int i = 0; i < c->n; i++)
        longest = c->len[i] > longest ? c->len[i] : longest;
    return longest;
}
