#include "tests/fpga_pair.h"

#include "fpga/fpga_defs.h"
#include "fpga/sim/fpga_sim.h"

#include <criterion/criterion.h>
#include <inttypes.h>

void fpga_pair_open(struct fpga_pair *p, const char *set, const struct fpga_stalls *stalls)
{
    struct fpga_params params;
    struct fpga_device device;
    cr_assert_eq(fpga_sim_new(set, stalls, NULL, &device), OK, "%s", status_message());
    cr_assert_eq(fpga_driver_attach(&device, &p->rtl), OK, "%s", status_message());
    cr_assert_eq(fpga_params_find(set, &params), OK);
    cr_assert_eq(fpga_model_new(&params, stalls, &device), OK);
    cr_assert_eq(fpga_driver_attach(&device, &p->model), OK, "%s", status_message());
}

void fpga_pair_close(struct fpga_pair *p)
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

void fpga_pair_compare(struct fpga_pair *p, const struct fpga_trial *t, int round, size_t *n)
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
