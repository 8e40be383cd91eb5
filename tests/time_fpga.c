/* time_fpga.c - the long comparison of RTL and model, and how fast the RTL is simulated.
 *
 *     time_fpga SET VALUES     random nets until VALUES values of h, c and y were compared */
#include "fpga/fpga_defs.h"
#include "fpga/host/fpga_model.h"
#include "fpga/sim/fpga_sim.h"
#include "tests/fpga_trial.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void must(enum status s)
{
    if (s != OK) {
        fprintf(stderr, "time_fpga: %s\n", status_message());
        exit(1);
    }
}

/* One trial on both; the nanoseconds of processor time that the RTL took are added to *ns. */
static size_t compare(struct fpga_driver *rtl, struct fpga_driver *model,
                      const struct fpga_trial *t, int64_t *ns)
{
    struct fpga_outcome a, b;
    fpga_trial_reserve(t, rtl);
    fpga_trial_reserve(t, model);
    fpga_outcome_make(t, &a);
    fpga_outcome_make(t, &b);
    rtl->lost = model->lost = 1;
    clock_t from = clock();
    fpga_trial_run(t, rtl, &a);
    *ns += (int64_t)(1e9 * (double)(clock() - from) / CLOCKS_PER_SEC);
    must(a.status);
    fpga_trial_run(t, model, &b);
    must(b.status);
    size_t wrong = fpga_outcome_differ(t, &a, &b);
    fpga_outcome_release(&a);
    fpga_outcome_release(&b);
    return wrong;
}

int main(int argc, char **argv)
{
    const char *set = argc == 3 ? argv[1] : "tiny";
    double want = argc == 3 ? atof(argv[2]) : 1e5, values = 0;
    const struct fpga_stalls stalls = {1, 20, 20};
    struct fpga_device sim, model;
    struct fpga_driver d_sim, d_model;
    struct fpga_params p;
    struct rng r;
    int64_t ns = 0;
    int nets = 0;
    rng_seed(&r, 99, 1);
    must(fpga_params_find(set, &p));
    must(fpga_sim_new(set, &stalls, NULL, &sim));
    must(fpga_model_new(&p, &stalls, &model));
    must(fpga_driver_attach(&sim, &d_sim));
    must(fpga_driver_attach(&model, &d_model));
    for (; values < want; nets++) {
        struct fpga_trial t;
        fpga_trial_make(&t, &r, &p, 12 + 6 * p.units, (enum fpga_flavour)(nets % 4 == 3));
        size_t wrong = compare(&d_sim, &d_model, &t, &ns);
        if (wrong != 0) {
            fprintf(stderr, "time_fpga: net %d: %zu differ\n", nets, wrong);
            return 1;
        }
        values += (double)(t.n_y + t.n_r + t.n_c);
        fpga_trial_release(&t);
    }
    double cycles = (double)sim.ops->now_cycles(sim.ctx);
    printf("%s: %d nets, %.3g values equal, %.4g cycles at %.1f kcycle/s\n", set, nets, values,
           cycles, 1e6 * cycles / (double)ns);
    fpga_driver_close(&d_sim);
    fpga_driver_close(&d_model);
    return 0;
}
