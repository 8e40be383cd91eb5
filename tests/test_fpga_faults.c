/* test_fpga_faults.c - a device that fails in every way: each failure has its own message, no wrong
 * number is returned, and the next run works. */
#include "base/mem.h"
#include "fpga/fpga_defs.h"
#include "fpga/host/fpga_faulty.h"
#include "fpga/host/fpga_model.h"
#include "tests/fpga_trial.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void open_faulty(struct fpga_faulty *f, struct fpga_device *out)
{
    const struct fpga_stalls none = {0, 0, 0};
    struct fpga_params p;
    struct fpga_device model;
    cr_assert_eq(fpga_params_find("tiny", &p), OK);
    cr_assert_eq(fpga_model_new(&p, &none, &model), OK);
    snprintf(model.name, sizeof model.name, "model tiny");
    fpga_faulty_wrap(&model, f, out);
}

/* What opening a device says of each thing that can be wrong with it. */
Test(fpga_faults, opening)
{
    static const struct {
        enum fpga_fault fault;
        const char *text;
    } rows[] = {
        {FPGA_FAULT_ALL_ONES, "all registers read as ones"},
        {FPGA_FAULT_MAGIC, "no brds accelerator (register 0 is 12345678"},
        {FPGA_FAULT_VERSION, "version 2.0 of the accelerator (expected 1.x)"},
        {FPGA_FAULT_SCRATCH, "the scratch register reads 00000000 (wrote 5aa5c33c)"},
        {FPGA_FAULT_SIZES, "accelerator of u=0 m=0"},
        {FPGA_FAULT_REG_READ, "the bus failed in a register read"},
        {FPGA_FAULT_REG_WRITE, "the bus failed in a register write"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fpga_faulty f;
        struct fpga_device device;
        struct fpga_driver d;
        open_faulty(&f, &device);
        fpga_faulty_set(&f, rows[i].fault, 0, 1);
        cr_assert_eq(fpga_driver_attach(&device, &d), E_DEVICE);
        cr_assert_not_null(strstr(status_message(), rows[i].text), "%s (expected %s)",
                           status_message(), rows[i].text);
    }
}

/* Each fault of a run, at each call that it can hit: the right message, and the run after it is
 * right. Returns how many places were hit. */
static int every_place(const struct fpga_trial *t, const struct fpga_outcome *want,
                       enum fpga_fault fault, const char *text)
{
    int places = 0;
    for (int after = 0;; after++) {
        struct fpga_faulty f;
        struct fpga_device device;
        struct fpga_driver d;
        struct fpga_outcome got, again;
        open_faulty(&f, &device);
        cr_assert_eq(fpga_driver_attach(&device, &d), OK);
        fpga_trial_reserve(t, &d);
        fpga_outcome_make(t, &got);
        fpga_outcome_make(t, &again);
        fpga_faulty_set(&f, fault, after, 1);
        fpga_trial_run(t, &d, &got);
        int hit = f.hit != 0;
        fpga_faulty_set(&f, FPGA_FAULT_NONE, 0, 0);
        if (hit && got.status != OK) {
            cr_assert_eq(got.status, E_DEVICE);
            cr_assert_not_null(strstr(status_message(), text), "fault %d after %d: %s", fault,
                               after, status_message());
        } else {
            /* A fault may hit where nothing hangs on it; then the numbers must be right. */
            cr_assert_eq(got.status, OK);
            cr_assert_eq(fpga_outcome_differ(t, &got, want), 0, "fault %d after %d", fault, after);
        }
        places += hit && got.status != OK;
        fpga_trial_run(t, &d, &again);
        cr_assert_eq(again.status, OK, "%s", status_message());
        cr_assert_eq(fpga_outcome_differ(t, &again, want), 0, "after fault %d", fault);
        fpga_outcome_release(&got);
        fpga_outcome_release(&again);
        fpga_driver_close(&d);
        if (!hit)
            return places;
    }
}

Test(fpga_faults, running)
{
    static const struct {
        enum fpga_fault fault;
        int least; /* places in a run that it breaks */
        const char *text;
    } rows[] = {
        {FPGA_FAULT_REG_READ, 10, "the bus failed in a register read"},
        {FPGA_FAULT_REG_WRITE, 10, "the bus failed in a register write"},
        {FPGA_FAULT_IMAGE_SHORT, 2, "a transfer to the device was too short"},
        {FPGA_FAULT_IMAGE_FLIP, 2, ""}, /* whatever the bit was part of */
        {FPGA_FAULT_X_SHORT, 1, ""},    /* none at all if x is one beat */
        {FPGA_FAULT_X_LONG, 1, "a transfer to the device was too long"},
        {FPGA_FAULT_H2C, 3, "the bus failed in a transfer to the device"},
        {FPGA_FAULT_C2H, 3, "the bus failed in a transfer from the device"},
        {FPGA_FAULT_H_SHORT, 3, "(expected "},
        {FPGA_FAULT_NO_IRQ, 5, "no interrupt within its time-out"},
        {FPGA_FAULT_STUCK_BUSY, 1, "the device stays busy after a reset"},
    };
    struct rng r;
    rng_seed(&r, 1, 1);
    for (int round = 0; round < 4; round++) {
        struct fpga_params p;
        struct fpga_trial t;
        struct fpga_outcome want;
        struct fpga_faulty f;
        struct fpga_device device;
        struct fpga_driver d;
        cr_assert_eq(fpga_params_find("tiny", &p), OK);
        fpga_trial_make(&t, &r, &p, 10, FPGA_PLAIN);
        open_faulty(&f, &device);
        cr_assert_eq(fpga_driver_attach(&device, &d), OK);
        fpga_trial_reserve(&t, &d);
        fpga_outcome_make(&t, &want);
        fpga_trial_run(&t, &d, &want);
        cr_assert_eq(want.status, OK);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            int places = every_place(&t, &want, rows[i].fault, rows[i].text);
            cr_assert_geq(places, rows[i].least, "fault %d broke %d places", rows[i].fault, places);
        }
        fpga_outcome_release(&want);
        fpga_driver_close(&d);
        fpga_trial_release(&t);
    }
}
