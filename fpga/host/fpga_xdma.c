/* A PCIe card behind Xilinx's XDMA bridge in AXI-Stream mode, by the nodes of its Linux driver:
 *
 *     /dev/xdmaN_user       the registers, mapped
 *     /dev/xdmaN_h2c_0      the stream of images; a write is a transfer
 *     /dev/xdmaN_h2c_1      the stream of x
 *     /dev/xdmaN_c2h_0      the stream of h; a read ends with the accelerator's TLAST
 *     /dev/xdmaN_events_0   the interrupt: a read of 4 bytes gives the events since the last one
 *
 * Reads and writes of the driver have no poll and end by its own time-outs (parameters
 * h2c_timeout_ms and c2h_timeout_ms of the module, 10 s). After a run that broke, what the card
 * still sends is read and dropped before the next image, which may take that long once. The driver
 * ends a transfer that runs over the end of its ring of descriptors (2,048 pages) in two packets;
 * the accelerator then names a short transfer. No card was there: this was tried with sockets in
 * place of the nodes only. */
#include "base/mem.h"
#include "fpga/fpga_defs.h"
#include "fpga/host/fpga_address.h"
#include "fpga/host/fpga_device.h"
#include "fpga/host/fpga_event.h"
#include "fpga/host/fpga_sender.h"

#include <fcntl.h>
#include <stdio.h>

enum { REGISTER_BYTES = 256 };

struct xdma {
    struct fpga_address address;
    struct fpga_window registers;
    struct fpga_node image, x, h, events;
    struct fpga_sender *sender;
    unsigned char *dropped; /* [h_room] */
    size_t h_room;
    int owed;  /* h was asked for and did not all come */
    int stale; /* and may still be in the card */
};

static enum status reg_rd(void *ctx, uint32_t offset, uint32_t *value)
{
    const struct xdma *k = ctx;
    return fpga_window_rd(&k->registers, offset, value);
}

static enum status reg_wr(void *ctx, uint32_t offset, uint32_t value)
{
    struct xdma *k = ctx;
    const uint32_t begins = FPGA_CTRL_START | FPGA_CTRL_DUMP_R | FPGA_CTRL_DUMP_C;
    if (offset == FPGA_REG_CTRL && value & FPGA_CTRL_RESET) {
        k->stale |= k->owed;
        k->owed = 0;
    } else if (offset == FPGA_REG_CTRL && value & begins)
        k->owed = 1;
    return fpga_window_wr(&k->registers, offset, value);
}

static enum status reserve(void *ctx, size_t x_bytes, size_t h_bytes)
{
    struct xdma *k = ctx;
    mem_free(k->dropped);
    k->dropped = NULL;
    TRY(mem_new(&k->dropped, h_bytes, 1));
    k->h_room = h_bytes;
    return fpga_sender_reserve(k->sender, x_bytes);
}

/* Ends what a broken run left: its x, and h that nobody fetched. */
static enum status drop(struct xdma *k)
{
    size_t got;
    int ready = 1;
    (void)fpga_sender_end(k->sender, k->address.timeout_ms);
    while (ready && k->h_room != 0) {
        TRY(fpga_node_poll(&k->h, 0, &ready));
        if (ready && fpga_node_receive(&k->h, k->dropped, k->h_room, 0, &got) != OK)
            break;
    }
    k->stale = 0;
    return OK;
}

static enum status dma_h2c(void *ctx, enum fpga_port port, const void *bytes, size_t n)
{
    struct xdma *k = ctx;
    if (port == FPGA_PORT_X)
        return fpga_sender_send(k->sender, bytes, n);
    if (k->stale)
        TRY(drop(k));
    return fpga_node_send(&k->image, bytes, n);
}

static enum status dma_c2h(void *ctx, void *bytes, size_t n, size_t *got)
{
    struct xdma *k = ctx;
    enum status s = fpga_node_receive(&k->h, bytes, n, k->address.timeout_ms, got);
    enum status sent = s == OK ? fpga_sender_end(k->sender, k->address.timeout_ms) : OK;
    k->owed = s != OK || sent != OK || *got != n;
    return s != OK ? s : sent;
}

static enum status wait_irq(void *ctx, uint32_t mask, uint32_t *irq)
{
    const struct xdma *k = ctx;
    return fpga_event_wait(&k->registers, &k->events, 0, mask, k->address.timeout_ms, irq);
}

static uint64_t now_cycles(void *ctx)
{
    (void)ctx;
    return 0;
}

static void close_xdma(void *ctx)
{
    struct xdma *k = ctx;
    fpga_sender_release(k->sender);
    fpga_window_close(&k->registers);
    struct fpga_node *all[] = {&k->image, &k->x, &k->h, &k->events};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        fpga_node_close(all[i]);
    mem_free(k->dropped);
    mem_free(k);
}

static const struct fpga_ops xdma_ops = {
    reg_rd, reg_wr, reserve, dma_h2c, dma_c2h, wait_irq, now_cycles, close_xdma,
};

static enum status open_node(const struct xdma *k, const char *name, int flags,
                             struct fpga_node *node)
{
    char path[64];
    snprintf(path, sizeof path, "/dev/xdma%d_%s", k->address.number, name);
    return fpga_node_open(k->address.root, path, flags, node);
}

static enum status open_all(struct xdma *k)
{
    const struct fpga_place place = {.bytes = REGISTER_BYTES};
    char path[64];
    snprintf(path, sizeof path, "/dev/xdma%d_user", k->address.number);
    TRY(fpga_window_open(k->address.root, path, &place, k->address.timeout_ms, &k->registers));
    TRY(open_node(k, "h2c_0", O_WRONLY, &k->image));
    TRY(open_node(k, "h2c_1", O_WRONLY, &k->x));
    TRY(open_node(k, "c2h_0", O_RDONLY, &k->h));
    TRY(open_node(k, "events_0", O_RDONLY, &k->events));
    return fpga_sender_new(&k->x, &k->sender);
}

enum status fpga_xdma_open(const char *rest, struct fpga_device *out)
{
    struct xdma *k;
    TRY(mem_new(&k, 1, sizeof *k));
    k->registers.node.fd = k->image.fd = k->x.fd = k->h.fd = k->events.fd = -1;
    enum status s = fpga_address_parse("xdma", rest, &k->address);
    if (s == OK && k->address.buffer >= 0)
        s = fail(E_USAGE, "device 'xdma:%s': a udmabuf is for uio:", rest);
    if (s == OK)
        s = open_all(k);
    if (s != OK) {
        close_xdma(k);
        return s;
    }
    *out = (struct fpga_device){.ops = &xdma_ops, .ctx = k};
    snprintf(out->name, sizeof out->name, "xdma %d", k->address.number);
    return OK;
}
