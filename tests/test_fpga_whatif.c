/* test_fpga_whatif.c - what no RTL does, on the accelerator's model: cycles by the formula, weights
 * over a bus, sequences side by side. That the values are right, test_fpga.c shows. */
#include "fpga/host/fpga_backend.h"
#include "fpga/host/fpga_timing.h"
#include "tests/fpga_trial.h"
#include "tests/random_quant.h"

#include <criterion/criterion.h>

/* The model's counters on what no RTL does are the formula's. */
Test(fpga_whatif, cycles_of_what_no_rtl_does)
{
    static const char *const shapes[] = {"tiny,pool=1", "small,pool=1", "tiny,serial=1",
                                         "small,serial=1,pool=1", "tiny,u=4,e=2,serial=1"};
    struct rng r;
    rng_seed(&r, 6, 1);
    for (int round = 0; round < 150; round++) {
        const struct fpga_stalls none = {0, 0, 0};
        struct fpga_params p;
        struct fpga_trial t;
        struct fpga_cycles n, streamed;
        cr_assert_eq(fpga_params_parse(shapes[round % 5], &p), OK, "%s", status_message());
        cr_assert(fpga_params_modelled(&p));
        fpga_trial_make(&t, &r, &p, 30, FPGA_PLAIN);
        const struct fpga_program *g = &t.program;
        uint64_t steps = (uint64_t)t.steps, stalls;
        cr_assert_eq(fpga_timing_run(&p, g->pass, (uint32_t)steps, (uint32_t)g->x_beats, &none, &n),
                     OK);
        stalls = n.stall_x + n.stall_h;
        cr_assert_eq(n.issue, steps * fpga_program_issue(g));
        cr_assert_eq(n.gap, steps * fpga_program_gaps(g) - g->pass[g->n_passes - 1].gap);
        cr_assert_eq(n.drain, fpga_program_drain(g));
        cr_assert_eq(n.cycles, fpga_program_cycles(g, steps) + stalls - (uint64_t)g->x_beats,
                     "round %d", round);
        /* Over a bus of a byte a cycle a run takes as long as its words. */
        p.what_if.bus = 1;
        cr_assert_eq(
            fpga_timing_run(&p, g->pass, (uint32_t)steps, (uint32_t)g->x_beats, &none, &streamed),
            OK);
        uint64_t bits = (uint64_t)(16 + p.dw + p.what_if.pool) * (uint64_t)fpga_params_macs(&p);
        uint64_t words = (n.issue * bits + 7) / 8;
        cr_assert_eq(streamed.cycles, words > n.cycles ? words : n.cycles);
        cr_assert_eq(streamed.cycles - streamed.gap, n.cycles - n.gap);
        fpga_trial_release(&t);
    }
}

/* One run of a net of four samples; what the backend tells of it. */
static struct lstm_facts facts_of(const struct lstm_net *net, const struct quant *quant,
                                  const char *device)
{
    struct lstm_options opt = {
        .precision = PREC_Q16, .max_batch = 4, .max_steps = 3, .quant = quant, .device = device};
    struct random_call call;
    struct lstm_plan *plan;
    struct lstm_facts f;
    struct rng r;
    rng_seed(&r, 8, 1);
    random_call_make(&call, &r, net, 3, 4, 0);
    cr_assert_eq(lstm_prepare(&fpga_backend, net, &opt, &plan), OK, "%s", status_message());
    cr_assert_eq(lstm_run(plan, &call.io), OK, "%s", status_message());
    lstm_facts(plan, &f);
    lstm_release(plan);
    random_call_release(&call);
    return f;
}

/* Sequences side by side count once: 4 samples are two runs of 2 or 3 lanes, and one of 4. */
Test(fpga_whatif, sequences_side_by_side)
{
    static const struct {
        const char *device;
        int runs, simd;
    } rows[] = {
        {"model:small,simd=2", 2, 2}, {"model:small,simd=3", 2, 3}, {"model:small,simd=4", 1, 4}};
    struct random_want want = {1, 20, 0, 0, 0.6};
    struct random_stack s;
    struct quant quant;
    struct rng r;
    rng_seed(&r, 9, 1);
    random_stack_make(&s, &r, &want);
    random_ranges(&quant, &r, &s.net);
    struct lstm_facts one = facts_of(&s.net, &quant, "model:small");
    cr_assert(!one.device_modelled && one.device_simd == 1 && one.device_bus == 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct lstm_facts f = facts_of(&s.net, &quant, rows[i].device);
        cr_assert_eq(4 * f.device_cycles, rows[i].runs * one.device_cycles, "%s", rows[i].device);
        cr_assert_eq(f.device_macs, rows[i].simd * one.device_macs);
        cr_assert_eq(f.device_steps, one.device_steps);
        cr_assert_eq(f.saturations, one.saturations);
        cr_assert(f.device_modelled);
    }
    random_stack_release(&s);
}
