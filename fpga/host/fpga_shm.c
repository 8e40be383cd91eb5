#include "fpga/host/fpga_shm.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TIMEOUT_MS = 30000, LOOK_MS = 50 };

struct shm {
    char *path;
    int timeout_ms;
    struct fpga_shm_page *page; /* NULL: the server is gone, the next request looks for another */
    uint32_t seq;
    size_t x_bytes, h_bytes; /* what was reserved, for another server */
};

static int is_alive(const struct fpga_shm_page *p)
{
    return kill((pid_t)p->server, 0) == 0 || errno == EPERM;
}

static void leave(struct shm *s)
{
    if (s->page != NULL)
        munmap(s->page, sizeof *s->page);
    s->page = NULL;
}

static enum status map_page(struct shm *s)
{
    struct stat st;
    int fd = open(s->path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return fail(errno == EACCES ? E_IO : E_DEVICE, "%s: %s (expected brds-fpga-server there)",
                    s->path, strerror(errno));
    void *map = MAP_FAILED;
    int whole = fstat(fd, &st) == 0 && st.st_size == (off_t)sizeof *s->page;
    if (whole)
        map = mmap(NULL, sizeof *s->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map == MAP_FAILED)
        return fail(E_DEVICE, "%s: no page of a brds-fpga-server of this version", s->path);
    s->page = map;
    return OK;
}

static int64_t now_ms(clockid_t clock, struct timespec *t)
{
    clock_gettime(clock, t);
    return (int64_t)t->tv_sec * 1000 + t->tv_nsec / 1000000;
}

/* Waits for the answer to request s->seq; looks for the server's death every LOOK_MS. */
static enum status await(struct shm *s)
{
    struct fpga_shm_page *p = s->page;
    struct timespec t;
    int64_t end = now_ms(CLOCK_MONOTONIC, &t) + s->timeout_ms;
    while (__atomic_load_n(&p->answered_seq, __ATOMIC_ACQUIRE) != s->seq) {
        int64_t wake = now_ms(CLOCK_REALTIME, &t) + LOOK_MS;
        t = (struct timespec){.tv_sec = wake / 1000, .tv_nsec = wake % 1000 * 1000000};
        if (sem_timedwait(&p->answered, &t) == 0)
            continue;
        if (!is_alive(p)) {
            int server = (int)p->server;
            leave(s);
            return fail(E_DEVICE, "%s: the server (process %d) died", s->path, server);
        }
        if (now_ms(CLOCK_MONOTONIC, &t) > end) {
            leave(s); /* a late answer must not meet another request */
            return fail(E_DEVICE, "%s: the server gave no answer within %d ms", s->path,
                        s->timeout_ms);
        }
    }
    return OK;
}

static enum status join(struct shm *s)
{
    TRY(map_page(s));
    enum status st = OK;
    if (s->page->magic != FPGA_SHM_MAGIC)
        st = fail(E_DEVICE, "%s: no page of a brds-fpga-server", s->path);
    else if (s->page->version != FPGA_SHM_VERSION)
        st = fail(E_DEVICE, "%s: the server speaks version %u (expected %d)", s->path,
                  s->page->version, FPGA_SHM_VERSION);
    else if (!is_alive(s->page))
        st = fail(E_DEVICE, "%s: the server (process %d) is dead", s->path, (int)s->page->server);
    if (st != OK) {
        leave(s);
        return st;
    }
    s->seq = s->page->asked_seq;
    return await(s); /* of a request that was given up: its server may still be at it */
}

static enum status send(struct shm *s, uint32_t op)
{
    struct fpga_shm_page *p = s->page;
    p->op = op;
    __atomic_store_n(&p->asked_seq, ++s->seq, __ATOMIC_RELEASE);
    sem_post(&p->asked);
    TRY(await(s));
    enum status st = (enum status)p->status;
    p->message[sizeof p->message - 1] = '\0';
    return st == OK ? OK : fail(st <= E_UNSUPPORTED ? st : E_DEVICE, "%s", p->message);
}

static enum status reserve_again(struct shm *s)
{
    if (s->h_bytes == 0)
        return OK;
    s->page->a = s->x_bytes;
    s->page->b = s->h_bytes;
    return send(s, SHM_RESERVE);
}

/* Before a request: joins another server if the last one is gone. */
static enum status ready(struct shm *s)
{
    if (s->page != NULL)
        return OK;
    TRY(join(s));
    return reserve_again(s);
}

static enum status reg_rd(void *ctx, uint32_t offset, uint32_t *value)
{
    struct shm *s = ctx;
    TRY(ready(s));
    s->page->a = offset;
    TRY(send(s, SHM_REG_RD));
    *value = (uint32_t)s->page->b;
    return OK;
}

static enum status reg_wr(void *ctx, uint32_t offset, uint32_t value)
{
    struct shm *s = ctx;
    TRY(ready(s));
    s->page->a = offset;
    s->page->b = value;
    return send(s, SHM_REG_WR);
}

static enum status reserve(void *ctx, size_t x_bytes, size_t h_bytes)
{
    struct shm *s = ctx;
    TRY(ready(s));
    s->x_bytes = x_bytes;
    s->h_bytes = h_bytes;
    return reserve_again(s);
}

static enum status dma_h2c(void *ctx, enum fpga_port port, const void *bytes, size_t n)
{
    struct shm *s = ctx;
    TRY(ready(s));
    for (size_t at = 0, part; at < n; at += part) {
        struct fpga_shm_page *p = s->page;
        part = n - at < FPGA_SHM_BYTES ? n - at : FPGA_SHM_BYTES;
        memcpy(p->bytes, (const unsigned char *)bytes + at, part);
        p->a = at;
        p->b = n;
        p->n = part;
        TRY(send(s, SHM_H2C | (port == FPGA_PORT_X ? 256 : 0)));
    }
    return OK;
}

static enum status dma_c2h(void *ctx, void *bytes, size_t n, size_t *got)
{
    struct shm *s = ctx;
    size_t all = n;
    *got = 0;
    TRY(ready(s));
    do {
        s->page->a = *got;
        s->page->b = n;
        TRY(send(s, SHM_C2H));
        uint64_t part = s->page->n;
        all = s->page->b < n ? (size_t)s->page->b : n;
        if (part > FPGA_SHM_BYTES || part > all - *got || part == 0)
            return fail(E_DEVICE, "%s: the server sent a part of impossible size", s->path);
        memcpy((unsigned char *)bytes + *got, s->page->bytes, part);
        *got += part;
    } while (*got < all);
    return OK;
}

static enum status wait_irq(void *ctx, uint32_t mask, uint32_t *irq)
{
    struct shm *s = ctx;
    TRY(ready(s));
    s->page->a = mask;
    enum status st = send(s, SHM_WAIT_IRQ);
    *irq = s->page != NULL ? (uint32_t)s->page->b : 0;
    return st;
}

static uint64_t now_cycles(void *ctx)
{
    struct shm *s = ctx;
    return ready(s) == OK && send(s, SHM_CYCLES) == OK ? s->page->b : 0;
}

static void close_shm(void *ctx)
{
    struct shm *s = ctx;
    leave(s);
    mem_free(s->path);
    mem_free(s);
}

static const struct fpga_ops shm_ops = {
    reg_rd, reg_wr, reserve, dma_h2c, dma_c2h, wait_irq, now_cycles, close_shm,
};

/* "PATH" or "PATH,timeout_ms=N". */
static enum status parse(struct shm *s, const char *rest)
{
    static const char key[] = ",timeout_ms=";
    s->timeout_ms = TIMEOUT_MS;
    TRY(mem_text(&s->path, rest));
    char *option = strstr(s->path, key), *end;
    if (option != NULL) {
        long ms = strtol(option + strlen(key), &end, 10);
        if (*end != '\0' || end == option + strlen(key) || ms < 1 || ms > 3600000)
            return fail(E_USAGE, "shm:%s: timeout_ms is not in 1..3600000", rest);
        s->timeout_ms = (int)ms;
        *option = '\0';
    }
    return s->path[0] != '\0' ? OK : fail(E_USAGE, "shm: needs the path of a server's page");
}

enum status fpga_shm_open(const char *rest, struct fpga_device *out)
{
    struct shm *s;
    TRY(mem_new(&s, 1, sizeof *s));
    enum status st = parse(s, rest);
    if (st == OK)
        st = join(s);
    if (st != OK) {
        close_shm(s);
        return st;
    }
    *out = (struct fpga_device){.ops = &shm_ops, .ctx = s};
    snprintf(out->name, sizeof out->name, "shm %.58s", s->page->name);
    return OK;
}
