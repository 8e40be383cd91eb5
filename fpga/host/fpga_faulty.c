#include "fpga/host/fpga_faulty.h"

#include "base/mem.h"
#include "fpga/fpga_defs.h"

#include <stdio.h>
#include <string.h>

/* 1 if this call, which the fault concerns, is one to be hit. */
static int hits(struct fpga_faulty *f, enum fpga_fault fault)
{
    if (f->fault != fault)
        return 0;
    if (f->after > 0) {
        f->after--;
        return 0;
    }
    if (f->times == 0)
        return 0;
    f->times--;
    f->hit++;
    return 1;
}

static enum status broken(const char *what)
{
    return fail(E_DEVICE, "the bus failed in %s", what);
}

static enum status reg_rd(void *ctx, uint32_t offset, uint32_t *value)
{
    struct fpga_faulty *f = ctx;
    TRY(f->inner.ops->reg_rd(f->inner.ctx, offset, value));
    if (hits(f, FPGA_FAULT_REG_READ))
        return broken("a register read");
    if (hits(f, FPGA_FAULT_ALL_ONES))
        *value = 0xffffffff;
    if (offset == FPGA_REG_MAGIC && hits(f, FPGA_FAULT_MAGIC))
        *value = 0x12345678;
    if (offset == FPGA_REG_VERSION && hits(f, FPGA_FAULT_VERSION))
        *value = (FPGA_VERSION_MAJOR + 1) << 16;
    if (offset == FPGA_REG_CAPS_ARRAY && hits(f, FPGA_FAULT_SIZES))
        *value = 0;
    if (offset == FPGA_REG_STATUS && hits(f, FPGA_FAULT_STUCK_BUSY))
        *value |= FPGA_STATUS_BUSY;
    return OK;
}

static enum status reg_wr(void *ctx, uint32_t offset, uint32_t value)
{
    struct fpga_faulty *f = ctx;
    if (hits(f, FPGA_FAULT_REG_WRITE))
        return broken("a register write");
    if (offset == FPGA_REG_SCRATCH && hits(f, FPGA_FAULT_SCRATCH))
        return OK;
    return f->inner.ops->reg_wr(f->inner.ctx, offset, value);
}

static enum status reserve(void *ctx, size_t x_bytes, size_t h_bytes)
{
    struct fpga_faulty *f = ctx;
    mem_free(f->bytes);
    f->bytes = NULL;
    f->room = 0;
    TRY(mem_new(&f->bytes, x_bytes + 8, 1));
    f->room = x_bytes + 8;
    return f->inner.ops->reserve(f->inner.ctx, x_bytes + 8, h_bytes);
}

/* Sends a copy with one bit flipped. */
static enum status send_flipped(struct fpga_faulty *f, enum fpga_port port, const void *bytes,
                                size_t n)
{
    unsigned char *copy;
    TRY(mem_copy(&copy, bytes, n, 1));
    copy[n / 2] ^= 0x10;
    enum status s = f->inner.ops->dma_h2c(f->inner.ctx, port, copy, n);
    mem_free(copy);
    return s;
}

static enum status dma_h2c(void *ctx, enum fpga_port port, const void *bytes, size_t n)
{
    struct fpga_faulty *f = ctx;
    if (hits(f, FPGA_FAULT_H2C))
        return broken("a transfer to the device");
    if (port == FPGA_PORT_IMAGE && hits(f, FPGA_FAULT_IMAGE_FLIP))
        return send_flipped(f, port, bytes, n);
    if (port == FPGA_PORT_IMAGE && n > 16 && hits(f, FPGA_FAULT_IMAGE_SHORT))
        n -= 16;
    if (port == FPGA_PORT_X && hits(f, FPGA_FAULT_X_SHORT))
        n -= 8;
    if (port == FPGA_PORT_X && n + 8 <= f->room && hits(f, FPGA_FAULT_X_LONG)) {
        memcpy(f->bytes, bytes, n);
        return f->inner.ops->dma_h2c(f->inner.ctx, port, f->bytes, n + 8);
    }
    return n == 0 ? OK : f->inner.ops->dma_h2c(f->inner.ctx, port, bytes, n);
}

static enum status dma_c2h(void *ctx, void *bytes, size_t n, size_t *got)
{
    struct fpga_faulty *f = ctx;
    if (hits(f, FPGA_FAULT_C2H))
        return broken("a transfer from the device");
    TRY(f->inner.ops->dma_c2h(f->inner.ctx, bytes, n, got));
    if (hits(f, FPGA_FAULT_H_SHORT))
        *got -= 8;
    return OK;
}

static enum status wait_irq(void *ctx, uint32_t mask, uint32_t *irq)
{
    struct fpga_faulty *f = ctx;
    *irq = 0;
    if (hits(f, FPGA_FAULT_NO_IRQ))
        return fail(E_DEVICE, "the accelerator gave no interrupt within its time-out");
    return f->inner.ops->wait_irq(f->inner.ctx, mask, irq);
}

static uint64_t now_cycles(void *ctx)
{
    const struct fpga_faulty *f = ctx;
    return f->inner.ops->now_cycles(f->inner.ctx);
}

static void close_faulty(void *ctx)
{
    struct fpga_faulty *f = ctx;
    fpga_device_close(&f->inner);
    mem_free(f->bytes);
    f->bytes = NULL;
}

static const struct fpga_ops faulty_ops = {
    reg_rd, reg_wr, reserve, dma_h2c, dma_c2h, wait_irq, now_cycles, close_faulty,
};

void fpga_faulty_wrap(const struct fpga_device *inner, struct fpga_faulty *f,
                      struct fpga_device *out)
{
    *f = (struct fpga_faulty){.inner = *inner};
    *out = (struct fpga_device){
        .ops = &faulty_ops, .ctx = f, .window = inner->window, .what_if = inner->what_if};
    snprintf(out->name, sizeof out->name, "faulty %.50s", inner->name);
}

void fpga_faulty_set(struct fpga_faulty *f, enum fpga_fault fault, int after, int times)
{
    f->fault = fault;
    f->after = after;
    f->times = times;
    f->hit = 0;
}
