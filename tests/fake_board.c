#include "tests/fake_board.h"

#include "base/mem.h"
#include "fpga/fpga_defs.h"
#include "fpga/host/fpga_axidma.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { MAX_ENDS = 24, PACKET = 1 << 17, PHYSICAL = 0x60000000 };
enum role { LISTENER, REGISTERS, IMAGE, X, H, EVENTS };

/* A socket: one that is listened at, or a connection to it. */
struct end {
    int fd;
    enum role role, gives; /* of a listener: the role of its connections */
};

struct fake_board {
    enum fake_kind kind;
    struct fpga_device device;
    struct end end[MAX_ENDS];
    int n_ends, stop_pipe[2], events, h, off, mute;
    uint32_t dma[2][AXIDMA_BYTES / 4]; /* of map1, map2 */
    unsigned char *buffer, *packet;    /* [buffer_n], [PACKET] */
    size_t buffer_n;
    pthread_t thread;
};

static void listen_at(struct fake_board *b, const char *dir, const char *name, enum role gives)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    snprintf(a.sun_path, sizeof a.sun_path, "%s/dev/%s", dir, name);
    cr_assert(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && listen(fd, 8) == 0);
    b->end[b->n_ends++] = (struct end){fd, LISTENER, gives};
}

static int is_set(const int *flag)
{
    return __atomic_load_n(flag, __ATOMIC_SEQ_CST);
}

/* Sends h that is ready to whoever reads it, and an event if the interrupt stands. */
static void give(struct fake_board *b)
{
    const struct fpga_ops *ops = b->device.ops;
    uint32_t irq = 0, enabled = 0, one = 1;
    size_t got;
    if (is_set(&b->off))
        return;
    while (b->kind == FAKE_XDMA && b->h >= 0 &&
           ops->dma_c2h(b->device.ctx, b->packet, PACKET, &got) == OK)
        if (send(b->h, b->packet, got, MSG_NOSIGNAL) < 0)
            break;
    if (b->events < 0 || is_set(&b->mute) || ops->reg_rd(b->device.ctx, FPGA_REG_IRQ, &irq) ||
        ops->reg_rd(b->device.ctx, FPGA_REG_IRQ_ENABLE, &enabled))
        return;
    if (irq & enabled)
        (void)send(b->events, &one, sizeof one, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* The bytes of a DMA transfer in the buffer, NULL if they lie outside: a decode error. */
static unsigned char *at_address(struct fake_board *b, const uint32_t *channel, size_t n)
{
    size_t at = channel[AXIDMA_ADDRESS / 4] - (size_t)PHYSICAL;
    return at <= b->buffer_n && n <= b->buffer_n - at ? b->buffer + at : NULL;
}

static void start_dma(struct fake_board *b, uint32_t map, int to_memory, uint32_t n)
{
    uint32_t *channel = b->dma[map - 1] + (to_memory ? AXIDMA_TO_MEMORY / 4 : 0);
    unsigned char *bytes = at_address(b, channel, n);
    size_t got = n;
    enum fpga_port port = map == 1 ? FPGA_PORT_X : FPGA_PORT_IMAGE;
    enum status s = bytes == NULL ? E_DEVICE
                    : to_memory   ? b->device.ops->dma_c2h(b->device.ctx, bytes, n, &got)
                                  : b->device.ops->dma_h2c(b->device.ctx, port, bytes, n);
    if (s == OK)
        channel[AXIDMA_STATUS / 4] |= AXIDMA_DONE;
    else if (!to_memory)
        channel[AXIDMA_STATUS / 4] |= AXIDMA_HALTED | (bytes == NULL ? 0x40 : 0x20);
    channel[AXIDMA_LENGTH / 4] = (uint32_t)got; /* with h that does not come it runs on */
}

static void write_dma(struct fake_board *b, uint32_t map, uint32_t offset, uint32_t value)
{
    int to_memory = offset >= AXIDMA_TO_MEMORY;
    uint32_t *channel = b->dma[map - 1] + (to_memory ? AXIDMA_TO_MEMORY / 4 : 0);
    uint32_t reg = offset - (to_memory ? AXIDMA_TO_MEMORY : 0);
    if (reg == AXIDMA_LENGTH)
        start_dma(b, map, to_memory, value);
    else if (reg == AXIDMA_STATUS)
        channel[reg / 4] &= ~(value & AXIDMA_DONE);
    else if (reg == AXIDMA_CONTROL && value & AXIDMA_RESET) {
        memset(b->dma[map - 1], 0, sizeof b->dma[0]);
        b->dma[map - 1][AXIDMA_STATUS / 4] = AXIDMA_HALTED;
        b->dma[map - 1][(AXIDMA_TO_MEMORY + AXIDMA_STATUS) / 4] = AXIDMA_HALTED;
    } else {
        channel[reg / 4] = value;
        if (reg == AXIDMA_CONTROL && value & AXIDMA_RUN)
            channel[AXIDMA_STATUS / 4] &= ~(uint32_t)AXIDMA_HALTED;
    }
}

static void access_register(struct fake_board *b, struct fpga_access *a)
{
    const struct fpga_ops *ops = b->device.ops;
    if (is_set(&b->off)) {
        a->value = 0xffffffff;
        return;
    }
    if (a->map > 0 && a->map < 3 && a->offset < AXIDMA_BYTES) {
        if (a->is_write)
            write_dma(b, a->map, a->offset, a->value);
        a->value = b->dma[a->map - 1][a->offset / 4];
        return;
    }
    if (a->is_write)
        (void)ops->reg_wr(b->device.ctx, a->offset, a->value);
    else if (ops->reg_rd(b->device.ctx, a->offset, &a->value) != OK)
        a->value = 0xffffffff;
    if (!a->is_write && a->offset == FPGA_REG_IRQ && is_set(&b->mute))
        a->value = 0;
}

/* One message of a connection. */
static void serve(struct fake_board *b, struct end *e)
{
    struct fpga_access a;
    ssize_t n = recv(e->fd, b->packet, PACKET, 0);
    if (n <= 0) {
        b->events = b->events == e->fd ? -1 : b->events;
        b->h = b->h == e->fd ? -1 : b->h;
        close(e->fd);
        *e = b->end[--b->n_ends];
        return;
    }
    if (e->role == REGISTERS && n == sizeof a) {
        memcpy(&a, b->packet, sizeof a);
        access_register(b, &a);
        give(b);
        (void)send(e->fd, &a, sizeof a, MSG_NOSIGNAL);
    } else if (e->role == REGISTERS && n == 4) {
        b->events = e->fd; /* UIO: whoever lets interrupts through waits for them */
        give(b);
    } else if (!is_set(&b->off)) {
        enum fpga_port port = e->role == X ? FPGA_PORT_X : FPGA_PORT_IMAGE;
        (void)b->device.ops->dma_h2c(b->device.ctx, port, b->packet, (size_t)n);
        give(b);
    }
}

static void accept_at(struct fake_board *b, const struct end *e)
{
    int fd = accept(e->fd, NULL, NULL);
    if (fd < 0)
        return;
    b->h = e->gives == H ? fd : b->h;
    b->events = e->gives == EVENTS ? fd : b->events;
    b->end[b->n_ends++] = (struct end){fd, e->gives, e->gives};
}

static void *play(void *ctx)
{
    struct fake_board *b = ctx;
    for (;;) {
        struct pollfd p[MAX_ENDS + 1];
        int n = b->n_ends;
        for (int i = 0; i < n; i++)
            p[i] = (struct pollfd){.fd = b->end[i].fd, .events = POLLIN};
        p[n] = (struct pollfd){.fd = b->stop_pipe[0], .events = POLLIN};
        if (poll(p, (nfds_t)n + 1, -1) < 0 || p[n].revents != 0)
            return NULL;
        for (int i = n - 1; i >= 0; i--)
            if (p[i].revents != 0 && b->end[i].role == LISTENER)
                accept_at(b, &b->end[i]);
            else if (p[i].revents != 0)
                serve(b, &b->end[i]);
    }
}

static void put(const char *dir, const char *path, const char *text)
{
    char whole[256];
    snprintf(whole, sizeof whole, "%s/%s", dir, path);
    for (char *at = whole + 1; (at = strchr(at, '/')) != NULL; *at++ = '/') {
        *at = '\0';
        mkdir(whole, 0777);
    }
    FILE *f = fopen(whole, "w");
    cr_assert(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0, "%s", whole);
}

static void put_number(const char *dir, const char *path, size_t n)
{
    char text[32];
    snprintf(text, sizeof text, "0x%zx\n", n);
    put(dir, path, text);
}

static void make_uio(struct fake_board *b, const char *dir)
{
    char path[256];
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "sys/class/uio/uio0/maps/map%d/size", i);
        put_number(dir, path, 0x1000);
    }
    put_number(dir, "sys/class/u-dma-buf/udmabuf0/size", b->buffer_n);
    put_number(dir, "sys/class/u-dma-buf/udmabuf0/phys_addr", PHYSICAL);
    listen_at(b, dir, "uio0", REGISTERS);
    put(dir, "dev/udmabuf0", "");
    snprintf(path, sizeof path, "%s/dev/udmabuf0", dir);
    int fd = open(path, O_RDWR);
    cr_assert(fd >= 0 && ftruncate(fd, (off_t)b->buffer_n) == 0);
    b->buffer = mmap(NULL, b->buffer_n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    cr_assert_neq(b->buffer, MAP_FAILED);
    close(fd);
}

struct fake_board *fake_board_start(const char *dir, enum fake_kind kind,
                                    const struct fpga_device *device, size_t buffer)
{
    struct fake_board *b;
    cr_assert_eq(mem_new(&b, 1, sizeof *b), OK);
    cr_assert_eq(mem_new(&b->packet, PACKET, 1), OK);
    b->kind = kind;
    b->device = *device;
    b->buffer_n = buffer;
    b->events = b->h = -1;
    put(dir, "dev/made", "");
    cr_assert_eq(device->ops->reserve(device->ctx, PACKET, PACKET), OK);
    if (kind == FAKE_UIO)
        make_uio(b, dir);
    else {
        listen_at(b, dir, "xdma0_user", REGISTERS);
        listen_at(b, dir, "xdma0_h2c_0", IMAGE);
        listen_at(b, dir, "xdma0_h2c_1", X);
        listen_at(b, dir, "xdma0_c2h_0", H);
        listen_at(b, dir, "xdma0_events_0", EVENTS);
    }
    cr_assert_eq(pipe(b->stop_pipe), 0);
    cr_assert_eq(pthread_create(&b->thread, NULL, play, b), 0);
    return b;
}

void fake_board_stop(struct fake_board *b)
{
    close(b->stop_pipe[1]);
    pthread_join(b->thread, NULL);
    close(b->stop_pipe[0]);
    for (int i = 0; i < b->n_ends; i++)
        close(b->end[i].fd);
    if (b->buffer != NULL)
        munmap(b->buffer, b->buffer_n);
    fpga_device_close(&b->device);
    mem_free(b->packet);
    mem_free(b);
}

void fake_board_power(struct fake_board *b, int off)
{
    __atomic_store_n(&b->off, off, __ATOMIC_SEQ_CST);
}

void fake_board_mute(struct fake_board *b, int mute)
{
    __atomic_store_n(&b->mute, mute, __ATOMIC_SEQ_CST);
}
