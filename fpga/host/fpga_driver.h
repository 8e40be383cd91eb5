/* fpga_driver.h - what a host does with an accelerator, over any device: identify it, load a
 * program, run sequences, and come back from every failure. */
#ifndef FPGA_HOST_FPGA_DRIVER_H
#define FPGA_HOST_FPGA_DRIVER_H

#include "fpga/host/fpga_device.h"
#include "fpga/host/fpga_image.h"

#include <stddef.h>

/* Counters of runs, added up; COUNT_* of fpga/rtl/brds_defs.py. */
enum { FPGA_COUNTERS = 9 };

struct fpga_driver {
    struct fpga_device device;
    struct fpga_params p; /* as the device says */
    int lost;             /* 1: the program must be loaded before the next run */
    uint64_t counters[FPGA_COUNTERS];
    uint64_t steps; /* that they are of */
};

/* Opens a device and checks that it is one: E_DEVICE for a bus that reads all ones, a wrong magic,
 * another major version, a scratch register that does not keep its value, impossible sizes. */
enum status fpga_driver_open(const char *uri, struct fpga_driver *d);
/* The same on a device that is open; it is closed with the driver, or on failure. */
enum status fpga_driver_attach(const struct fpga_device *device, struct fpga_driver *d);
void fpga_driver_close(struct fpga_driver *d);

/* One sequence: x [steps][x_beats*4], y [steps][y_beats*4]; r and c (of all layers, one behind the
 * other) go in through `state` (fpga_image_state) and come back. `dumped` is room for the widest
 * layer's r or c, in whole beats. On failure E_DEVICE with the reason, y, r and c are undefined,
 * and the device is reset and loaded again before the next run. */
struct fpga_sequence {
    const struct fpga_program *program;
    const struct fpga_image *image, *state;
    const struct lstm_net *net;
    int steps;
    const int16_t *x;
    int16_t *y, *r, *c, *dumped;
};
enum status fpga_driver_run(struct fpga_driver *d, const struct fpga_sequence *s);

/* Loads a program's image now: a device that lacks room for it or breaks is found here. */
enum status fpga_driver_load(struct fpga_driver *d, const struct fpga_image *image);

#endif
