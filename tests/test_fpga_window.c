/* test_fpga_window.c - the accelerator's streams through its registers: RTL and model give the
 * same. */
#include "fpga/fpga_defs.h"
#include "tests/fpga_trial.h"

#include <criterion/criterion.h>
#include <string.h>

/* The streams through the registers of the RTL and of the model give what the model's own do. The
 * cycles differ: x comes as slowly as the bus. */
Test(fpga_window, numbers)
{
    struct rng r;
    rng_seed(&r, 14, 1);
    for (int round = 0; round < 40; round++) {
        static const char *const devices[] = {"model:tiny", "pio:model:tiny", "pio:sim:tiny"};
        struct fpga_trial t;
        struct fpga_outcome o[3];
        struct fpga_params p;
        cr_assert_eq(fpga_params_find("tiny", &p), OK);
        fpga_trial_make(&t, &r, &p, 30, FPGA_PLAIN);
        for (int i = 0; i < 3; i++) {
            struct fpga_driver d;
            cr_assert_eq(fpga_driver_open(devices[i], &d), OK, "%s", status_message());
            fpga_trial_reserve(&t, &d);
            fpga_outcome_make(&t, &o[i]);
            fpga_trial_run(&t, &d, &o[i]);
            cr_assert_eq(o[i].status, OK, "%s: %s", devices[i], status_message());
            fpga_driver_close(&d);
            static const int slow[] = {FPGA_COUNT_CYCLES, FPGA_COUNT_STALL_X, FPGA_COUNT_STALL_H,
                                       FPGA_COUNT_DRAIN};
            for (size_t j = 0; j < sizeof slow / sizeof *slow; j++)
                o[i].counters[slow[j]] = 0;
            cr_assert_eq(fpga_outcome_differ(&t, &o[0], &o[i]), 0, "round %d, %s: %zu differ",
                         round, devices[i], fpga_outcome_differ(&t, &o[0], &o[i]));
        }
        for (int i = 0; i < 3; i++)
            fpga_outcome_release(&o[i]);
        fpga_trial_release(&t);
    }
}

/* What the window's registers are, alike in RTL and model; a beat that comes too soon is only the
 * RTL's to lose, as the model takes each at once. */
static void window_registers(const struct fpga_device *d, const struct fpga_trial *t)
{
    uint32_t half[2];
    fpga_trial_wr(d, FPGA_REG_CTRL, FPGA_CTRL_RESET);
    fpga_trial_wr(d, FPGA_REG_ERR, 0xff);
    cr_assert_eq(fpga_trial_rd(d, FPGA_REG_PIO), 0);
    fpga_trial_wr(d, FPGA_REG_PIO, 0xffffffff);
    cr_assert_eq(fpga_trial_rd(d, FPGA_REG_PIO), 1);
    cr_assert_eq(fpga_trial_rd(d, FPGA_REG_PIO_STATUS), 0);
    for (size_t at = 0; at < t->image.n; at += 8) {
        memcpy(half, t->image.bytes + at, 8);
        fpga_trial_wr(d, FPGA_REG_PIO_LOW, half[0]);
        int last = at + 8 == t->image.n;
        fpga_trial_wr(d, last ? FPGA_REG_PIO_IMAGE_LAST : FPGA_REG_PIO_IMAGE, half[1]);
    }
    cr_assert_eq(fpga_trial_rd(d, FPGA_REG_STATUS), FPGA_STATUS_LOADED);
    cr_assert_eq(fpga_trial_rd(d, FPGA_REG_ERR), 0);
    fpga_trial_wr(d, FPGA_REG_DUMP_ADDR, 0);
    fpga_trial_wr(d, FPGA_REG_DUMP_COUNT, 2);
    fpga_trial_wr(d, FPGA_REG_CTRL, FPGA_CTRL_DUMP_R);
    while ((fpga_trial_rd(d, FPGA_REG_PIO_STATUS) & FPGA_PIO_H) == 0)
        ;
    cr_assert_eq(fpga_trial_rd(d, FPGA_REG_PIO_STATUS), FPGA_PIO_H);
    fpga_trial_wr(d, FPGA_REG_PIO_STATUS, 0);
    cr_assert_eq(fpga_trial_rd(d, FPGA_REG_PIO_STATUS), FPGA_PIO_H | FPGA_PIO_H_LAST);
    fpga_trial_wr(d, FPGA_REG_PIO_STATUS, 0);
    cr_assert_eq(fpga_trial_rd(d, FPGA_REG_PIO_STATUS), 0);
    fpga_trial_wr(d, FPGA_REG_ERR, 0xff);
    fpga_trial_wr(d, FPGA_REG_PIO, 0);
}

/* What is left of a broken run's x is swallowed after a reset, and not the next run's x. */
static void x_behind_a_reset(struct fpga_driver *d, const struct fpga_trial *t,
                             struct fpga_outcome *o)
{
    fpga_trial_wr(&d->device, FPGA_REG_CTRL, FPGA_CTRL_RESET);
    fpga_trial_wr(&d->device, FPGA_REG_PIO, 1);
    for (int i = 0; i < 5; i++) {
        fpga_trial_wr(&d->device, FPGA_REG_PIO_LOW, 0x12345678);
        fpga_trial_wr(&d->device, i == 4 ? FPGA_REG_PIO_X_LAST : FPGA_REG_PIO_X, 0x9abcdef0);
        cr_assert_eq(fpga_trial_rd(&d->device, FPGA_REG_PIO_STATUS), 0);
    }
    d->lost = 1;
    fpga_outcome_make(t, o);
    fpga_trial_run(t, d, o);
    cr_assert_eq(o->status, OK, "%s", status_message());
}

Test(fpga_window, registers)
{
    struct fpga_outcome o[2];
    struct fpga_driver rtl, model;
    struct rng r;
    struct fpga_trial t;
    rng_seed(&r, 15, 1);
    cr_assert_eq(fpga_driver_open("sim:tiny", &rtl), OK, "%s", status_message());
    cr_assert_eq(fpga_driver_open("model:tiny", &model), OK, "%s", status_message());
    fpga_trial_make(&t, &r, &rtl.p, 8, FPGA_PLAIN);
    fpga_trial_reserve(&t, &rtl);
    fpga_trial_reserve(&t, &model);
    window_registers(&rtl.device, &t);
    window_registers(&model.device, &t);
    /* While a dump is on, the window stays. The model's dumps take no time. */
    const struct fpga_device *d = &rtl.device;
    fpga_trial_wr(d, FPGA_REG_PIO, 1);
    fpga_trial_wr(d, FPGA_REG_CTRL, FPGA_CTRL_DUMP_R);
    fpga_trial_wr(d, FPGA_REG_PIO, 0);
    cr_assert_eq(fpga_trial_rd(d, FPGA_REG_PIO), 1);
    cr_assert_eq(fpga_trial_rd(d, FPGA_REG_ERR), FPGA_ERR_BUSY);
    for (int i = 0; i < 2; i++)
        fpga_trial_wr(d, FPGA_REG_PIO_STATUS, 0);
    fpga_trial_wr(d, FPGA_REG_ERR, 0xff);
    /* The second beat of x finds the first one still there: a run that waits takes two x, then
     * none. */
    fpga_trial_wr(d, FPGA_REG_STEPS, 100);
    fpga_trial_wr(d, FPGA_REG_X_BEATS, 1);
    fpga_trial_wr(d, FPGA_REG_CTRL, FPGA_CTRL_START);
    for (int i = 0; i < 60 && fpga_trial_rd(d, FPGA_REG_ERR) == 0; i++)
        fpga_trial_wr(d, FPGA_REG_PIO_X, 0);
    cr_assert_eq(fpga_trial_rd(d, FPGA_REG_ERR) & FPGA_ERR_BUSY, FPGA_ERR_BUSY);
    fpga_trial_wr(d, FPGA_REG_CTRL, FPGA_CTRL_RESET);
    cr_assert_eq(fpga_trial_rd(d, FPGA_REG_PIO_STATUS), 0);
    x_behind_a_reset(&rtl, &t, &o[0]);
    x_behind_a_reset(&model, &t, &o[1]);
    cr_assert_eq(memcmp(o[0].y, o[1].y, 2 * t.n_y), 0);
    for (int i = 0; i < 2; i++)
        fpga_outcome_release(&o[i]);
    fpga_trial_release(&t);
    fpga_driver_close(&rtl);
    fpga_driver_close(&model);
}
