/* record_fpga.c - writes the pins of random runs on the RTL `tiny`, for Icarus to replay: images,
 * state, runs under stalls, dumps, a refused start, a faulty image; then some through the PIO
 * window.
 *
 *     record_fpga FILE */
#include "fpga/fpga_defs.h"
#include "fpga/host/fpga_pio.h"
#include "fpga/sim/fpga_sim.h"
#include "tests/fpga_trial.h"

#include <stdio.h>
#include <stdlib.h>

static void must(enum status s)
{
    if (s != OK) {
        fprintf(stderr, "record_fpga: %s\n", status_message());
        exit(1);
    }
}

static void run_trial(struct fpga_driver *d, struct rng *r, int max_size)
{
    struct fpga_trial t;
    struct fpga_outcome o;
    fpga_trial_make(&t, r, &d->p, max_size, FPGA_PLAIN);
    fpga_trial_reserve(&t, d);
    fpga_outcome_make(&t, &o);
    d->lost = 1;
    fpga_trial_run(&t, d, &o);
    must(o.status);
    must(d->device.ops->reg_wr(d->device.ctx, FPGA_REG_STEPS, 0));
    must(d->device.ops->reg_wr(d->device.ctx, FPGA_REG_CTRL, FPGA_CTRL_START));
    t.image.bytes[9]++;
    must(d->device.ops->dma_h2c(d->device.ctx, FPGA_PORT_IMAGE, t.image.bytes, t.image.n));
    fpga_outcome_release(&o);
    fpga_trial_release(&t);
}

int main(int argc, char **argv)
{
    const struct fpga_stalls stalls = {5, 60, 60};
    struct fpga_device device;
    struct fpga_driver driver;
    struct rng r;
    FILE *file = argc == 2 ? fopen(argv[1], "w") : NULL;
    if (file == NULL)
        return 1;
    rng_seed(&r, 12, 1);
    must(fpga_sim_new("tiny", &stalls, file, &device));
    must(fpga_driver_attach(&device, &driver));
    for (int i = 0; i < 12; i++)
        run_trial(&driver, &r, 8);
    must(fpga_pio_wrap(&driver.device, 10000, &device));
    must(fpga_driver_attach(&device, &driver));
    for (int i = 0; i < 2; i++)
        run_trial(&driver, &r, 4);
    fpga_driver_close(&driver);
    return fclose(file) != 0;
}
