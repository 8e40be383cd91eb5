#include "fpga/sim/fpga_sim.h"

#include "base/mem.h"
#include "fpga/fpga_defs.h"
#include "fpga/sim/sim_core.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

extern const struct sim_type sim_type_tiny, sim_type_small, sim_type_wide, sim_type_bench;
static const struct sim_type *const types[] = {&sim_type_tiny, &sim_type_small, &sim_type_wide,
                                               &sim_type_bench};
enum { N_TYPES = sizeof types / sizeof *types };

/* Cycles without a beat on the awaited stream, or an interrupt, that count as a time-out. */
enum { PATIENCE = 1000000 };

struct sim {
    const struct sim_type *type;
    void *top;
    struct sim_pins pins;
    struct fpga_stalls stalls;
    uint64_t cycles,
        run_cycle; /* run_cycle counts from when a started run is offered x; 0 before */
    int started;
    const unsigned char *image; /* what is being sent, or NULL */
    size_t image_n, image_at;
    unsigned char *x, *h; /* sent and not taken yet; received and not fetched yet */
    size_t x_n, x_at, x_room, h_n, h_at, h_room;
    FILE *record;
    int h_last; /* the transfer in h is whole */
};

static uint64_t beat_of(const unsigned char *bytes, size_t at)
{
    uint64_t beat;
    memcpy(&beat, bytes + at, sizeof beat);
    return beat;
}

/* Puts the streams' side of a cycle on the pins. */
static void offer(struct sim *s)
{
    struct sim_pins *p = &s->pins;
    int has_x = s->x_at < s->x_n;
    if (s->run_cycle != 0 || (s->started && has_x))
        s->run_cycle++;
    p->ld_tvalid = s->image != NULL && s->image_at < s->image_n;
    if (p->ld_tvalid) {
        p->ld_tdata = beat_of(s->image, s->image_at);
        p->ld_tlast = s->image_at + 8 == s->image_n;
    }
    p->x_tvalid = has_x && s->run_cycle != 0 && !fpga_stalls_x(&s->stalls, s->run_cycle);
    if (has_x) {
        p->x_tdata = beat_of(s->x, s->x_at);
        p->x_tlast = s->x_at + 8 == s->x_n;
    }
    p->h_tready = s->h_n + 8 <= s->h_room && !s->h_last &&
                  (s->run_cycle == 0 || !fpga_stalls_h(&s->stalls, s->run_cycle));
}

static void write_pins(const struct sim *s)
{
    const struct sim_pins *p = &s->pins;
    fprintf(s->record, "%x %x %x %x %x %x %x %x %x %" PRIx64 " %x %x %" PRIx64 " %x %x %x ",
            p->rst_n, p->awaddr, p->awvalid, p->wdata, p->wvalid, p->bready, p->araddr, p->arvalid,
            p->rready, p->ld_tdata, p->ld_tvalid, p->ld_tlast, p->x_tdata, p->x_tvalid, p->x_tlast,
            p->h_tready);
    fprintf(s->record, "%x %x %x %x %x %x %x %x %x %x %" PRIx64 "\n", p->awready, p->bvalid,
            p->arready, p->rvalid, p->rdata, p->irq, p->ld_tready, p->x_tready, p->h_tvalid,
            p->h_tlast, p->h_tdata);
}

static void receive(struct sim *s)
{
    memcpy(s->h + s->h_n, &s->pins.h_tdata, 8);
    s->h_n += 8;
    s->h_last = s->pins.h_tlast;
}

/* One clock cycle; *moved is set if a beat passed on any stream. */
static enum status cycle(struct sim *s, int *moved)
{
    struct sim_pins *p = &s->pins;
    *moved = 0;
    offer(s);
    if (!s->type->settle(s->top, p))
        return fail(E_DEVICE, "the simulation of '%s' threw an exception", s->type->name);
    if (s->record != NULL)
        write_pins(s);
    int load = p->ld_tvalid && p->ld_tready, x = p->x_tvalid && p->x_tready;
    int h = p->h_tvalid && p->h_tready;
    s->image_at += load ? 8 : 0;
    s->x_at += x ? 8 : 0;
    if (h)
        receive(s);
    *moved = load || x || h;
    s->cycles++;
    if (!s->type->edge(s->top))
        return fail(E_DEVICE, "the simulation of '%s' threw an exception", s->type->name);
    return OK;
}

/* Cycles until *done or patience ends, which is 0. */
static enum status until(struct sim *s, const uint8_t *done, int *came)
{
    int moved;
    *came = 0;
    for (int idle = 0; idle < PATIENCE && !*came; idle++) {
        TRY(cycle(s, &moved));
        *came = *done != 0;
        idle = moved ? 0 : idle;
    }
    return OK;
}

static enum status no_answer(const char *what)
{
    return fail(E_DEVICE, "the registers of the accelerator do not answer a %s", what);
}

static enum status reg_wr(void *ctx, uint32_t offset, uint32_t value)
{
    struct sim *s = ctx;
    struct sim_pins *p = &s->pins;
    int came;
    p->awaddr = (uint8_t)offset;
    p->wdata = value;
    p->awvalid = p->wvalid = p->bready = 1;
    TRY(until(s, &p->awready, &came));
    p->awvalid = p->wvalid = 0;
    if (came)
        TRY(until(s, &p->bvalid, &came));
    p->bready = 0;
    if (offset == FPGA_REG_CTRL && value & FPGA_CTRL_START) {
        s->started = 1;
        s->run_cycle = 0;
    }
    if (offset == FPGA_REG_CTRL && value & (FPGA_CTRL_RESET | FPGA_CTRL_DUMP_R | FPGA_CTRL_DUMP_C))
        s->started = 0, s->run_cycle = 0;
    if (offset == FPGA_REG_CTRL && value & FPGA_CTRL_RESET)
        s->x_n = s->x_at = s->h_n = s->h_at = 0, s->h_last = 0;
    return came ? OK : no_answer("write");
}

static enum status reg_rd(void *ctx, uint32_t offset, uint32_t *value)
{
    struct sim *s = ctx;
    struct sim_pins *p = &s->pins;
    int came;
    p->araddr = (uint8_t)offset;
    p->arvalid = p->rready = 1;
    TRY(until(s, &p->arready, &came));
    p->arvalid = 0;
    if (came)
        TRY(until(s, &p->rvalid, &came));
    p->rready = 0;
    *value = p->rdata;
    return came ? OK : no_answer("read");
}

static enum status reserve(void *ctx, size_t x_bytes, size_t h_bytes)
{
    struct sim *s = ctx;
    mem_free(s->x);
    mem_free(s->h);
    s->h = NULL;
    TRY(mem_new(&s->x, x_bytes, 1));
    TRY(mem_new(&s->h, h_bytes, 1));
    s->x_room = x_bytes;
    s->h_room = h_bytes;
    return OK;
}

static enum status send_image(struct sim *s, const void *bytes, size_t n)
{
    int moved;
    s->image = bytes;
    s->image_n = n;
    s->image_at = 0;
    enum status st = OK;
    for (int idle = 0; st == OK && s->image_at < n && idle < PATIENCE; idle++) {
        st = cycle(s, &moved);
        idle = moved ? 0 : idle;
    }
    size_t taken = s->image_at;
    s->image = NULL;
    if (st == OK && taken < n)
        st = fail(E_DEVICE, "the accelerator took %zu of %zu bytes of an image", taken, n);
    return st;
}

static enum status dma_h2c(void *ctx, enum fpga_port port, const void *bytes, size_t n)
{
    struct sim *s = ctx;
    if (port == FPGA_PORT_IMAGE)
        return send_image(s, bytes, n);
    if (n > s->x_room || s->x_at < s->x_n)
        return fail(E_DEVICE, "%zu bytes of x behind %zu (room for %zu)", n, s->x_n - s->x_at,
                    s->x_room);
    memcpy(s->x, bytes, n);
    s->x_n = n;
    s->x_at = 0;
    return OK;
}

static enum status dma_c2h(void *ctx, void *bytes, size_t n, size_t *got)
{
    struct sim *s = ctx;
    int moved;
    *got = 0;
    for (int idle = 0; !s->h_last && s->h_n < s->h_room && s->h_n - s->h_at < n; idle++) {
        if (idle >= PATIENCE)
            return fail(E_DEVICE, "the accelerator sent nothing within its time-out");
        TRY(cycle(s, &moved));
        idle = moved ? 0 : idle;
    }
    *got = s->h_n - s->h_at < n ? s->h_n - s->h_at : n;
    memcpy(bytes, s->h + s->h_at, *got);
    s->h_at += *got;
    if (s->h_at == s->h_n)
        s->h_at = s->h_n = 0, s->h_last = 0;
    return OK;
}

static enum status wait_irq(void *ctx, uint32_t mask, uint32_t *irq)
{
    struct sim *s = ctx;
    int came;
    TRY(until(s, &s->pins.irq, &came));
    TRY(reg_rd(ctx, FPGA_REG_IRQ, irq));
    if ((*irq & mask) == 0)
        return fail(E_DEVICE, "the accelerator gave no interrupt within its time-out");
    return OK;
}

static uint64_t now_cycles(void *ctx)
{
    const struct sim *s = ctx;
    return s->cycles;
}

static void close_sim(void *ctx)
{
    struct sim *s = ctx;
    if (s->top != NULL)
        s->type->free(s->top);
    mem_free(s->x);
    mem_free(s->h);
    mem_free(s);
}

static const struct fpga_ops sim_ops = {
    reg_rd, reg_wr, reserve, dma_h2c, dma_c2h, wait_irq, now_cycles, close_sim,
};

static enum status find_type(const char *set, const struct sim_type **out)
{
    for (int i = 0; i < N_TYPES; i++)
        if (strcmp(set, types[i]->name) == 0) {
            *out = types[i];
            return OK;
        }
    return fail(E_USAGE,
                "no simulation of an accelerator '%s' (expected tiny, small, wide or bench)", set);
}

enum status fpga_sim_new(const char *set, const struct fpga_stalls *stalls, FILE *record,
                         struct fpga_device *out)
{
    const struct sim_type *type = NULL;
    struct sim *s;
    int moved;
    TRY(find_type(set, &type));
    TRY(mem_new(&s, 1, sizeof *s));
    s->type = type;
    s->stalls = *stalls;
    s->record = record;
    s->top = type->make();
    enum status st = s->top != NULL ? OK : fail(E_NOMEM, "no memory for the simulation of %s", set);
    for (int i = 0; st == OK && i < 8; i++) {
        s->pins.rst_n = i >= 4;
        st = cycle(s, &moved);
    }
    if (st != OK) {
        close_sim(s);
        return st;
    }
    *out = (struct fpga_device){.ops = &sim_ops, .ctx = s};
    snprintf(out->name, sizeof out->name, "verilator %s %s", BRDS_VERILATOR, set);
    return OK;
}

enum status fpga_sim_open(const char *rest, struct fpga_device *out)
{
    const struct fpga_stalls none = {0, 0, 0};
    return fpga_sim_new(rest, &none, NULL, out);
}
