/* fpga_axidma.h - one channel of Xilinx's AXI DMA in direct register mode (PG021): memory to
 * stream, or stream to memory. */
#ifndef FPGA_HOST_FPGA_AXIDMA_H
#define FPGA_HOST_FPGA_AXIDMA_H

#include "fpga/host/fpga_window.h"

/* Offsets of a channel's registers; those of stream to memory begin at 0x30. */
enum {
    AXIDMA_CONTROL = 0x00,
    AXIDMA_STATUS = 0x04,
    AXIDMA_ADDRESS = 0x18,
    AXIDMA_ADDRESS_HIGH = 0x1c,
    AXIDMA_LENGTH = 0x28, /* writing it begins a transfer; then, of stream to memory, what came */
    AXIDMA_TO_MEMORY = 0x30,
    AXIDMA_BYTES = 0x60,

    AXIDMA_RUN = 1,             /* of control */
    AXIDMA_RESET = 4,           /* until it reads as 0 */
    AXIDMA_HALTED = 1,          /* of status */
    AXIDMA_ERRORS = 0x70,       /* internal, slave, decode */
    AXIDMA_DONE = 0x1000,       /* w1c */
    AXIDMA_MOST = (1 << 26) - 1 /* bytes of a transfer, if it was built so */
};

struct fpga_axidma {
    const struct fpga_window *registers;
    uint32_t first; /* 0, or AXIDMA_TO_MEMORY */
    int timeout_ms;
};

/* Resets the channel and waits for it; E_DEVICE. The other channel of the same DMA is reset too. */
enum status fpga_axidma_reset(const struct fpga_axidma *d);

/* Begins a transfer of 1..AXIDMA_MOST bytes at a physical address. E_DEVICE if it stays halted. */
enum status fpga_axidma_begin(const struct fpga_axidma *d, uint64_t address, size_t n);

/* Waits for its end; *got, if not NULL, is what came to memory. E_DEVICE after the time-out or with
 * an error that the DMA names; then it must be reset. */
enum status fpga_axidma_end(const struct fpga_axidma *d, size_t *got);

#endif
