/* fpga_sim.h - the verilated RTL as a device, in process. */
#ifndef FPGA_SIM_FPGA_SIM_H
#define FPGA_SIM_FPGA_SIM_H

#include "fpga/host/fpga_device.h"
#include "fpga/host/fpga_timing.h"

/* Opens the RTL of that parameter set, its streams held up as `stalls` says (in cycles since x is
 * offered to a started run). E_USAGE for a set that was not verilated. */
enum status fpga_sim_new(const char *set, const struct fpga_stalls *stalls,
                         struct fpga_device *out);

#endif
