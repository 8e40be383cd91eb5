/* fpga_params.h - the size of an accelerator, and the named sets of sizes. */
#ifndef FPGA_HOST_FPGA_PARAMS_H
#define FPGA_HOST_FPGA_PARAMS_H

#include "base/status.h"

/* What no RTL does, for ablations and estimates on the C model alone; all 0: as the RTL. */
struct fpga_what_if {
    int pool;   /* 1: one unified pool, each multiplier takes nonzeros of x and of h */
    int serial; /* 1: no overlap: a group of rows begins when the one before has been written */
    int simd;   /* sequences that one weight word feeds, with as many multipliers and element-wise
                   units each; 0 is 1 */
    int bus;    /* bytes a cycle at which weights come from outside, read ahead without limit; 0:
                   they are resident */
};

/* As the RTL's parameters (fpga/rtl/brds_top.sv). */
struct fpga_params {
    int units;     /* U: rows 4U at once */
    int lane_macs; /* M: multipliers of a lane */
    int ew;        /* E: element-wise units */
    int dw;        /* bits of a relative column */
    int words;     /* of each multiplier's weight memory */
    int values;    /* of the vector memory, 16 bits each */
    int rows;      /* of the element-wise memories, E units each */
    int fifo;      /* beats of the h FIFO */
    int passes;
    int activity;  /* 1: counts nonzero products and toggles (COUNT_NONZERO, COUNT_TOGGLES) */
    int peepholes; /* 1: the element-wise units multiply by peepholes */
    struct fpga_what_if what_if;
};

/* Multipliers that have a weight word of their own: 4 U M. */
int fpga_params_macs(const struct fpga_params *p);

/* Sequences side by side, at least 1. All multipliers: fpga_params_macs times this. */
int fpga_params_simd(const struct fpga_params *p);

/* 1 if the sizes ask for what no RTL does. */
int fpga_params_modelled(const struct fpga_params *p);

/* The set of that name ("tiny", "small", "wide", "bench", "ku9p", "ptb", or "large": bench with
 * memories that no chip has); E_USAGE with the known ones. */
enum status fpga_params_find(const char *name, struct fpga_params *out);

/* "SET", "SET,u=4,e=2", ...: a set, then sizes that replace its own (u m e dw words values rows
 * fifo passes activity peepholes; pool serial simd bus of struct fpga_what_if). E_USAGE for an
 * unknown or impossible one. */
enum status fpga_params_parse(const char *text, struct fpga_params *out);

/* E_USAGE if the RTL could not be built so. */
enum status fpga_params_check(const struct fpga_params *p);

#endif
