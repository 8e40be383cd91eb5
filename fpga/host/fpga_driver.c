#include "fpga/host/fpga_driver.h"

#include "fpga/fpga_defs.h"

#include <assert.h>
#include <stdio.h>

_Static_assert((int)FPGA_COUNTERS == (int)FPGA_N_COUNTERS, "all counters of the device are kept");

static enum status rd(struct fpga_driver *d, uint32_t reg, uint32_t *value)
{
    return d->device.ops->reg_rd(d->device.ctx, reg, value);
}

static enum status wr(struct fpga_driver *d, uint32_t reg, uint32_t value)
{
    return d->device.ops->reg_wr(d->device.ctx, reg, value);
}

static enum status all_ones(const struct fpga_driver *d)
{
    return fail(E_DEVICE,
                "%s: all registers read as ones (no device behind the bus, or it has no power)",
                d->device.name);
}

/* A device that the driver can drive answers; its PIO window is needed if streams go through it. */
static enum status check_identity(struct fpga_driver *d)
{
    uint32_t magic, version, scratch;
    TRY(rd(d, FPGA_REG_MAGIC, &magic));
    if (magic == 0xffffffff)
        return all_ones(d);
    if (magic != FPGA_MAGIC)
        return fail(E_DEVICE, "%s: no brds accelerator (register 0 is %08x, expected %08x)",
                    d->device.name, magic, (unsigned)FPGA_MAGIC);
    TRY(rd(d, FPGA_REG_VERSION, &version));
    if (version >> 16 != FPGA_VERSION_MAJOR)
        return fail(E_DEVICE, "%s: version %u.%u of the accelerator (expected %d.x)",
                    d->device.name, version >> 16, version & 0xffff, FPGA_VERSION_MAJOR);
    if (d->device.window && (version & 0xffff) < 1)
        return fail(E_DEVICE, "%s: version %u.%u of the accelerator has no PIO window (1.1 has)",
                    d->device.name, version >> 16, version & 0xffff);
    for (uint32_t v = 0x5aa5c33c, i = 0; i < 2; i++, v = ~v) {
        TRY(wr(d, FPGA_REG_SCRATCH, v));
        TRY(rd(d, FPGA_REG_SCRATCH, &scratch));
        if (scratch != v)
            return fail(E_DEVICE, "%s: the scratch register reads %08x (wrote %08x)",
                        d->device.name, scratch, v);
    }
    return OK;
}

static enum status read_sizes(struct fpga_driver *d)
{
    uint32_t array, words, values, rows, misc;
    TRY(rd(d, FPGA_REG_CAPS_ARRAY, &array));
    TRY(rd(d, FPGA_REG_CAPS_WORDS, &words));
    TRY(rd(d, FPGA_REG_CAPS_VALUES, &values));
    TRY(rd(d, FPGA_REG_CAPS_ROWS, &rows));
    TRY(rd(d, FPGA_REG_CAPS_MISC, &misc));
    d->p = (struct fpga_params){.units = array & 255,
                                .lane_macs = array >> 8 & 255,
                                .ew = array >> 16 & 255,
                                .dw = array >> 24,
                                .words = words < 1 << 30 ? (int)words : 0,
                                .values = values < 1 << 30 ? (int)values : 0,
                                .rows = rows < 1 << 30 ? (int)rows : 0,
                                .fifo = misc >> 8 & 0xffff,
                                .passes = misc & 255,
                                .activity = misc >> 31 & 1,
                                .peepholes = misc >> 24 & 1,
                                .what_if = d->device.what_if};
    if (fpga_params_check(&d->p) != OK)
        return fail_in(E_DEVICE, "%s", d->device.name);
    return OK;
}

enum status fpga_driver_open(const char *uri, struct fpga_driver *d)
{
    struct fpga_device device;
    *d = (struct fpga_driver){0};
    TRY(fpga_device_open(uri, &device));
    return fpga_driver_attach(&device, d);
}

enum status fpga_driver_attach(const struct fpga_device *device, struct fpga_driver *d)
{
    *d = (struct fpga_driver){.device = *device, .lost = 1};
    enum status s = check_identity(d);
    if (s == OK)
        s = read_sizes(d);
    if (s != OK)
        fpga_driver_close(d);
    return s;
}

void fpga_driver_close(struct fpga_driver *d)
{
    fpga_device_close(&d->device);
}

/* The errors of the register ERR in words; those that a higher line explains come first. */
static enum status check_errors(struct fpga_driver *d)
{
    static const struct {
        uint32_t bit;
        const char *text;
    } texts[] = {
        {FPGA_ERR_ADDRESS, "an image leaves the device's memory"},
        {FPGA_ERR_UNDERRUN, "a transfer to the device was too short"},
        {FPGA_ERR_OVERRUN, "a transfer to the device was too long"},
        {FPGA_ERR_CRC, "the CRC of an image is wrong"},
        {FPGA_ERR_CONFIG, "the device refused a start or an image as impossible"},
        {FPGA_ERR_BUSY, "the device was busy when it was told to start"},
    };
    uint32_t err;
    TRY(rd(d, FPGA_REG_ERR, &err));
    if (err == 0xffffffff)
        return all_ones(d);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (err & texts[i].bit)
            return fail(E_DEVICE, "%s: %s (error register %02x)", d->device.name, texts[i].text,
                        err);
    return OK;
}

/* Waits for one of IRQ_*; an error that the device names is told rather than the time-out. */
static enum status wait_for(struct fpga_driver *d, uint32_t mask)
{
    uint32_t irq = 0;
    enum status s = d->device.ops->wait_irq(d->device.ctx, mask | FPGA_IRQ_ERROR, &irq);
    if (s == OK || irq & FPGA_IRQ_ERROR)
        TRY(check_errors(d));
    if (s == OK && (irq & mask) == 0)
        return fail(E_DEVICE, "%s: an interrupt without a cause (%x)", d->device.name, irq);
    return s;
}

static enum status send_image(struct fpga_driver *d, const struct fpga_image *image)
{
    uint32_t status;
    TRY(wr(d, FPGA_REG_IRQ, FPGA_IRQ_DONE | FPGA_IRQ_LOADED | FPGA_IRQ_ERROR));
    TRY(d->device.ops->dma_h2c(d->device.ctx, FPGA_PORT_IMAGE, image->bytes, image->n));
    TRY(wait_for(d, FPGA_IRQ_LOADED));
    TRY(rd(d, FPGA_REG_STATUS, &status));
    if ((status & FPGA_STATUS_LOADED) == 0)
        return fail(E_DEVICE, "%s: an image was not loaded (status %x)", d->device.name, status);
    return OK;
}

enum status fpga_driver_load(struct fpga_driver *d, const struct fpga_image *image)
{
    uint32_t status;
    d->lost = 1;
    TRY(wr(d, FPGA_REG_CTRL, FPGA_CTRL_RESET));
    TRY(wr(d, FPGA_REG_ERR, 0xffffffff));
    TRY(rd(d, FPGA_REG_STATUS, &status));
    if (status & FPGA_STATUS_BUSY)
        return fail(E_DEVICE, "%s: the device stays busy after a reset", d->device.name);
    TRY(wr(d, FPGA_REG_PIO, d->device.window != 0));
    TRY(wr(d, FPGA_REG_IRQ_ENABLE, FPGA_IRQ_DONE | FPGA_IRQ_LOADED | FPGA_IRQ_ERROR));
    TRY(send_image(d, image));
    d->lost = 0;
    return OK;
}

/* Fetches exactly n bytes, which the device has been told to send. */
static enum status fetch(struct fpga_driver *d, void *to, size_t n)
{
    size_t got = 0;
    enum status s = d->device.ops->dma_c2h(d->device.ctx, to, n, &got);
    if (s != OK || got != n)
        TRY(check_errors(d));
    TRY(s);
    if (got != n)
        return fail(E_DEVICE, "%s: the device sent %zu bytes (expected %zu)", d->device.name, got,
                    n);
    return wait_for(d, FPGA_IRQ_DONE);
}

static enum status dump(struct fpga_driver *d, uint32_t what, uint32_t address, int words,
                        int16_t *to)
{
    TRY(wr(d, FPGA_REG_IRQ, FPGA_IRQ_DONE | FPGA_IRQ_ERROR));
    TRY(wr(d, FPGA_REG_DUMP_ADDR, address));
    TRY(wr(d, FPGA_REG_DUMP_COUNT, (uint32_t)words));
    TRY(wr(d, FPGA_REG_CTRL, what));
    return fetch(d, to, 8 * (size_t)words);
}

/* n values out of beats that hold `width` each. */
static void take_values(const int16_t *beats, int n, int width, int16_t *to)
{
    for (int i = 0; i < n; i++)
        to[i] = beats[i / width * 4 + i % width];
}

/* The state of all layers after the run. */
static enum status fetch_state(struct fpga_driver *d, const struct fpga_sequence *s)
{
    int16_t *r = s->r, *c = s->c;
    for (int l = 0; l < s->net->n_layers; l++) {
        const struct fpga_layer *f = &s->program->layer[l];
        int n_rec = lstm_n_rec(&s->net->layer[l]), n_hid = s->net->layer[l].n_hid;
        TRY(dump(d, FPGA_CTRL_DUMP_R, f->r_base[s->steps & 1] / FPGA_VECTOR_WIDTH, f->r_words,
                 s->dumped));
        take_values(s->dumped, n_rec, FPGA_VECTOR_WIDTH, r);
        TRY(dump(d, FPGA_CTRL_DUMP_C, f->cell, f->c_words, s->dumped));
        take_values(s->dumped, n_hid, d->p.ew, c);
        r += n_rec;
        c += n_hid;
    }
    return OK;
}

static enum status configure(struct fpga_driver *d, const struct fpga_sequence *s)
{
    TRY(wr(d, FPGA_REG_STEPS, (uint32_t)s->steps));
    TRY(wr(d, FPGA_REG_X_BEATS, (uint32_t)s->program->x_beats));
    TRY(wr(d, FPGA_REG_X_BASE0, s->program->x_base[0]));
    TRY(wr(d, FPGA_REG_X_BASE1, s->program->x_base[1]));
    return wr(d, FPGA_REG_IRQ, FPGA_IRQ_DONE | FPGA_IRQ_ERROR);
}

static enum status read_counters(struct fpga_driver *d, uint64_t now[FPGA_COUNTERS])
{
    TRY(wr(d, FPGA_REG_CTRL, FPGA_CTRL_LATCH));
    for (uint32_t i = 0; i < FPGA_COUNTERS; i++) {
        uint32_t low, high;
        TRY(rd(d, FPGA_REG_COUNTERS + 8 * i, &low));
        TRY(rd(d, FPGA_REG_COUNTERS + 8 * i + 4, &high));
        now[i] = (uint64_t)high << 32 | low;
    }
    return OK;
}

static enum status run(struct fpga_driver *d, const struct fpga_sequence *s)
{
    const struct fpga_ops *ops = d->device.ops;
    uint64_t now[FPGA_COUNTERS];
    size_t x_bytes = 8 * (size_t)s->steps * (size_t)s->program->x_beats;
    size_t y_bytes = 8 * (size_t)s->steps * (size_t)s->program->y_beats;
    if (d->lost)
        TRY(fpga_driver_load(d, s->image));
    TRY(send_image(d, s->state));
    TRY(configure(d, s));
    TRY(wr(d, FPGA_REG_CTRL, FPGA_CTRL_START));
    TRY(ops->dma_h2c(d->device.ctx, FPGA_PORT_X, s->x, x_bytes));
    TRY(fetch(d, s->y, y_bytes));
    TRY(check_errors(d));
    TRY(read_counters(d, now));
    TRY(fetch_state(d, s));
    TRY(check_errors(d)); /* a card that is gone reads as ones, counters too */
    for (int i = 0; i < FPGA_COUNTERS; i++)
        d->counters[i] += now[i];
    d->steps += (uint64_t)s->steps;
    return OK;
}

enum status fpga_driver_run(struct fpga_driver *d, const struct fpga_sequence *s)
{
    enum status status = run(d, s);
    if (status == OK)
        return OK;
    char why[512];
    snprintf(why, sizeof why, "%s", status_message());
    d->lost = 1;
    (void)wr(d, FPGA_REG_CTRL, FPGA_CTRL_RESET); /* at once: it may still be running */
    return fail(status, "%s", why);
}
