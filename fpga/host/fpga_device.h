/* fpga_device.h - an accelerator behind a table of operations, whatever the way to it. */
#ifndef FPGA_HOST_FPGA_DEVICE_H
#define FPGA_HOST_FPGA_DEVICE_H

#include "fpga/host/fpga_params.h"

#include <stddef.h>
#include <stdint.h>

/* Streams to the device. */
enum fpga_port { FPGA_PORT_IMAGE, FPGA_PORT_X };

/* Register offsets and bits are those of fpga/rtl/brds_defs.py. Each function waits no longer than
 * the device's time-out and gives E_DEVICE with a message when it failed. */
struct fpga_ops {
    enum status (*reg_rd)(void *ctx, uint32_t offset, uint32_t *value);
    enum status (*reg_wr)(void *ctx, uint32_t offset, uint32_t value);
    /* Once, before any transfer: the most bytes of x and of h in one. Only here is memory taken. */
    enum status (*reserve)(void *ctx, size_t x_bytes, size_t h_bytes);
    /* One transfer, a multiple of 8 bytes, TLAST with its last beat. x may be sent before the h
     * that it makes is fetched, however much that is. */
    enum status (*dma_h2c)(void *ctx, enum fpga_port port, const void *bytes, size_t n);
    /* One transfer up to TLAST, at most n bytes; *got is what came. */
    enum status (*dma_c2h)(void *ctx, void *bytes, size_t n, size_t *got);
    /* Until one of the bits of `mask` stands in the register IRQ; *irq has them all. */
    enum status (*wait_irq)(void *ctx, uint32_t mask, uint32_t *irq);
    /* The device's clock, for messages and tests; 0 if it has none. */
    uint64_t (*now_cycles)(void *ctx);
    void (*close)(void *ctx);
};

struct fpga_device {
    const struct fpga_ops *ops;
    void *ctx;
    struct fpga_what_if what_if; /* of a model; 0 for what is RTL or a board */
    int window;    /* 1: streams go through the registers PIO_*, the driver switches them */
    char name[64]; /* what runs: "model bench", "verilator 5.006 small" */
};

/* Opens what a URI names:
 *     model:SET[,key=n...]                     the C model (fpga_params_parse)
 *     sim:SET                                  the RTL of a set in simulation
 *     shm:PATH[,timeout_ms=N]                  a device that brds-fpga-server holds
 *     xdma:N[,key=value...]                    a PCIe card behind Xilinx's XDMA driver
 *     (fpga_xdma.c) uio:N[,udmabufM][,key=value...]          registers by Linux UIO (fpga_uio.c)
 *     pio:URI                                  any of them, its streams through the registers
 * E_USAGE for an unknown scheme, set or option, E_ABSENT for one that this build or machine lacks,
 * E_IO for one that may not be opened, E_DEVICE for one that is not what it should be. */
enum status fpga_device_open(const char *uri, struct fpga_device *out);

/* The parts of that: one function a scheme, given what follows the colon. */
enum status fpga_model_open(const char *rest, struct fpga_device *out);
enum status fpga_pio_open(const char *rest, struct fpga_device *out);
enum status fpga_shm_open(const char *rest, struct fpga_device *out);
enum status fpga_uio_open(const char *rest, struct fpga_device *out);
enum status fpga_xdma_open(const char *rest, struct fpga_device *out);
enum status fpga_sim_open(const char *rest, struct fpga_device *out); /* built with Verilator */

void fpga_device_close(struct fpga_device *d);

#endif
