/* A board whose registers Linux maps into a process (UIO), as on a Zynq. Maps of /dev/uioN, their
 * sizes from /sys/class/uio/uioN/maps/:
 *
 *     map0   the accelerator's registers; its interrupt is that of the device
 *     map1   an AXI DMA in direct register mode: x to the accelerator, h from it
 *     map2   another one, or its upper half: images to the accelerator
 *
 * map1 and map2 are used with ",udmabufM" (fpga_dmabuf.h): the buffer begins with x or an image,
 * which are never under way together, and h comes behind x. Each DMA must be built for lengths of
 * 26 bits, and its streams lead to the accelerator's ports of 64 bits with nothing between but
 * registers. Without ",udmabufM" the streams go through the registers (fpga_pio.h). No board was
 * there: this was tried with sockets and files in place of the nodes only. */
#include "base/mem.h"
#include "fpga/fpga_defs.h"
#include "fpga/host/fpga_address.h"
#include "fpga/host/fpga_axidma.h"
#include "fpga/host/fpga_dmabuf.h"
#include "fpga/host/fpga_event.h"
#include "fpga/host/fpga_pio.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { REGISTER_BYTES = 256, ALIGN = 64, N_MAPS = 3 };

struct uio {
    struct fpga_address address;
    struct fpga_window map[N_MAPS];
    struct fpga_node events;
    struct fpga_dmabuf buffer;
    struct fpga_axidma x, h, image;
    size_t h_at, h_room; /* where h comes in the buffer */
    int broken;          /* a transfer failed: both DMAs are reset before the next image */
};

static enum status reg_rd(void *ctx, uint32_t offset, uint32_t *value)
{
    const struct uio *k = ctx;
    return fpga_window_rd(&k->map[0], offset, value);
}

static enum status reg_wr(void *ctx, uint32_t offset, uint32_t value)
{
    const struct uio *k = ctx;
    return fpga_window_wr(&k->map[0], offset, value);
}

static enum status too_much(const struct uio *k, const char *what, size_t n)
{
    return fail(E_UNSUPPORTED, "%s takes %zu bytes of DMA memory (%s has %zu, a transfer %d)", what,
                n, k->buffer.name, k->buffer.n, AXIDMA_MOST);
}

static enum status reserve(void *ctx, size_t x_bytes, size_t h_bytes)
{
    struct uio *k = ctx;
    if (k->buffer.at == NULL)
        return OK;
    size_t h_at = (x_bytes + ALIGN - 1) / ALIGN * ALIGN;
    if (x_bytes > AXIDMA_MOST || h_bytes > AXIDMA_MOST || h_at + h_bytes > k->buffer.n)
        return too_much(k, "a run", h_at + h_bytes);
    k->h_at = h_at;
    k->h_room = h_bytes;
    return OK;
}

static enum status mend(struct uio *k)
{
    TRY(fpga_axidma_reset(&k->x)); /* and k->h: channels of one DMA */
    TRY(fpga_axidma_reset(&k->image));
    k->broken = 0;
    return OK;
}

static enum status send_image(struct uio *k, const void *bytes, size_t n)
{
    if (n > k->buffer.n || n > AXIDMA_MOST)
        return too_much(k, "an image", n);
    if (k->broken)
        TRY(mend(k));
    memcpy(k->buffer.at, bytes, n);
    TRY(fpga_axidma_begin(&k->image, k->buffer.address, n));
    return fpga_axidma_end(&k->image, NULL);
}

/* x is not waited for: it ends only as h is fetched. */
static enum status send_x(struct uio *k, const void *bytes, size_t n)
{
    if (n > k->h_at)
        return too_much(k, "x", n);
    memcpy(k->buffer.at, bytes, n);
    return fpga_axidma_begin(&k->x, k->buffer.address, n);
}

static enum status dma_h2c(void *ctx, enum fpga_port port, const void *bytes, size_t n)
{
    struct uio *k = ctx;
    enum status s = port == FPGA_PORT_X ? send_x(k, bytes, n) : send_image(k, bytes, n);
    k->broken |= s != OK;
    return s;
}

static enum status dma_c2h(void *ctx, void *bytes, size_t n, size_t *got)
{
    struct uio *k = ctx;
    size_t most = n < k->h_room ? n : k->h_room;
    *got = 0;
    k->broken = 1;
    TRY(fpga_axidma_begin(&k->h, k->buffer.address + k->h_at, most));
    TRY(fpga_axidma_end(&k->h, got));
    if (*got > most)
        return fail(E_DEVICE, "%s: the DMA tells of %zu bytes (asked for %zu)", k->map[1].node.path,
                    *got, most);
    memcpy(bytes, k->buffer.at + k->h_at, *got);
    k->broken = *got != most;
    return OK;
}

static enum status wait_irq(void *ctx, uint32_t mask, uint32_t *irq)
{
    const struct uio *k = ctx;
    return fpga_event_wait(&k->map[0], &k->events, 1, mask, k->address.timeout_ms, irq);
}

static uint64_t now_cycles(void *ctx)
{
    (void)ctx;
    return 0;
}

static void close_uio(void *ctx)
{
    struct uio *k = ctx;
    for (int i = 0; i < N_MAPS; i++)
        fpga_window_close(&k->map[i]);
    fpga_node_close(&k->events);
    fpga_dmabuf_close(&k->buffer);
    mem_free(k);
}

static const struct fpga_ops uio_ops = {
    reg_rd, reg_wr, reserve, dma_h2c, dma_c2h, wait_irq, now_cycles, close_uio,
};

/* One map, at least `bytes` long: page i of the node is map i. */
static enum status open_map(struct uio *k, int i, size_t bytes)
{
    char path[96];
    uint64_t size, offset;
    int n = k->address.number;
    snprintf(path, sizeof path, "/sys/class/uio/uio%d/maps/map%d/size", n, i);
    TRY(fpga_dmabuf_number(k->address.root, path, &size));
    snprintf(path, sizeof path, "/sys/class/uio/uio%d/maps/map%d/offset", n, i);
    if (fpga_dmabuf_number(k->address.root, path, &offset) != OK)
        offset = 0; /* kernels before 2.6.31 have none */
    if (size < bytes)
        return fail(E_DEVICE, "/dev/uio%d: map%d has %llu bytes (expected %zu at least)", n, i,
                    (unsigned long long)size, bytes);
    const struct fpga_place place = {.number = (uint32_t)i,
                                     .page = (size_t)i * (size_t)sysconf(_SC_PAGESIZE),
                                     .offset = (size_t)offset,
                                     .bytes = bytes};
    snprintf(path, sizeof path, "/dev/uio%d", n);
    return fpga_window_open(k->address.root, path, &place, k->address.timeout_ms, &k->map[i]);
}

static enum status open_dma(struct uio *k)
{
    int ms = k->address.timeout_ms;
    TRY(open_map(k, 1, AXIDMA_BYTES));
    TRY(open_map(k, 2, AXIDMA_TO_MEMORY));
    TRY(fpga_dmabuf_open(k->address.root, k->address.buffer, &k->buffer));
    k->x = (struct fpga_axidma){&k->map[1], 0, ms};
    k->h = (struct fpga_axidma){&k->map[1], AXIDMA_TO_MEMORY, ms};
    k->image = (struct fpga_axidma){&k->map[2], 0, ms};
    k->broken = 1; /* whoever had it before */
    return OK;
}

static enum status open_all(struct uio *k)
{
    char path[32];
    snprintf(path, sizeof path, "/dev/uio%d", k->address.number);
    TRY(fpga_node_open(k->address.root, path, O_RDWR, &k->events));
    TRY(open_map(k, 0, REGISTER_BYTES));
    return k->address.buffer >= 0 ? open_dma(k) : OK;
}

enum status fpga_uio_open(const char *rest, struct fpga_device *out)
{
    struct uio *k;
    TRY(mem_new(&k, 1, sizeof *k));
    k->events.fd = -1;
    for (int i = 0; i < N_MAPS; i++)
        k->map[i].node.fd = -1;
    enum status s = fpga_address_parse("uio", rest, &k->address);
    if (s == OK)
        s = open_all(k);
    if (s != OK) {
        close_uio(k);
        return s;
    }
    *out = (struct fpga_device){.ops = &uio_ops, .ctx = k};
    snprintf(out->name, sizeof out->name, "uio %d %s", k->address.number, k->buffer.name);
    return k->address.buffer >= 0 ? OK : fpga_pio_wrap(out, k->address.timeout_ms, out);
}
