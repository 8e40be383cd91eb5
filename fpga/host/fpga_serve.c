#include "base/mem.h"
#include "fpga/host/fpga_shm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct server {
    struct fpga_device device;
    struct fpga_shm_page *page;
    unsigned char *whole; /* of a transfer in parts */
    size_t room, got;     /* got: of a transfer to the host */
};

static enum status make_room(struct server *s, size_t n)
{
    if (n <= s->room)
        return OK;
    mem_free(s->whole);
    s->room = 0;
    TRY(mem_new(&s->whole, n, 1));
    s->room = n;
    return OK;
}

/* A part of a transfer to the device; the last one sends it. */
static enum status take_part(struct server *s)
{
    struct fpga_shm_page *p = s->page;
    enum fpga_port port = p->op >> 8 ? FPGA_PORT_X : FPGA_PORT_IMAGE;
    uint64_t at = p->a, all = p->b, n = p->n;
    if (n > FPGA_SHM_BYTES || at > all || n > all - at || all > (uint64_t)1 << 40)
        return fail(E_DEVICE, "a request of impossible size");
    if (at == 0)
        TRY(make_room(s, all));
    if (all > s->room)
        return fail(E_DEVICE, "a transfer that did not begin");
    memcpy(s->whole + at, p->bytes, n);
    if (at + n < all)
        return OK;
    return s->device.ops->dma_h2c(s->device.ctx, port, s->whole, all);
}

/* A part of a transfer to the host; the first one fetches all of it. */
static enum status give_part(struct server *s)
{
    struct fpga_shm_page *p = s->page;
    uint64_t at = p->a, all = p->b;
    if (all > (uint64_t)1 << 40)
        return fail(E_DEVICE, "a request of impossible size");
    if (at == 0) {
        TRY(make_room(s, all));
        s->got = 0;
        TRY(s->device.ops->dma_c2h(s->device.ctx, s->whole, all, &s->got));
    }
    uint64_t left = at < s->got ? s->got - at : 0;
    p->n = left < FPGA_SHM_BYTES ? left : FPGA_SHM_BYTES;
    p->b = s->got;
    memcpy(p->bytes, s->whole + at, p->n);
    return OK;
}

static enum status answer(struct server *s)
{
    struct fpga_shm_page *p = s->page;
    const struct fpga_ops *ops = s->device.ops;
    void *ctx = s->device.ctx;
    uint32_t v = 0;
    enum status st = OK;
    switch (p->op & 255) {
    case SHM_REG_RD:
        st = ops->reg_rd(ctx, (uint32_t)p->a, &v);
        p->b = v;
        return st;
    case SHM_REG_WR:
        return ops->reg_wr(ctx, (uint32_t)p->a, (uint32_t)p->b);
    case SHM_RESERVE:
        return ops->reserve(ctx, p->a, p->b);
    case SHM_H2C:
        return take_part(s);
    case SHM_C2H:
        return give_part(s);
    case SHM_WAIT_IRQ:
        st = ops->wait_irq(ctx, (uint32_t)p->a, &v);
        p->b = v;
        return st;
    case SHM_CYCLES:
        p->b = ops->now_cycles(ctx);
        return OK;
    default:
        return fail(E_DEVICE, "a request of unknown kind");
    }
}

static void serve(struct server *s, volatile sig_atomic_t *stop)
{
    struct fpga_shm_page *p = s->page;
    while (!*stop) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 100000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        if (sem_timedwait(&p->asked, &until) != 0)
            continue;
        uint32_t seq = __atomic_load_n(&p->asked_seq, __ATOMIC_ACQUIRE);
        enum status st = answer(s);
        p->status = (uint32_t)st;
        snprintf(p->message, sizeof p->message, "%s", st == OK ? "" : status_message());
        __atomic_store_n(&p->answered_seq, seq, __ATOMIC_RELEASE);
        sem_post(&p->answered);
    }
}

/* The page under a name of its own, renamed when it is complete. */
static enum status make_page(struct server *s, const char *path, const char *temporary)
{
    int fd = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(E_IO, "%s: %s", temporary, strerror(errno));
    void *map = MAP_FAILED;
    if (ftruncate(fd, sizeof *s->page) == 0)
        map = mmap(NULL, sizeof *s->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map == MAP_FAILED)
        return fail(E_IO, "%s: %s", temporary, strerror(errno));
    s->page = map;
    sem_init(&s->page->asked, 1, 0);
    sem_init(&s->page->answered, 1, 0);
    s->page->server = (int32_t)getpid();
    s->page->version = FPGA_SHM_VERSION;
    s->page->magic = FPGA_SHM_MAGIC;
    snprintf(s->page->name, sizeof s->page->name, "%s", s->device.name);
    if (rename(temporary, path) != 0)
        return fail(E_IO, "%s: %s", path, strerror(errno));
    return OK;
}

enum status fpga_serve(const char *uri, const char *path, volatile sig_atomic_t *stop)
{
    struct server s = {0};
    char temporary[4096];
    if (snprintf(temporary, sizeof temporary, "%s.%ld", path, (long)getpid()) >=
        (int)sizeof temporary)
        return fail(E_USAGE, "%s: the path is too long", path);
    TRY(fpga_device_open(uri, &s.device));
    enum status st = make_page(&s, path, temporary);
    if (st == OK) {
        serve(&s, stop);
        unlink(path);
    } else
        unlink(temporary);
    if (s.page != NULL)
        munmap(s.page, sizeof *s.page);
    fpga_device_close(&s.device);
    mem_free(s.whole);
    return st;
}
