/* test_fpga_board.c - the ways to a board (xdma:, uio: with and without DMA, the PIO window) on
 * trees that a test makes: the numbers of the model; each thing that can be wrong has its own
 * error, no wrong number is returned, and the next run works. No board was there. */
#include "base/mem.h"
#include "fpga/fpga_defs.h"
#include "fpga/host/fpga_backend.h"
#include "fpga/host/fpga_faulty.h"
#include "fpga/host/fpga_model.h"
#include "tests/fake_board.h"
#include "tests/fpga_trial.h"
#include "tests/random_quant.h"
#include "tests/scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER = 1 << 20 };

/* A way to a board, and what it says of h that does not come. */
struct way {
    enum fake_kind kind;
    const char *uri; /* before ",root=" */
};
static const struct way ways[] = {
    {FAKE_XDMA, "xdma:0,timeout_ms=60"},
    {FAKE_UIO, "uio:0,udmabuf0,timeout_ms=60"},
    {FAKE_UIO, "uio:0,timeout_ms=60"},
};
enum { N_WAYS = sizeof ways / sizeof *ways };

static struct scratch tmp;
static char uri[256];
static struct fpga_faulty faulty;

static void setup(void)
{
    scratch_make(&tmp);
}

static void teardown(void)
{
    scratch_remove(&tmp);
}

TestSuite(fpga_board, .init = setup, .fini = teardown, .timeout = 120);

/* A board with the model `tiny` behind the fault injector; `uri` names it. */
static struct fake_board *start(const struct way *w, size_t buffer)
{
    const struct fpga_stalls none = {0, 0, 0};
    struct fpga_params p;
    struct fpga_device model, device;
    cr_assert_eq(fpga_params_find("tiny", &p), OK);
    cr_assert_eq(fpga_model_new(&p, &none, &model), OK);
    fpga_faulty_wrap(&model, &faulty, &device);
    snprintf(uri, sizeof uri, "%s,root=%s", w->uri, tmp.dir);
    return fake_board_start(tmp.dir, w->kind, &device, buffer);
}

static void finish(struct fake_board *b)
{
    fake_board_stop(b);
    scratch_remove(&tmp);
    scratch_make(&tmp);
}

/* On the model without a board. */
static void run_here(const struct fpga_trial *t, struct fpga_outcome *o)
{
    struct fpga_driver d;
    cr_assert_eq(fpga_driver_open("model:tiny", &d), OK, "%s", status_message());
    fpga_trial_reserve(t, &d);
    fpga_outcome_make(t, o);
    fpga_trial_run(t, &d, o);
    cr_assert_eq(o->status, OK, "%s", status_message());
    fpga_driver_close(&d);
}

static void open_board(const struct fpga_trial *t, struct fpga_driver *d)
{
    cr_assert_eq(fpga_driver_open(uri, d), OK, "%s", status_message());
    fpga_trial_reserve(t, d);
}

Test(fpga_board, gives_the_same_numbers)
{
    for (int i = 0; i < N_WAYS; i++) {
        struct fake_board *b = start(&ways[i], BUFFER);
        for (uint64_t seed = 1; seed <= 8; seed++) {
            struct fpga_trial t;
            struct fpga_outcome here, there;
            struct fpga_driver d;
            fpga_trial_tiny(&t, seed, 16);
            run_here(&t, &here);
            open_board(&t, &d);
            fpga_outcome_make(&t, &there);
            for (int again = 0; again < 2; again++) {
                fpga_trial_run(&t, &d, &there);
                cr_assert_eq(there.status, OK, "%s: %s", uri, status_message());
                cr_assert_eq(fpga_outcome_differ(&t, &here, &there), 0, "%s", uri);
            }
            fpga_driver_close(&d);
            fpga_outcome_release(&here);
            fpga_outcome_release(&there);
            fpga_trial_release(&t);
        }
        finish(b);
    }
}

/* A node that takes less, or nothing, of a transfer. */
Test(fpga_board, short_transfers)
{
    struct fpga_driver d;
    struct fpga_trial t;
    struct fake_board *b = start(&ways[0], BUFFER);
    char path[160];
    fpga_trial_tiny(&t, 3, 16);
    snprintf(path, sizeof path, "%s/dev/xdma0_h2c_0", tmp.dir);
    cr_assert(unlink(path) == 0 && symlink("/dev/full", path) == 0);
    open_board(&t, &d);
    cr_assert_eq(fpga_driver_load(&d, &t.image), E_DEVICE);
    cr_assert_not_null(strstr(status_message(), "No space left on device (a transfer of"), "%s",
                       status_message());
    fpga_driver_close(&d);
    fpga_trial_release(&t);
    finish(b);
}

/* The run after a failure, on the same driver. */
static void next_run_works(const struct fpga_trial *t, struct fpga_driver *d,
                           const struct fpga_outcome *want, const char *what, int after)
{
    struct fpga_outcome o;
    fpga_outcome_make(t, &o);
    fpga_trial_run(t, d, &o);
    cr_assert_eq(o.status, OK, "%s after %s at %d: %s", uri, what, after, status_message());
    cr_assert_eq(fpga_outcome_differ(t, &o, want), 0, "%s after %s at %d", uri, what, after);
    fpga_outcome_release(&o);
}

struct trouble {
    enum fpga_fault fault;
    int places, least; /* tries, and how many of them must break a run */
    const char *text;
    int times; /* that it hits in a row */
};

/* Each place of a run that a fault can hit: an error of its own and no wrong number. */
static void trouble(const struct fpga_trial *t, struct fpga_driver *d,
                    const struct fpga_outcome *want, const struct trouble *row)
{
    int broken = 0;
    for (int after = 0; after < row->places; after++) {
        struct fpga_outcome o;
        fpga_outcome_make(t, &o);
        d->lost = 1;
        fpga_faulty_set(&faulty, row->fault, after, row->times);
        fpga_trial_run(t, d, &o);
        int hit = faulty.hit != 0;
        fpga_faulty_set(&faulty, FPGA_FAULT_NONE, 0, 0);
        if (o.status != OK) {
            broken += hit;
            cr_assert(hit && (o.status == E_DEVICE), "%s: %s", uri, status_message());
            cr_assert_not_null(strstr(status_message(), row->text), "%s, fault %d at %d: %s", uri,
                               (int)row->fault, after, status_message());
        } else
            cr_assert_eq(memcmp(o.y, want->y, 2 * t->n_y), 0, "%s, fault %d at %d: a wrong h", uri,
                         (int)row->fault, after);
        fpga_outcome_release(&o);
        next_run_works(t, d, want, "a fault", after);
    }
    cr_assert_geq(broken, row->least, "%s: fault %d broke %d of %d", uri, (int)row->fault, broken,
                  row->places);
}

Test(fpga_board, faults)
{
    static const struct trouble rows[] = {
        {FPGA_FAULT_REG_READ, 30, 2, "", 1}, /* ones, or what stands for them in the register */
        {FPGA_FAULT_IMAGE_SHORT, 2, 2, "a transfer to the device was too short", 1},
        {FPGA_FAULT_IMAGE_FLIP, 2, 2, "", 1},
        {FPGA_FAULT_X_SHORT, 1, 1, "", 1},
        {FPGA_FAULT_STUCK_BUSY, 1, 1, "the device stays busy after a reset", 1},
    };
    static const struct trouble streams[] = {
        {FPGA_FAULT_X_LONG, 1, 1, "a transfer to the device was too long", 1},
        {FPGA_FAULT_H2C, 3, 3, "", 1},
        {FPGA_FAULT_H_SHORT, 3, 3, "(expected ", 1},
        {FPGA_FAULT_C2H, 1, 1, "time-out (60 ms)", 1000},
    };
    for (int i = 0; i < N_WAYS; i++) {
        struct fake_board *b = start(&ways[i], BUFFER);
        struct fpga_trial t;
        struct fpga_outcome want;
        struct fpga_driver d;
        int has_dma =
            strstr(uri, "uio:0,timeout") == NULL; /* the window has no transfers to spoil */
        fpga_trial_tiny(&t, 4, 16);
        run_here(&t, &want);
        open_board(&t, &d);
        for (size_t j = 0; j < sizeof rows / sizeof *rows; j++)
            if (has_dma || rows[j].fault == FPGA_FAULT_STUCK_BUSY)
                trouble(&t, &d, &want, &rows[j]);
        for (size_t j = 0; has_dma && j < sizeof streams / sizeof *streams; j++)
            trouble(&t, &d, &want, &streams[j]);
        fpga_driver_close(&d);
        fpga_outcome_release(&want);
        fpga_trial_release(&t);
        finish(b);
    }
}

/* A card that falls off the bus, and an interrupt that never comes; then both are there again. */
Test(fpga_board, loses_power_or_its_interrupt)
{
    for (int i = 0; i < N_WAYS; i++) {
        struct fake_board *b = start(&ways[i], BUFFER);
        struct fpga_trial t;
        struct fpga_outcome want, o;
        struct fpga_driver d;
        fpga_trial_tiny(&t, 5, 16);
        run_here(&t, &want);
        open_board(&t, &d);
        fpga_outcome_make(&t, &o);
        next_run_works(&t, &d, &want, "opening", 0);
        fake_board_power(b, 1);
        fpga_trial_run(&t, &d, &o);
        cr_assert_eq(o.status, E_DEVICE, "%s: %d", uri, o.status);
        cr_assert_not_null(strstr(status_message(), "ones"), "%s: %s", uri, status_message());
        fake_board_power(b, 0);
        next_run_works(&t, &d, &want, "power", 0);
        fake_board_mute(b, 1);
        fpga_trial_run(&t, &d, &o);
        cr_assert_eq(o.status, E_DEVICE);
        cr_assert_not_null(strstr(status_message(), "no interrupt within its time-out (60 ms)"),
                           "%s: %s", uri, status_message());
        fake_board_mute(b, 0);
        next_run_works(&t, &d, &want, "mute", 0);
        fpga_driver_close(&d);
        fpga_outcome_release(&o);
        fpga_outcome_release(&want);
        fpga_trial_release(&t);
        finish(b);
    }
}

/* What does not fit the DMA's memory is refused before anything is written there. */
Test(fpga_board, memory_that_is_too_small)
{
    struct fake_board *b = start(&ways[1], 4096);
    struct fpga_driver d;
    struct fpga_trial t;
    uint64_t seed = 6;
    do
        fpga_trial_tiny(&t, seed++, 16);
    while (t.image.n <= 4096 && (fpga_trial_release(&t), 1));
    cr_assert_eq(fpga_driver_open(uri, &d), OK, "%s", status_message());
    cr_assert_eq(d.device.ops->reserve(d.device.ctx, 4000, 200), E_UNSUPPORTED);
    cr_assert_not_null(strstr(status_message(),
                              "a run takes 4232 bytes of DMA memory (udmabuf0 has "
                              "4096"),
                       "%s", status_message());
    cr_assert_eq(d.device.ops->reserve(d.device.ctx, 64, 64), OK);
    cr_assert_eq(fpga_driver_load(&d, &t.image), E_UNSUPPORTED);
    cr_assert_not_null(strstr(status_message(), "an image takes"), "%s", status_message());
    FILE *f = fopen(scratch_path(&tmp, "dev/udmabuf0"), "rb");
    for (int c = fgetc(f); c != EOF; c = fgetc(f))
        cr_assert_eq(c, 0);
    fclose(f);
    fpga_driver_close(&d);
    fpga_trial_release(&t);
    finish(b);
}

/* Behind the interface of backends: on an error y is NaN, h and c are as before, the next run
 * works. */
Test(fpga_board, a_backend_that_fails_keeps_the_state)
{
    for (int i = 0; i < N_WAYS; i++) {
        struct fake_board *b = start(&ways[i], BUFFER);
        struct random_want want = {2, 10, 0, 0, 0.6};
        struct random_stack s;
        struct random_call before, own, ref;
        struct quant quant;
        struct lstm_plan *plan;
        struct rng r;
        struct lstm_options opt = {
            .precision = PREC_Q16, .max_batch = 1, .max_steps = 4, .quant = &quant, .device = uri};
        rng_seed(&r, 7, 1);
        random_stack_make(&s, &r, &want);
        random_ranges(&quant, &r, &s.net);
        random_call_make(&before, &r, &s.net, 4, 1, 0);
        random_call_copy(&before, &own);
        random_call_copy(&before, &ref);
        cr_assert_eq(lstm_prepare(&fpga_backend, &s.net, &opt, &plan), OK, "%s", status_message());
        fake_board_power(b, 1);
        cr_assert_eq(lstm_run(plan, &own.io), E_DEVICE);
        for (size_t j = 0; j < own.n_y; j++)
            cr_assert(isnan(own.io.y[j]));
        cr_assert_arr_eq(own.io.h, before.io.h, own.n_h * sizeof(float));
        cr_assert_arr_eq(own.io.c, before.io.c, own.n_c * sizeof(float));
        fake_board_power(b, 0);
        cr_assert_eq(lstm_run(plan, &own.io), OK, "%s", status_message());
        lstm_release(plan);
        cr_assert_eq(lstm_prepare(&cpu_ref_backend, &s.net, &opt, &plan), OK);
        cr_assert_eq(lstm_run(plan, &ref.io), OK);
        lstm_release(plan);
        cr_assert_arr_eq(own.io.y, ref.io.y, own.n_y * sizeof(float));
        cr_assert_arr_eq(own.io.c, ref.io.c, own.n_c * sizeof(float));
        random_call_release_copy(&own);
        random_call_release_copy(&ref);
        random_call_release(&before);
        random_stack_release(&s);
        finish(b);
    }
}
