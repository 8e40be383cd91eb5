/* test_fpga_backend.c - the accelerator as a backend, against ref in q16 on accelerators of many
 * shapes, and what it refuses. */
#include "fpga/host/fpga_backend.h"
#include "tests/random_quant.h"
#include "tests/random_stack.h"

#include <criterion/criterion.h>
#include <string.h>

static void same(const char *device, const char *what, const float *got, const float *want,
                 size_t n)
{
    for (size_t i = 0; i < n; i++)
        cr_assert_eq(memcmp(got + i, want + i, sizeof *got), 0, "%s: %s[%zu] is %.9g, not %.9g",
                     device, what, i, (double)got[i], (double)want[i]);
}

/* The backend on a device against ref; 0 if the net does not fit it. */
static int against_ref(const char *device, struct rng *r, const struct random_want *want)
{
    struct random_stack s;
    struct random_call ref, own;
    struct quant quant;
    struct lstm_plan *plan;
    int steps = 1 + (int)rng_below(r, 6), batch = 1 + (int)rng_below(r, 3);
    struct lstm_options opt = {.precision = PREC_Q16, .max_batch = batch, .max_steps = steps};
    random_stack_make(&s, r, want);
    random_ranges(&quant, r, &s.net);
    random_call_make(&ref, r, &s.net, steps, batch, (int)rng_below(r, 2));
    random_call_copy(&ref, &own);
    opt.quant = &quant;
    opt.device = device;
    enum status taken = lstm_prepare(&fpga_backend, &s.net, &opt, &plan);
    cr_assert(taken == OK || taken == E_UNSUPPORTED, "%s", status_message());
    if (taken == OK) {
        struct lstm_facts f, f_ref;
        cr_assert_eq(lstm_run(plan, &own.io), OK, "%s", status_message());
        lstm_facts(plan, &f);
        lstm_release(plan);
        cr_assert_eq(lstm_prepare(&cpu_ref_backend, &s.net, &opt, &plan), OK);
        cr_assert_eq(lstm_run(plan, &ref.io), OK);
        lstm_facts(plan, &f_ref);
        lstm_release(plan);
        same(device, "y", own.io.y, ref.io.y, own.n_y);
        same(device, "h", own.io.h, ref.io.h, own.n_h);
        same(device, "c", own.io.c, ref.io.c, own.n_c);
        cr_assert_eq(f.saturations, f_ref.saturations);
        cr_assert_eq(f.device_cycles, f.device_issue + f.device_gap + f.device_stall_x +
                                          f.device_stall_h + f.device_drain);
    }
    random_call_release_copy(&own);
    random_call_release(&ref);
    random_stack_release(&s);
    return taken == OK;
}

Test(fpga_backend, backend_is_ref)
{
    static const char *const devices[] = {
        "model:tiny",
        "model:small",
        "model:bench",
        "model:small,u=3,m=2,e=1,dw=2,words=60000",
        "model:small,u=5,m=16,e=1,dw=16,fifo=64",
        "model:small,u=12,e=4,m=10,fifo=128",
        "model:ku9p",
        "model:ptb",
        "pio:model:small",
        "model:small,pool=1",
        "model:tiny,m=6,dw=3,pool=1,words=20000",
        "model:small,serial=1",
        "model:small,simd=3,bus=7",
#ifdef BRDS_VERILATOR
        "sim:tiny",
        "sim:small",
        "pio:sim:tiny",
#endif
    };
    struct rng r;
    int taken = 0, tried = 0;
    rng_seed(&r, 4, 1);
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        for (int round = 0; round < 40; round++, tried++) {
            struct random_want want = {1 + round % 3, 5 + round, 0.4, 0.4, 0.8};
            taken += against_ref(devices[i], &r, &want);
        }
    cr_assert_gt(10 * taken, 8 * tried, "only %d of %d nets were taken", taken, tried);
}

Test(fpga_backend, refusals_are_named)
{
    const struct {
        const char *device, *text;
        enum status status;
    } rows[] = {
        {"model:tiny,words=20", "words a multiplier (the device has 20)", E_UNSUPPORTED},
        {"model:tiny,values=64", "values of vector memory (the device has 64)", E_UNSUPPORTED},
        {"model:tiny,values=16", "wider than the vector memory", E_UNSUPPORTED},
        {"model:tiny,rows=20", "rows of cells (the device has 20)", E_UNSUPPORTED},
        {"model:tiny,passes=2", "passes a step (the device has 2)", E_UNSUPPORTED},
        {"model:tiny,peepholes=0", "has peepholes; the device has none", E_UNSUPPORTED},
        {"model:none", "unknown accelerator 'none'", E_USAGE},
        {"model:small?split=5", "a split of 5 multipliers (a lane has 4)", E_UNSUPPORTED},
        {"model:small?split=17", "'split=17' is no way to pack", E_USAGE},
        {"model:small?split=", "'split=' is no way to pack", E_USAGE},
        {"model:small?e=2", "'e=2' is no way to pack", E_USAGE},
        {"other:tiny", "unknown device 'other:tiny'", E_USAGE},
        {"xdma:9", "/dev/xdma9_user: no such device", E_ABSENT},
        {"uio:900", "/dev/uio900: no such device", E_ABSENT},
        {"pio:other:tiny", "unknown device 'other:tiny'", E_USAGE},
    };
    struct random_want want = {3, 1, 1, 1, 0};
    struct random_stack s;
    struct quant quant;
    struct rng r;
    rng_seed(&r, 5, 1);
    do {
        want.max_size = 24;
        random_stack_make(&s, &r, &want);
    } while ((s.net.layer[0].n_hid < 18 || s.net.layer[1].n_hid < 18) &&
             (random_stack_release(&s), 1));
    random_ranges(&quant, &r, &s.net);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct lstm_plan *plan;
        struct lstm_options opt = {
            .precision = PREC_Q16, .quant = &quant, .device = rows[i].device};
        cr_assert_eq(lstm_prepare(&fpga_backend, &s.net, &opt, &plan), rows[i].status, "%s: %s",
                     rows[i].device, status_message());
        cr_assert_not_null(strstr(status_message(), rows[i].text), "%s: %s", rows[i].device,
                           status_message());
    }
    struct lstm_plan *plan;
    struct lstm_options opt = {.precision = PREC_F32};
    cr_assert_eq(lstm_prepare(&fpga_backend, &s.net, &opt, &plan), E_UNSUPPORTED);
    random_stack_release(&s);
}
