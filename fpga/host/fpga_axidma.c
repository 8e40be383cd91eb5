#include "fpga/host/fpga_axidma.h"

#include "base/clock.h"

#include <time.h>

static enum status rd(const struct fpga_axidma *d, uint32_t reg, uint32_t *value)
{
    return fpga_window_rd(d->registers, d->first + reg, value);
}

static enum status wr(const struct fpga_axidma *d, uint32_t reg, uint32_t value)
{
    return fpga_window_wr(d->registers, d->first + reg, value);
}

static const char *direction(const struct fpga_axidma *d)
{
    return d->first == AXIDMA_TO_MEMORY ? "from" : "to";
}

/* Reads a register until one of `bits` is set (or, with set = 0, none is). */
static enum status until(const struct fpga_axidma *d, uint32_t reg, uint32_t bits, int set,
                         uint32_t *value)
{
    const struct timespec pause = {.tv_nsec = 20000};
    int64_t end = clock_ns() + (int64_t)d->timeout_ms * 1000000;
    for (;;) {
        TRY(rd(d, reg, value));
        if (*value == 0xffffffff)
            return fail(E_DEVICE, "%s: all registers of the DMA read as ones",
                        d->registers->node.path);
        if (((*value & bits) != 0) == set)
            return OK;
        if (clock_ns() > end)
            return fail(E_DEVICE,
                        "%s: the DMA %s the accelerator did not end within its time-out (%d ms)",
                        d->registers->node.path, direction(d), d->timeout_ms);
        nanosleep(&pause, NULL);
    }
}

enum status fpga_axidma_reset(const struct fpga_axidma *d)
{
    uint32_t control;
    TRY(wr(d, AXIDMA_CONTROL, AXIDMA_RESET));
    return until(d, AXIDMA_CONTROL, AXIDMA_RESET, 0, &control);
}

enum status fpga_axidma_begin(const struct fpga_axidma *d, uint64_t address, size_t n)
{
    uint32_t status;
    TRY(wr(d, AXIDMA_CONTROL, AXIDMA_RUN));
    TRY(until(d, AXIDMA_STATUS, AXIDMA_HALTED, 0, &status));
    TRY(wr(d, AXIDMA_STATUS, AXIDMA_DONE));
    TRY(wr(d, AXIDMA_ADDRESS, (uint32_t)address));
    TRY(wr(d, AXIDMA_ADDRESS_HIGH, (uint32_t)(address >> 32)));
    return wr(d, AXIDMA_LENGTH, (uint32_t)n);
}

enum status fpga_axidma_end(const struct fpga_axidma *d, size_t *got)
{
    uint32_t status, length = 0;
    TRY(until(d, AXIDMA_STATUS, AXIDMA_DONE | AXIDMA_HALTED | AXIDMA_ERRORS, 1, &status));
    if (status & (AXIDMA_ERRORS | AXIDMA_HALTED))
        return fail(E_DEVICE, "%s: the DMA %s the accelerator stopped (status %x)",
                    d->registers->node.path, direction(d), status);
    TRY(rd(d, AXIDMA_LENGTH, &length));
    if (got != NULL)
        *got = length;
    return OK;
}
