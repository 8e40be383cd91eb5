/* fpga_backend.h - the accelerator behind the interface of all backends. */
#ifndef FPGA_HOST_FPGA_BACKEND_H
#define FPGA_HOST_FPGA_BACKEND_H

#include "kernels/lstm.h"

/* Precision q16 on the device that lstm_options.device names (fpga_device_open); `?split=N` behind
 * it gives N multipliers of each lane to x in every layer (fpga_packing_parse). Samples of a batch
 * run one after the other. */
extern const struct lstm_backend fpga_backend;

#endif
