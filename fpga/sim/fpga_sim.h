/* fpga_sim.h - the verilated RTL as a device, in process. */
#ifndef FPGA_SIM_FPGA_SIM_H
#define FPGA_SIM_FPGA_SIM_H

#include "fpga/host/fpga_device.h"
#include "fpga/host/fpga_timing.h"

#include <stdio.h>

/* Opens the RTL of that parameter set, its streams held up as `stalls` says (in cycles since x is
 * offered to a started run). The pins of every cycle go to `record`, if it is not NULL, a line
 * each, as fpga/sim/replay_tb.sv reads them. E_USAGE for a set that was not verilated. */
enum status fpga_sim_new(const char *set, const struct fpga_stalls *stalls, FILE *record,
                         struct fpga_device *out);

#endif
