#include "fpga/host/fpga_pio.h"

#include "base/clock.h"
#include "base/mem.h"
#include "fpga/fpga_defs.h"

#include <stdio.h>
#include <string.h>

enum { TIMEOUT_MS = 10000 };

struct pio {
    struct fpga_device inner;
    int timeout_ms;
    unsigned char *h; /* came while x was sent, and not fetched yet */
    size_t h_n, h_room;
    int h_last; /* with TLAST: nothing more is taken before that is fetched */
};

static enum status rd(struct pio *p, uint32_t reg, uint32_t *value)
{
    return p->inner.ops->reg_rd(p->inner.ctx, reg, value);
}

static enum status wr(struct pio *p, uint32_t reg, uint32_t value)
{
    return p->inner.ops->reg_wr(p->inner.ctx, reg, value);
}

static int64_t deadline(const struct pio *p)
{
    return clock_ns() + (int64_t)p->timeout_ms * 1000000;
}

/* Takes the beat of h that the status shows. */
static enum status take_h(struct pio *p, uint32_t status)
{
    uint32_t half[2];
    TRY(rd(p, FPGA_REG_PIO_H_LOW, &half[0]));
    TRY(rd(p, FPGA_REG_PIO_H_HIGH, &half[1]));
    TRY(wr(p, FPGA_REG_PIO_STATUS, 0));
    memcpy(p->h + p->h_n, half, sizeof half);
    p->h_n += sizeof half;
    p->h_last = (status & FPGA_PIO_H_LAST) != 0;
    return OK;
}

/* Looks at the status, and takes h if there is some and room for it: the run would stop
 * otherwise. */
static enum status look(struct pio *p, uint32_t *status)
{
    TRY(rd(p, FPGA_REG_PIO_STATUS, status));
    if (*status == 0xffffffff)
        return fail(E_DEVICE, "the window of the accelerator reads as ones (no device behind the "
                              "bus, or it has no power)");
    if (*status & FPGA_PIO_H && !p->h_last && p->h_n + 8 <= p->h_room)
        return take_h(p, *status);
    return OK;
}

/* Until the last beat was taken. */
static enum status until_taken(struct pio *p, size_t sent, size_t n)
{
    uint32_t status = FPGA_PIO_FULL;
    size_t before = p->h_n;
    for (int64_t end = deadline(p); status & FPGA_PIO_FULL;) {
        TRY(look(p, &status));
        if (p->h_n != before)
            end = deadline(p);
        before = p->h_n;
        if (status & FPGA_PIO_FULL && clock_ns() > end)
            return fail(E_DEVICE, "the accelerator took %zu of %zu bytes within %d ms", sent, n,
                        p->timeout_ms);
    }
    return OK;
}

static enum status dma_h2c(void *ctx, enum fpga_port port, const void *bytes, size_t n)
{
    struct pio *p = ctx;
    uint32_t more = port == FPGA_PORT_X ? FPGA_REG_PIO_X : FPGA_REG_PIO_IMAGE;
    uint32_t last = port == FPGA_PORT_X ? FPGA_REG_PIO_X_LAST : FPGA_REG_PIO_IMAGE_LAST;
    for (size_t at = 0; at + 8 <= n; at += 8) {
        uint32_t half[2];
        memcpy(half, (const unsigned char *)bytes + at, sizeof half);
        TRY(until_taken(p, at, n));
        TRY(wr(p, FPGA_REG_PIO_LOW, half[0]));
        TRY(wr(p, at + 8 == n ? last : more, half[1]));
    }
    return OK;
}

static enum status dma_c2h(void *ctx, void *bytes, size_t n, size_t *got)
{
    struct pio *p = ctx;
    size_t most = n < p->h_room ? n : p->h_room, before = p->h_n;
    *got = 0;
    for (int64_t end = deadline(p); !p->h_last && p->h_n < most;) {
        uint32_t status;
        TRY(look(p, &status));
        if (p->h_n == before && clock_ns() > end)
            return fail(E_DEVICE, "the accelerator sent nothing within its time-out (%d ms)",
                        p->timeout_ms);
        if (p->h_n != before)
            end = deadline(p);
        before = p->h_n;
    }
    *got = p->h_n < n ? p->h_n : n;
    memcpy(bytes, p->h, *got);
    p->h_n -= *got;
    memmove(p->h, p->h + *got, p->h_n);
    p->h_last &= p->h_n != 0;
    return OK;
}

static enum status reg_rd(void *ctx, uint32_t offset, uint32_t *value)
{
    return rd(ctx, offset, value);
}

static enum status reg_wr(void *ctx, uint32_t offset, uint32_t value)
{
    struct pio *p = ctx;
    if (offset == FPGA_REG_CTRL && value & FPGA_CTRL_RESET)
        p->h_n = 0, p->h_last = 0;
    return wr(p, offset, value);
}

static enum status reserve(void *ctx, size_t x_bytes, size_t h_bytes)
{
    struct pio *p = ctx;
    mem_free(p->h);
    p->h = NULL;
    p->h_n = p->h_room = 0;
    TRY(mem_new(&p->h, h_bytes, 1));
    p->h_room = h_bytes;
    return p->inner.ops->reserve(p->inner.ctx, x_bytes, h_bytes);
}

static enum status wait_irq(void *ctx, uint32_t mask, uint32_t *irq)
{
    struct pio *p = ctx;
    return p->inner.ops->wait_irq(p->inner.ctx, mask, irq);
}

static uint64_t now_cycles(void *ctx)
{
    struct pio *p = ctx;
    return p->inner.ops->now_cycles(p->inner.ctx);
}

static void close_pio(void *ctx)
{
    struct pio *p = ctx;
    fpga_device_close(&p->inner);
    mem_free(p->h);
    mem_free(p);
}

static const struct fpga_ops pio_ops = {
    reg_rd, reg_wr, reserve, dma_h2c, dma_c2h, wait_irq, now_cycles, close_pio,
};

enum status fpga_pio_wrap(const struct fpga_device *inner, int timeout_ms, struct fpga_device *out)
{
    struct fpga_device device = *inner;
    struct pio *p;
    enum status s = mem_new(&p, 1, sizeof *p);
    if (s != OK) {
        fpga_device_close(&device);
        return s;
    }
    *p = (struct pio){.inner = device, .timeout_ms = timeout_ms};
    *out = (struct fpga_device){.ops = &pio_ops, .ctx = p, .window = 1, .what_if = device.what_if};
    snprintf(out->name, sizeof out->name, "pio %.58s", device.name);
    return OK;
}

enum status fpga_pio_open(const char *rest, struct fpga_device *out)
{
    struct fpga_device inner;
    TRY(fpga_device_open(rest, &inner));
    return fpga_pio_wrap(&inner, TIMEOUT_MS, out);
}
