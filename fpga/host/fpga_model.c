#include "fpga/host/fpga_model.h"

#include "base/mem.h"
#include "fpga/fpga_defs.h"

#include <stdio.h>
#include <string.h>

enum { N_CONFIG = (FPGA_REG_PIO - FPGA_REG_STEPS) / 4 + 1 };

/* Beats that came through the window. */
struct window_beats {
    unsigned char *bytes;
    size_t n, room;
    uint32_t low;
};

struct model {
    struct fpga_memory m;
    struct fpga_stalls stalls;
    uint32_t scratch, err, irq, irq_enable, config[N_CONFIG];
    int busy, loaded, drops; /* drops: since a reset no run has started, x is swallowed */
    uint64_t counters[FPGA_N_COUNTERS], latched[FPGA_N_COUNTERS], cycles;
    unsigned char *x, *out; /* x that came before its run; what is to be fetched */
    size_t x_n, x_room, out_n, out_at, out_room;
    struct window_beats in; /* of the PIO window, until the one with TLAST */
};

static uint32_t config(const struct model *k, uint32_t reg)
{
    return k->config[(reg - FPGA_REG_STEPS) / 4];
}

static void raise_errors(struct model *k, uint32_t err)
{
    k->err |= err;
    k->irq |= (err & ~(uint32_t)FPGA_ERR_SATURATION) != 0 ? FPGA_IRQ_ERROR : 0;
}

static uint32_t caps(const struct fpga_params *p, uint32_t reg)
{
    switch (reg) {
    case FPGA_REG_CAPS_ARRAY:
        return (uint32_t)p->units | (uint32_t)p->lane_macs << 8 | (uint32_t)p->ew << 16 |
               (uint32_t)p->dw << 24;
    case FPGA_REG_CAPS_WORDS:
        return (uint32_t)p->words;
    case FPGA_REG_CAPS_VALUES:
        return (uint32_t)p->values;
    case FPGA_REG_CAPS_ROWS:
        return (uint32_t)p->rows;
    default:
        return (uint32_t)p->passes | (uint32_t)p->fifo << 8 | (uint32_t)p->peepholes << 24 |
               (uint32_t)(p->activity != 0) << 31;
    }
}

/* What the window shows of h: it is never full here, as beats are taken at once. */
static uint32_t window(const struct model *k, uint32_t reg)
{
    int there = config(k, FPGA_REG_PIO) && k->out_at < k->out_n;
    uint32_t low = 0, high = 0;
    if (there) {
        memcpy(&low, k->out + k->out_at, 4);
        memcpy(&high, k->out + k->out_at + 4, 4);
    }
    return reg == FPGA_REG_PIO_H_LOW    ? low
           : reg == FPGA_REG_PIO_H_HIGH ? high
           : !there
               ? 0
               : (uint32_t)FPGA_PIO_H | (k->out_at + 8 == k->out_n ? (uint32_t)FPGA_PIO_H_LAST : 0);
}

static enum status reg_rd(void *ctx, uint32_t reg, uint32_t *value)
{
    const struct model *k = ctx;
    *value = 0;
    if (reg >= FPGA_REG_COUNTERS && reg < FPGA_REG_COUNTERS + 8 * FPGA_N_COUNTERS)
        *value = (uint32_t)(k->latched[(reg - FPGA_REG_COUNTERS) / 8] >> 8 * (reg & 4));
    else if (reg >= FPGA_REG_STEPS && reg <= FPGA_REG_PIO)
        *value = config(k, reg);
    else if (reg >= FPGA_REG_PIO_STATUS && reg <= FPGA_REG_PIO_H_HIGH)
        *value = window(k, reg);
    else if (reg >= FPGA_REG_CAPS_ARRAY && reg <= FPGA_REG_CAPS_MISC)
        *value = caps(&k->m.p, reg);
    else if (reg == FPGA_REG_MAGIC)
        *value = FPGA_MAGIC;
    else if (reg == FPGA_REG_VERSION)
        *value = FPGA_VERSION_MAJOR << 16 | FPGA_VERSION_MINOR;
    else if (reg == FPGA_REG_SCRATCH)
        *value = k->scratch;
    else if (reg == FPGA_REG_STATUS)
        *value = (k->busy ? FPGA_STATUS_BUSY : 0) | (k->loaded ? FPGA_STATUS_LOADED : 0);
    else if (reg == FPGA_REG_ERR)
        *value = k->err;
    else if (reg == FPGA_REG_IRQ_ENABLE)
        *value = k->irq_enable;
    else if (reg == FPGA_REG_IRQ)
        *value = k->irq;
    return OK;
}

static unsigned char *new_beat(struct model *k)
{
    unsigned char *beat = k->out + k->out_n;
    if (k->out_n + 8 > k->out_room)
        return NULL;
    k->out_n += 8;
    memset(beat, 0, 8);
    return beat;
}

/* n values as beats; 0 if there is no room. */
static int send_values(struct model *k, const int16_t *v, uint32_t n, uint32_t width)
{
    for (uint32_t i = 0; i < n; i += width) {
        unsigned char *beat = new_beat(k);
        if (beat == NULL)
            return 0;
        for (uint32_t j = 0; j < width && i + j < n; j++) {
            beat[2 * j] = (unsigned char)v[i + j];
            beat[2 * j + 1] = (unsigned char)((uint16_t)v[i + j] >> 8);
        }
    }
    return 1;
}

static void dump(struct model *k, int cells)
{
    const struct fpga_memory *m = &k->m;
    uint32_t at = config(k, FPGA_REG_DUMP_ADDR), n = config(k, FPGA_REG_DUMP_COUNT);
    uint32_t width = cells ? (uint32_t)m->p.ew : FPGA_VECTOR_WIDTH;
    uint32_t words = cells ? (uint32_t)m->p.rows : (uint32_t)m->p.values / FPGA_VECTOR_WIDTH;
    k->out_n = k->out_at = 0;
    k->busy = at + (uint64_t)n > words ||
              !send_values(k, (cells ? m->cell : m->value) + (size_t)at * width, n * width, width);
    k->irq |= k->busy ? 0 : FPGA_IRQ_DONE;
}

static void put_x(struct fpga_memory *m, uint32_t base, const unsigned char *x, uint32_t beats)
{
    for (size_t i = 0; i < 4 * (size_t)beats; i++)
        m->value[(base + i) & m->value_mask] = (int16_t)(x[2 * i] | x[2 * i + 1] << 8);
}

/* One step; 0 if its h has no room. */
static int run_step(struct model *k, const unsigned char *x, int odd)
{
    struct fpga_memory *m = &k->m;
    const struct fpga_pass *p = m->pass;
    put_x(m, config(k, odd ? FPGA_REG_X_BASE1 : FPGA_REG_X_BASE0), x, config(k, FPGA_REG_X_BEATS));
    for (;; p++) {
        k->counters[FPGA_COUNT_SATURATIONS] += fpga_memory_pass(m, p, odd);
        if (p->out && !send_values(k, m->value + (p->out_base[odd] & m->value_mask), p->rows,
                                   FPGA_VECTOR_WIDTH))
            return 0;
        if (p->last)
            return 1;
    }
}

/* The run that was started, with the whole of x. A run that cannot end leaves the device busy. */
static enum status run(struct model *k, const unsigned char *x, size_t n)
{
    uint32_t steps = config(k, FPGA_REG_STEPS), beats = config(k, FPGA_REG_X_BEATS);
    struct fpga_cycles c;
    k->out_n = k->out_at = 0;
    if (n / 8 < (uint64_t)steps * beats) {
        raise_errors(k, FPGA_ERR_UNDERRUN);
        return OK;
    }
    raise_errors(k, n / 8 > (uint64_t)steps * beats ? FPGA_ERR_OVERRUN : 0);
    TRY(fpga_timing_run(&k->m.p, k->m.pass, steps, beats, &k->stalls, &c));
    for (uint32_t t = 0; t < steps; t++)
        if (!run_step(k, x + 8 * (size_t)t * beats, t & 1))
            return OK;
    const uint64_t counts[] = {c.cycles, c.issue, c.gap, c.stall_x, c.stall_h, c.drain};
    memcpy(k->counters, counts, sizeof counts);
    k->counters[FPGA_COUNT_NONZERO] = k->m.nonzero;
    k->counters[FPGA_COUNT_TOGGLES] = k->m.toggles;
    raise_errors(k, k->counters[FPGA_COUNT_SATURATIONS] != 0 ? FPGA_ERR_SATURATION : 0);
    k->cycles += c.cycles;
    k->busy = 0;
    k->irq |= FPGA_IRQ_DONE;
    return OK;
}

static enum status start(struct model *k)
{
    size_t n = k->x_n;
    memset(k->counters, 0, sizeof k->counters);
    fpga_memory_rest(&k->m);
    k->busy = 1;
    k->drops = 0;
    k->x_n = 0;
    return n != 0 ? run(k, k->x, n) : OK;
}

static enum status take(struct model *k, enum fpga_port port, const void *bytes, size_t n);

/* A beat through the window; the one with TLAST ends its transfer. */
static enum status window_beat(struct model *k, enum fpga_port port, int last, uint32_t high)
{
    struct window_beats *in = &k->in;
    size_t n = in->n + 8;
    if (n > in->room) {
        TRY(mem_grow(&in->bytes, in->room, 2 * n, 1));
        in->room = 2 * n;
    }
    memcpy(in->bytes + in->n, &in->low, 4);
    memcpy(in->bytes + in->n + 4, &high, 4);
    in->n = last ? 0 : n;
    return last ? take(k, port, in->bytes, n) : OK;
}

static enum status write_window(struct model *k, uint32_t reg, uint32_t value)
{
    enum fpga_port port = reg >= FPGA_REG_PIO_X ? FPGA_PORT_X : FPGA_PORT_IMAGE;
    int last = reg == FPGA_REG_PIO_IMAGE_LAST || reg == FPGA_REG_PIO_X_LAST;
    if (reg == FPGA_REG_PIO_STATUS)
        k->out_at += window(k, reg) & FPGA_PIO_H ? 8 : 0;
    else if (reg == FPGA_REG_PIO_LOW)
        k->in.low = value;
    else if (config(k, FPGA_REG_PIO))
        return window_beat(k, port, last, value);
    return OK;
}

static enum status control(struct model *k, uint32_t bits)
{
    uint32_t begins = bits & (FPGA_CTRL_START | FPGA_CTRL_DUMP_R | FPGA_CTRL_DUMP_C);
    if (bits & FPGA_CTRL_LATCH)
        memcpy(k->latched, k->counters, sizeof k->latched);
    if (bits & FPGA_CTRL_RESET) {
        k->busy = k->loaded = 0;
        k->drops = 1;
        k->in.n = 0;
        k->x_n = k->out_n = k->out_at = 0;
        memset(k->counters, 0, sizeof k->counters);
        return OK;
    }
    if (begins == 0)
        return OK;
    int sound = k->loaded && (begins & FPGA_CTRL_START ? config(k, FPGA_REG_STEPS) != 0 &&
                                                             config(k, FPGA_REG_X_BEATS) != 0
                                                       : config(k, FPGA_REG_DUMP_COUNT) != 0);
    if (k->busy || !sound) {
        raise_errors(k, k->busy ? FPGA_ERR_BUSY : FPGA_ERR_CONFIG);
        return OK;
    }
    if (begins & FPGA_CTRL_START)
        return start(k);
    dump(k, !(begins & FPGA_CTRL_DUMP_R));
    return OK;
}

static enum status reg_wr(void *ctx, uint32_t reg, uint32_t value)
{
    struct model *k = ctx;
    if (reg == FPGA_REG_CTRL)
        return control(k, value);
    if (reg >= FPGA_REG_PIO_LOW && reg <= FPGA_REG_PIO_STATUS)
        return write_window(k, reg, value);
    if (reg >= FPGA_REG_STEPS && reg <= FPGA_REG_PIO) {
        if (k->busy)
            raise_errors(k, FPGA_ERR_BUSY);
        else
            k->config[(reg - FPGA_REG_STEPS) / 4] = reg == FPGA_REG_PIO ? value & 1 : value;
    } else if (reg == FPGA_REG_SCRATCH)
        k->scratch = value;
    else if (reg == FPGA_REG_ERR)
        k->err &= ~value;
    else if (reg == FPGA_REG_IRQ_ENABLE)
        k->irq_enable = value & 7;
    else if (reg == FPGA_REG_IRQ)
        k->irq &= ~value;
    return OK;
}

static enum status reserve(void *ctx, size_t x_bytes, size_t h_bytes)
{
    struct model *k = ctx;
    mem_free(k->x);
    mem_free(k->out);
    k->out = NULL;
    TRY(mem_new(&k->x, x_bytes, 1));
    TRY(mem_new(&k->out, h_bytes, 1));
    k->x_room = x_bytes;
    k->out_room = h_bytes;
    return OK;
}

static enum status load(struct model *k, const unsigned char *bytes, size_t n)
{
    if (k->busy)
        return fail(E_DEVICE, "the accelerator takes no image (it is busy)");
    uint32_t err;
    TRY(fpga_memory_load(&k->m, bytes, n, &err));
    k->loaded = err == 0;
    raise_errors(k, err);
    k->irq |= FPGA_IRQ_LOADED;
    return OK;
}

/* A whole transfer, by DMA or by the window. */
static enum status take(struct model *k, enum fpga_port port, const void *bytes, size_t n)
{
    if (port == FPGA_PORT_IMAGE)
        return load(k, bytes, n);
    if (k->busy)
        return run(k, bytes, n);
    if (k->drops)
        return OK;
    if (n > k->x_room)
        return fail(E_DEVICE, "%zu bytes of x for an accelerator that does not run", n);
    memcpy(k->x, bytes, n);
    k->x_n = n;
    return OK;
}

static enum status dma_h2c(void *ctx, enum fpga_port port, const void *bytes, size_t n)
{
    struct model *k = ctx;
    if (config(k, FPGA_REG_PIO))
        return fail(E_DEVICE, "the accelerator's streams are those of its window");
    return take(k, port, bytes, n);
}

static enum status dma_c2h(void *ctx, void *bytes, size_t n, size_t *got)
{
    struct model *k = ctx;
    size_t left = config(k, FPGA_REG_PIO) ? 0 : k->out_n - k->out_at;
    *got = left < n ? left : n;
    if (left == 0)
        return fail(E_DEVICE, "the accelerator sent nothing within its time-out");
    memcpy(bytes, k->out + k->out_at, *got);
    k->out_at += *got;
    return OK;
}

static enum status wait_irq(void *ctx, uint32_t mask, uint32_t *irq)
{
    const struct model *k = ctx;
    *irq = k->irq;
    if ((k->irq & mask) == 0)
        return fail(E_DEVICE, "the accelerator gave no interrupt within its time-out");
    return OK;
}

static uint64_t now_cycles(void *ctx)
{
    const struct model *k = ctx;
    return k->cycles;
}

static void close_model(void *ctx)
{
    struct model *k = ctx;
    fpga_memory_release(&k->m);
    mem_free(k->x);
    mem_free(k->out);
    mem_free(k->in.bytes);
    mem_free(k);
}

static const struct fpga_ops model_ops = {
    reg_rd, reg_wr, reserve, dma_h2c, dma_c2h, wait_irq, now_cycles, close_model,
};

enum status fpga_model_new(const struct fpga_params *p, const struct fpga_stalls *stalls,
                           struct fpga_device *out)
{
    struct model *k;
    TRY(mem_new(&k, 1, sizeof *k));
    enum status s = fpga_memory_new(p, &k->m);
    if (s != OK) {
        mem_free(k);
        return s;
    }
    k->stalls = *stalls;
    k->drops = 1;
    *out = (struct fpga_device){.ops = &model_ops, .ctx = k, .what_if = p->what_if};
    return OK;
}

enum status fpga_model_open(const char *rest, struct fpga_device *out)
{
    struct fpga_params p;
    const struct fpga_stalls none = {0, 0, 0};
    TRY(fpga_params_parse(rest, &p));
    TRY(fpga_model_new(&p, &none, out));
    snprintf(out->name, sizeof out->name, "model %s", rest);
    return OK;
}
