/* test_fpga_errors.c - what the accelerator refuses, alike in RTL and model: a start while it is
 * busy, wrong images, wrong amounts of x; and its registers. */
#include "base/mem.h"
#include "fpga/fpga_defs.h"
#include "fpga/host/fpga_crc.h"
#include "tests/fpga_pair.h"

#include <criterion/criterion.h>
#include <string.h>

/* A second start, and a write of the configuration, while a run waits for x: both are latched as
 * errors, change nothing, and the run ends as it would have. */
static void start_while_busy(struct fpga_driver *d, const struct fpga_trial *t)
{
    const struct fpga_device *dev = &d->device;
    struct fpga_outcome first;
    size_t y_bytes = 2 * t->n_y, got;
    int16_t *y;
    uint32_t irq;
    fpga_outcome_make(t, &first);
    fpga_trial_reserve(t, d);
    d->lost = 1;
    fpga_trial_run(t, d, &first);
    cr_assert_eq(first.status, OK);
    cr_assert_eq(mem_new(&y, y_bytes, 1), OK);
    cr_assert_eq(dev->ops->dma_h2c(dev->ctx, FPGA_PORT_IMAGE, t->state.bytes, t->state.n), OK);
    fpga_trial_wr(dev, FPGA_REG_ERR, 0xff);
    fpga_trial_wr(dev, FPGA_REG_IRQ, 7);
    fpga_trial_wr(dev, FPGA_REG_CTRL, FPGA_CTRL_START);
    cr_assert_eq(fpga_trial_rd(dev, FPGA_REG_ERR), 0);
    fpga_trial_wr(dev, FPGA_REG_CTRL, FPGA_CTRL_START);
    cr_assert_eq(fpga_trial_rd(dev, FPGA_REG_ERR), FPGA_ERR_BUSY);
    cr_assert_eq(fpga_trial_rd(dev, FPGA_REG_IRQ), FPGA_IRQ_ERROR);
    fpga_trial_wr(dev, FPGA_REG_ERR, FPGA_ERR_BUSY);
    fpga_trial_wr(dev, FPGA_REG_STEPS, 77);
    cr_assert_eq(fpga_trial_rd(dev, FPGA_REG_ERR), FPGA_ERR_BUSY);
    cr_assert_eq(fpga_trial_rd(dev, FPGA_REG_STEPS), (uint32_t)t->steps);
    fpga_trial_wr(dev, FPGA_REG_IRQ, 7);
    cr_assert_eq(dev->ops->dma_h2c(dev->ctx, FPGA_PORT_X, t->x,
                                   8 * (size_t)t->steps * (size_t)t->program.x_beats),
                 OK);
    cr_assert_eq(dev->ops->dma_c2h(dev->ctx, y, y_bytes, &got), OK);
    cr_assert_eq(dev->ops->wait_irq(dev->ctx, FPGA_IRQ_DONE, &irq), OK);
    cr_assert_eq(got, y_bytes);
    cr_assert_arr_eq(y, first.y, y_bytes);
    mem_free(y);
    fpga_outcome_release(&first);
}

Test(fpga_errors, start_while_busy)
{
    const struct fpga_stalls none = {0, 0, 0};
    struct fpga_pair p;
    struct rng r;
    struct fpga_trial t;
    rng_seed(&r, 9, 1);
    fpga_pair_open(&p, "tiny", &none);
    fpga_trial_make(&t, &r, &p.rtl.p, 12, FPGA_PLAIN);
    start_while_busy(&p.rtl, &t);
    start_while_busy(&p.model, &t);
    fpga_trial_release(&t);
    fpga_pair_close(&p);
}

/* Registers keep what is written, tell what the device is, and read as 0 where there is none. */
static void check_registers(const struct fpga_device *d)
{
    for (uint32_t reg = FPGA_REG_STEPS; reg <= FPGA_REG_DUMP_COUNT; reg += 4)
        fpga_trial_wr(d, reg, 0xa5a50000 + reg);
    for (uint32_t reg = FPGA_REG_STEPS; reg <= FPGA_REG_DUMP_COUNT; reg += 4)
        cr_assert_eq(fpga_trial_rd(d, reg), 0xa5a50000 + reg, "register %x", reg);
    fpga_trial_wr(d, FPGA_REG_IRQ_ENABLE, 5);
    cr_assert_eq(fpga_trial_rd(d, FPGA_REG_IRQ_ENABLE), 5);
    cr_assert_eq(fpga_trial_rd(d, FPGA_REG_CTRL), 0);
    cr_assert_eq(fpga_trial_rd(d, FPGA_REG_DUMP_COUNT + 4), 0);
    cr_assert_eq(fpga_trial_rd(d, FPGA_REG_COUNTERS + 8 * FPGA_N_COUNTERS), 0);
}

Test(fpga_errors, registers)
{
    const struct fpga_stalls none = {0, 0, 0};
    struct fpga_pair p;
    fpga_pair_open(&p, "tiny", &none);
    for (uint32_t reg = FPGA_REG_MAGIC; reg <= FPGA_REG_CAPS_MISC; reg += 4)
        cr_assert_eq(fpga_trial_rd(&p.rtl.device, reg), fpga_trial_rd(&p.model.device, reg), "%x",
                     reg);
    check_registers(&p.rtl.device);
    check_registers(&p.model.device);
    fpga_pair_close(&p);
}

/* An image whose only section has no words is sound, and changes nothing. */
static void load_nothing(struct fpga_driver *d)
{
    unsigned char bytes[16] = {FPGA_SECTION_WEIGHTS, [8] = FPGA_SECTION_END};
    uint32_t crc = fpga_crc(0, bytes, 8);
    const struct fpga_image image = {.bytes = bytes, .n = sizeof bytes};
    for (int i = 0; i < 4; i++)
        bytes[12 + i] = (unsigned char)(crc >> 8 * i);
    cr_assert_eq(fpga_driver_load(d, &image), OK, "%s", status_message());
    cr_assert_eq(fpga_trial_rd(&d->device, FPGA_REG_ERR), 0);
    cr_assert_eq(fpga_trial_rd(&d->device, FPGA_REG_STATUS), FPGA_STATUS_LOADED);
}

Test(fpga_errors, empty_section)
{
    const struct fpga_stalls none = {0, 0, 0};
    struct fpga_pair p;
    fpga_pair_open(&p, "tiny", &none);
    load_nothing(&p.rtl);
    load_nothing(&p.model);
    fpga_pair_close(&p);
}

/* What a wrong image or a wrong amount of x raises, alike in RTL and model. */
struct fault {
    const char *about;
    uint32_t err;
    size_t flip; /* byte of the image to change by `by`; from its end if `back` */
    int back, by;
    int cut, more; /* beats taken from and added to the image */
};

static uint32_t load_fault(const struct fpga_device *d, const struct fpga_trial *t,
                           const struct fault *f)
{
    unsigned char *bytes;
    size_t n = t->image.n - 8 * (size_t)f->cut + 8 * (size_t)f->more;
    cr_assert_eq(mem_new(&bytes, n, 1), OK);
    memcpy(bytes, t->image.bytes, n < t->image.n ? n : t->image.n);
    size_t at = f->back ? t->image.n - f->flip : f->flip;
    bytes[at] = (unsigned char)(bytes[at] + f->by);
    fpga_trial_wr(d, FPGA_REG_CTRL, FPGA_CTRL_RESET);
    fpga_trial_wr(d, FPGA_REG_ERR, 0xff);
    fpga_trial_wr(d, FPGA_REG_IRQ, 7);
    cr_assert_eq(d->ops->dma_h2c(d->ctx, FPGA_PORT_IMAGE, bytes, n), OK, "%s: %s", f->about,
                 status_message());
    cr_assert_eq(fpga_trial_rd(d, FPGA_REG_STATUS) & (FPGA_STATUS_LOADED | FPGA_STATUS_LOADING), 0,
                 "%s counts as loaded", f->about);
    fpga_trial_wr(d, FPGA_REG_STEPS, 1);
    fpga_trial_wr(d, FPGA_REG_X_BEATS, 1);
    uint32_t err = fpga_trial_rd(d, FPGA_REG_ERR);
    fpga_trial_wr(d, FPGA_REG_CTRL, FPGA_CTRL_START); /* refused: nothing is loaded */
    cr_assert_eq(fpga_trial_rd(d, FPGA_REG_STATUS) & FPGA_STATUS_BUSY, 0);
    cr_assert_eq(fpga_trial_rd(d, FPGA_REG_ERR), err | FPGA_ERR_CONFIG);
    mem_free(bytes);
    return err;
}

Test(fpga_errors, faults_of_images)
{
    const struct fault faults[] = {
        {"a flipped weight", FPGA_ERR_CRC, 17, 0, 1, 0, 0},
        {"a flipped CRC", FPGA_ERR_CRC, 4, 1, 1, 0, 0},
        {"a section beyond the memory", FPGA_ERR_ADDRESS | FPGA_ERR_CRC, 3, 0, 16, 0, 0},
        {"a longer section", FPGA_ERR_UNDERRUN | FPGA_ERR_ADDRESS, 7, 0, 1, 0, 0},
        {"an unknown type", FPGA_ERR_CONFIG, 0, 0, 100, 0, 0},
        {"type 0", FPGA_ERR_CONFIG, 0, 0, -1, 0, 0},
        {"a missing end", FPGA_ERR_UNDERRUN, 0, 0, 0, 1, 0},
        {"half an image", FPGA_ERR_UNDERRUN, 0, 0, 0, 40, 0},
        {"beats behind the end", FPGA_ERR_OVERRUN, 0, 0, 0, 0, 3},
    };
    const struct fpga_stalls none = {0, 0, 0};
    struct fpga_pair p;
    struct rng r;
    struct fpga_trial t;
    size_t n = 0;
    rng_seed(&r, 10, 1);
    fpga_pair_open(&p, "tiny", &none);
    fpga_trial_make(&t, &r, &p.rtl.p, 12, FPGA_PLAIN);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        const struct fault *f = &faults[i];
        uint32_t rtl = load_fault(&p.rtl.device, &t, f);
        cr_assert_eq(rtl, f->err, "%s: error register %x (expected %x)", f->about, rtl, f->err);
        cr_assert_eq(load_fault(&p.model.device, &t, f), rtl, "%s", f->about);
        fpga_pair_compare(&p, &t, (int)i, &n);
    }
    fpga_trial_release(&t);
    fpga_pair_close(&p);
}

/* x of a beat less, or more, than the run takes. */
static uint32_t x_fault(struct fpga_driver *d, const struct fpga_trial *t, int more)
{
    const struct fpga_device *dev = &d->device;
    size_t n = 8 * (size_t)t->steps * (size_t)t->program.x_beats;
    unsigned char *x;
    uint32_t irq;
    cr_assert_eq(mem_new(&x, n + 8, 1), OK);
    cr_assert_eq(fpga_driver_load(d, &t->image), OK);
    fpga_trial_wr(dev, FPGA_REG_STEPS, (uint32_t)t->steps);
    fpga_trial_wr(dev, FPGA_REG_X_BEATS, (uint32_t)t->program.x_beats);
    fpga_trial_wr(dev, FPGA_REG_IRQ, 7);
    fpga_trial_wr(dev, FPGA_REG_CTRL, FPGA_CTRL_START);
    cr_assert_eq(dev->ops->dma_h2c(dev->ctx, FPGA_PORT_X, x, more ? n + 8 : n - 8), OK);
    cr_assert_eq(dev->ops->wait_irq(dev->ctx, FPGA_IRQ_ERROR, &irq), OK, "%s", status_message());
    cr_assert(irq & FPGA_IRQ_ERROR);
    mem_free(x);
    return fpga_trial_rd(dev, FPGA_REG_ERR) & ~(uint32_t)FPGA_ERR_SATURATION;
}

Test(fpga_errors, faults_of_x)
{
    const struct fpga_stalls none = {0, 0, 0};
    struct fpga_pair p;
    struct rng r;
    struct fpga_trial t;
    size_t n = 0;
    rng_seed(&r, 11, 1);
    fpga_pair_open(&p, "tiny", &none);
    do
        fpga_trial_make(&t, &r, &p.rtl.p, 12, FPGA_PLAIN);
    while (t.steps * t.program.x_beats < 2 && (fpga_trial_release(&t), 1));
    fpga_trial_reserve(&t, &p.rtl);
    fpga_trial_reserve(&t, &p.model);
    for (int more = 0; more < 2; more++) {
        uint32_t want = more ? FPGA_ERR_OVERRUN : FPGA_ERR_UNDERRUN;
        cr_assert_eq(x_fault(&p.rtl, &t, more), want);
        cr_assert_eq(x_fault(&p.model, &t, more), want);
        fpga_pair_compare(&p, &t, more, &n);
    }
    fpga_trial_release(&t);
    fpga_pair_close(&p);
}
