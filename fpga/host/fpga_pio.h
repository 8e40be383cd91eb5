/* fpga_pio.h - a device whose streams go through its registers (PIO_* of fpga/rtl/brds_defs.py),
 * for boards without DMA. Two register writes and a look at the status for each 8 bytes sent, two
 * reads, a look and a write for each 8 of h: a way to bring a board up, not to be fast. */
#ifndef FPGA_HOST_FPGA_PIO_H
#define FPGA_HOST_FPGA_PIO_H

#include "fpga/host/fpga_device.h"

/* Wraps *inner, which *out owns from then on (also on failure). Of the inner device only registers
 * and interrupts are used. A beat that is not taken, or does not come, within timeout_ms is
 * E_DEVICE. E_NOMEM. */
enum status fpga_pio_wrap(const struct fpga_device *inner, int timeout_ms, struct fpga_device *out);

#endif
