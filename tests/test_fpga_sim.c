/* test_fpga_sim.c - the RTL in simulation equals the C model in every value, error bit and
 * cycle. */
#include "base/mem.h"
#include "fpga/fpga_defs.h"
#include "fpga/host/fpga_crc.h"
#include "fpga/host/fpga_model.h"
#include "fpga/sim/fpga_sim.h"
#include "tests/fpga_trial.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct pair {
    struct fpga_driver rtl, model;
};

static void open_pair(struct pair *p, const char *set, const struct fpga_stalls *stalls)
{
    struct fpga_params params;
    struct fpga_device device;
    cr_assert_eq(fpga_sim_new(set, stalls, NULL, &device), OK, "%s", status_message());
    cr_assert_eq(fpga_driver_attach(&device, &p->rtl), OK, "%s", status_message());
    cr_assert_eq(fpga_params_find(set, &params), OK);
    cr_assert_eq(fpga_model_new(&params, stalls, &device), OK);
    cr_assert_eq(fpga_driver_attach(&device, &p->model), OK, "%s", status_message());
}

static void close_pair(struct pair *p)
{
    fpga_driver_close(&p->rtl);
    fpga_driver_close(&p->model);
}

/* The formula: what the packer promises, plus the stalls that were counted. */
static void check_formula(const struct fpga_trial *t, const uint64_t n[FPGA_COUNTERS])
{
    const struct fpga_program *g = &t->program;
    uint64_t steps = (uint64_t)t->steps;
    cr_assert_eq(n[FPGA_COUNT_ISSUE], steps * fpga_program_issue(g));
    cr_assert_eq(n[FPGA_COUNT_GAP], steps * fpga_program_gaps(g) - g->pass[g->n_passes - 1].gap);
    cr_assert_eq(n[FPGA_COUNT_CYCLES], n[FPGA_COUNT_ISSUE] + n[FPGA_COUNT_GAP] +
                                           n[FPGA_COUNT_STALL_X] + n[FPGA_COUNT_STALL_H] +
                                           n[FPGA_COUNT_DRAIN]);
    if (n[FPGA_COUNT_STALL_H] == 0 && n[FPGA_COUNT_DRAIN] == fpga_program_drain(g))
        cr_assert_eq(n[FPGA_COUNT_CYCLES],
                     fpga_program_cycles(g, steps) + n[FPGA_COUNT_STALL_X] - (uint64_t)g->x_beats);
}

/* What counters of activity can be at all. */
static void check_activity(const struct fpga_params *p, const uint64_t n[FPGA_COUNTERS])
{
    uint64_t words = n[FPGA_COUNT_ISSUE] * (uint64_t)fpga_params_macs(p);
    uint64_t nonzero = n[FPGA_COUNT_NONZERO], toggles = n[FPGA_COUNT_TOGGLES];
    cr_assert_leq(nonzero, p->activity ? words : 0);
    cr_assert_leq(toggles, p->activity ? 32 * words : 0);
    cr_assert(toggles > 0 || nonzero == 0);
}

/* One trial on both; *n counts values of h. */
static void compare(struct pair *p, const struct fpga_trial *t, int round, size_t *n)
{
    struct fpga_outcome rtl, model;
    fpga_trial_reserve(t, &p->rtl);
    fpga_trial_reserve(t, &p->model);
    fpga_outcome_make(t, &rtl);
    fpga_outcome_make(t, &model);
    p->rtl.lost = p->model.lost = 1; /* another net */
    fpga_trial_run(t, &p->rtl, &rtl);
    cr_assert_eq(rtl.status, OK, "round %d: %s", round, status_message());
    fpga_trial_run(t, &p->model, &model);
    cr_assert_eq(model.status, OK, "round %d: %s", round, status_message());
    for (int i = 0; i < FPGA_COUNTERS; i++)
        cr_assert_eq(rtl.counters[i], model.counters[i],
                     "round %d: counter %d is %" PRIu64 ", in the model %" PRIu64, round, i,
                     rtl.counters[i], model.counters[i]);
    cr_assert_eq(fpga_outcome_differ(t, &rtl, &model), 0, "round %d: %zu differ", round,
                 fpga_outcome_differ(t, &rtl, &model));
    check_formula(t, rtl.counters);
    check_activity(&p->rtl.p, rtl.counters);
    *n += t->n_y + t->n_r + t->n_c;
    fpga_outcome_release(&rtl);
    fpga_outcome_release(&model);
}

static void rounds(const char *set, uint64_t seed, int n_rounds, int max_size,
                   const struct fpga_stalls *stalls)
{
    struct pair p;
    struct rng r;
    size_t n = 0;
    rng_seed(&r, seed, 1);
    open_pair(&p, set, stalls);
    for (int round = 0; round < n_rounds; round++) {
        struct fpga_trial t;
        fpga_trial_make(&t, &r, &p.rtl.p, max_size, (enum fpga_flavour)(round % 4 == 3));
        compare(&p, &t, round, &n);
        fpga_trial_release(&t);
    }
    fprintf(stderr, "# %s: %zu values, %" PRIu64 " cycles simulated\n", set, n,
            p.rtl.device.ops->now_cycles(p.rtl.device.ctx));
    close_pair(&p);
}

Test(fpga_sim, tiny)
{
    rounds("tiny", 1, 250, 24, &(struct fpga_stalls){0, 0, 0});
}

Test(fpga_sim, tiny_under_stalls)
{
    rounds("tiny", 2, 150, 20, &(struct fpga_stalls){77, 128, 128});
    rounds("tiny", 3, 60, 20, &(struct fpga_stalls){78, 250, 0});
    rounds("tiny", 4, 60, 20, &(struct fpga_stalls){79, 0, 250});
}

Test(fpga_sim, small)
{
    rounds("small", 5, 150, 50, &(struct fpga_stalls){0, 0, 0});
    rounds("small", 6, 100, 50, &(struct fpga_stalls){80, 100, 200});
}

/* Four element-wise units, columns of 12 bits, 6 multipliers. */
Test(fpga_sim, wide)
{
    rounds("wide", 16, 100, 50, &(struct fpga_stalls){83, 100, 200});
    rounds("wide", 17, 60, 50, &(struct fpga_stalls){0, 0, 0});
}

Test(fpga_sim, bench)
{
    rounds("bench", 7, 12, 60, &(struct fpga_stalls){81, 30, 30});
}

/* Room in the h FIFO is neither lost nor found over many steps, whatever the width of the
 * output. */
Test(fpga_sim, long_runs_under_stalls)
{
    const struct fpga_stalls stalls = {82, 20, 200};
    struct pair p;
    struct rng r;
    size_t n = 0;
    int odd[4] = {0};
    rng_seed(&r, 13, 1);
    open_pair(&p, "tiny", &stalls);
    for (int round = 0; round < 30; round++) {
        struct fpga_trial t;
        fpga_trial_make(&t, &r, &p.rtl.p, 12, FPGA_LONG);
        odd[lstm_n_rec(&t.s.net.layer[t.s.net.n_layers - 1]) % 4]++;
        compare(&p, &t, round, &n);
        fpga_trial_release(&t);
    }
    close_pair(&p);
    for (int i = 0; i < 4; i++)
        cr_assert_gt(odd[i], 0, "no output of 4n + %d values", i);
}

/* 1 if x of a step is wanted before that of two steps ago has been read to its end, and is long
 * enough to come too late. */
static int outruns_x(const struct fpga_trial *t)
{
    const struct fpga_program *g = &t->program;
    uint64_t step = fpga_program_issue(g) + fpga_program_gaps(g), first;
    first = fpga_pass_cycles(&g->pass[0]) + (uint64_t)g->p.lane_macs + FPGA_LAT_HOLD;
    return 2 * step <= first + 1 && g->x_beats > 2 && t->steps > 2;
}

/* Without W_h two steps may be shorter than the way from a word to its sum: x of the step after the
 * next must not be taken for one that is still read. */
Test(fpga_sim, steps_shorter_than_the_pipeline)
{
    const struct fpga_stalls none = {0, 0, 0};
    struct pair p;
    struct rng r;
    size_t n = 0;
    rng_seed(&r, 18, 1);
    open_pair(&p, "wide", &none);
    for (int round = 0; round < 12; round++) {
        struct fpga_trial t;
        do
            fpga_trial_make(&t, &r, &p.rtl.p, 16, FPGA_NO_H);
        while (!outruns_x(&t) && (fpga_trial_release(&t), 1));
        compare(&p, &t, round, &n);
        fpga_trial_release(&t);
    }
    close_pair(&p);
}

/* A device that was left in the middle of a run starts anew, and the next run is right. */
Test(fpga_sim, reset_in_mid_run)
{
    const struct fpga_stalls none = {0, 0, 0};
    struct pair p;
    struct rng r;
    size_t n = 0;
    rng_seed(&r, 8, 1);
    open_pair(&p, "tiny", &none);
    for (int round = 0; round < 30; round++) {
        struct fpga_trial t;
        const struct fpga_device *d = &p.rtl.device;
        uint32_t status;
        int16_t some[4];
        size_t got;
        fpga_trial_make(&t, &r, &p.rtl.p, 16, FPGA_PLAIN);
        compare(&p, &t, round, &n);
        cr_assert_eq(d->ops->reg_wr(d->ctx, FPGA_REG_CTRL, FPGA_CTRL_START), OK);
        cr_assert_eq(d->ops->dma_h2c(d->ctx, FPGA_PORT_X, t.x,
                                     8 * (size_t)t.steps * (size_t)t.program.x_beats),
                     OK);
        if (round % 2)
            cr_assert_eq(d->ops->dma_c2h(d->ctx, some, 8, &got), OK);
        for (uint32_t i = rng_below(&r, 200); i > 0; i--)
            cr_assert_eq(d->ops->reg_rd(d->ctx, FPGA_REG_STATUS, &status), OK);
        cr_assert_eq(d->ops->reg_wr(d->ctx, FPGA_REG_CTRL, FPGA_CTRL_RESET), OK);
        cr_assert_eq(d->ops->reg_rd(d->ctx, FPGA_REG_STATUS, &status), OK);
        cr_assert_eq(status, 0, "still %x after a reset", status);
        compare(&p, &t, round, &n);
        fpga_trial_release(&t);
    }
    close_pair(&p);
}

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

Test(fpga_sim, start_while_busy)
{
    const struct fpga_stalls none = {0, 0, 0};
    struct pair p;
    struct rng r;
    struct fpga_trial t;
    rng_seed(&r, 9, 1);
    open_pair(&p, "tiny", &none);
    fpga_trial_make(&t, &r, &p.rtl.p, 12, FPGA_PLAIN);
    start_while_busy(&p.rtl, &t);
    start_while_busy(&p.model, &t);
    fpga_trial_release(&t);
    close_pair(&p);
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

Test(fpga_sim, registers)
{
    const struct fpga_stalls none = {0, 0, 0};
    struct pair p;
    open_pair(&p, "tiny", &none);
    for (uint32_t reg = FPGA_REG_MAGIC; reg <= FPGA_REG_CAPS_MISC; reg += 4)
        cr_assert_eq(fpga_trial_rd(&p.rtl.device, reg), fpga_trial_rd(&p.model.device, reg), "%x",
                     reg);
    check_registers(&p.rtl.device);
    check_registers(&p.model.device);
    close_pair(&p);
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

Test(fpga_sim, empty_section)
{
    const struct fpga_stalls none = {0, 0, 0};
    struct pair p;
    open_pair(&p, "tiny", &none);
    load_nothing(&p.rtl);
    load_nothing(&p.model);
    close_pair(&p);
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

Test(fpga_sim, faults_of_images)
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
    struct pair p;
    struct rng r;
    struct fpga_trial t;
    size_t n = 0;
    rng_seed(&r, 10, 1);
    open_pair(&p, "tiny", &none);
    fpga_trial_make(&t, &r, &p.rtl.p, 12, FPGA_PLAIN);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        const struct fault *f = &faults[i];
        uint32_t rtl = load_fault(&p.rtl.device, &t, f);
        cr_assert_eq(rtl, f->err, "%s: error register %x (expected %x)", f->about, rtl, f->err);
        cr_assert_eq(load_fault(&p.model.device, &t, f), rtl, "%s", f->about);
        compare(&p, &t, (int)i, &n);
    }
    fpga_trial_release(&t);
    close_pair(&p);
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

Test(fpga_sim, faults_of_x)
{
    const struct fpga_stalls none = {0, 0, 0};
    struct pair p;
    struct rng r;
    struct fpga_trial t;
    size_t n = 0;
    rng_seed(&r, 11, 1);
    open_pair(&p, "tiny", &none);
    do
        fpga_trial_make(&t, &r, &p.rtl.p, 12, FPGA_PLAIN);
    while (t.steps * t.program.x_beats < 2 && (fpga_trial_release(&t), 1));
    fpga_trial_reserve(&t, &p.rtl);
    fpga_trial_reserve(&t, &p.model);
    for (int more = 0; more < 2; more++) {
        uint32_t want = more ? FPGA_ERR_OVERRUN : FPGA_ERR_UNDERRUN;
        cr_assert_eq(x_fault(&p.rtl, &t, more), want);
        cr_assert_eq(x_fault(&p.model, &t, more), want);
        compare(&p, &t, more, &n);
    }
    fpga_trial_release(&t);
    close_pair(&p);
}
