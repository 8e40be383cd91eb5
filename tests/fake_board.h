/* fake_board.h - a board that is not there: the files of /dev and /sys of a card behind XDMA, or of
 * a Zynq's UIO and u-dma-buf, below a folder, with a thread that plays the hardware on any device.
 * Nodes that answer are sockets (fpga/host/fpga_node.h); the AXI DMAs are played by their register
 * map. */
#ifndef TESTS_FAKE_BOARD_H
#define TESTS_FAKE_BOARD_H

#include "fpga/host/fpga_device.h"

enum fake_kind { FAKE_XDMA, FAKE_UIO };

struct fake_board;

/* Makes the tree of device 0 below `dir`, its udmabuf of `buffer` bytes, and starts the thread. The
 * board owns *device until fake_board_stop. What the device refuses, a bus would lose: reads give
 * ones. */
struct fake_board *fake_board_start(const char *dir, enum fake_kind kind,
                                    const struct fpga_device *device, size_t buffer);
void fake_board_stop(struct fake_board *b);

/* 1: from now on every register reads as ones, nothing is written, streams rest. */
void fake_board_power(struct fake_board *b, int off);

/* 1: from now on the accelerator's interrupt and its register stay 0. */
void fake_board_mute(struct fake_board *b, int mute);

#endif
