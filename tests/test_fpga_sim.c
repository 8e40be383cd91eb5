/* test_fpga_sim.c - the RTL in simulation equals the C model in every value, error bit and
 * cycle. */
#include "base/mem.h"
#include "fpga/fpga_defs.h"
#include "tests/fpga_pair.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void rounds(const char *set, uint64_t seed, int n_rounds, int max_size,
                   const struct fpga_stalls *stalls)
{
    struct fpga_pair p;
    struct rng r;
    size_t n = 0;
    rng_seed(&r, seed, 1);
    fpga_pair_open(&p, set, stalls);
    for (int round = 0; round < n_rounds; round++) {
        struct fpga_trial t;
        fpga_trial_make(&t, &r, &p.rtl.p, max_size, (enum fpga_flavour)(round % 4 == 3));
        fpga_pair_compare(&p, &t, round, &n);
        fpga_trial_release(&t);
    }
    fprintf(stderr, "# %s: %zu values, %" PRIu64 " cycles simulated\n", set, n,
            p.rtl.device.ops->now_cycles(p.rtl.device.ctx));
    fpga_pair_close(&p);
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
    struct fpga_pair p;
    struct rng r;
    size_t n = 0;
    int odd[4] = {0};
    rng_seed(&r, 13, 1);
    fpga_pair_open(&p, "tiny", &stalls);
    for (int round = 0; round < 30; round++) {
        struct fpga_trial t;
        fpga_trial_make(&t, &r, &p.rtl.p, 12, FPGA_LONG);
        odd[lstm_n_rec(&t.s.net.layer[t.s.net.n_layers - 1]) % 4]++;
        fpga_pair_compare(&p, &t, round, &n);
        fpga_trial_release(&t);
    }
    fpga_pair_close(&p);
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
    struct fpga_pair p;
    struct rng r;
    size_t n = 0;
    rng_seed(&r, 18, 1);
    fpga_pair_open(&p, "wide", &none);
    for (int round = 0; round < 12; round++) {
        struct fpga_trial t;
        do
            fpga_trial_make(&t, &r, &p.rtl.p, 16, FPGA_NO_H);
        while (!outruns_x(&t) && (fpga_trial_release(&t), 1));
        fpga_pair_compare(&p, &t, round, &n);
        fpga_trial_release(&t);
    }
    fpga_pair_close(&p);
}

/* A device that was left in the middle of a run starts anew, and the next run is right. */
Test(fpga_sim, reset_in_mid_run)
{
    const struct fpga_stalls none = {0, 0, 0};
    struct fpga_pair p;
    struct rng r;
    size_t n = 0;
    rng_seed(&r, 8, 1);
    fpga_pair_open(&p, "tiny", &none);
    for (int round = 0; round < 30; round++) {
        struct fpga_trial t;
        const struct fpga_device *d = &p.rtl.device;
        uint32_t status;
        int16_t some[4];
        size_t got;
        fpga_trial_make(&t, &r, &p.rtl.p, 16, FPGA_PLAIN);
        fpga_pair_compare(&p, &t, round, &n);
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
        fpga_pair_compare(&p, &t, round, &n);
        fpga_trial_release(&t);
    }
    fpga_pair_close(&p);
}
