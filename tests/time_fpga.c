/* time_fpga.c - the long comparison of RTL and model, and how fast the RTL is simulated.
 *
 *     time_fpga SET VALUES             random nets until VALUES values of h, c and y were compared
 *     time_fpga SET VALUES OUT.csv     the same in rows of 1e5, from where the file ends; may be
 *                                      stopped and repeated at will */
#include "fpga/fpga_defs.h"
#include "fpga/host/fpga_model.h"
#include "fpga/sim/fpga_sim.h"
#include "tests/fpga_trial.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* Both devices of a set, and what was compared of one seed. */
struct bout {
    const char *set;
    struct fpga_driver rtl, model;
    int64_t ns;
    uint64_t cycles;
    int nets;
    size_t values, wrong;
};

static void open_bout(struct bout *b, const char *set)
{
    const struct fpga_stalls stalls = {1, 20, 20};
    struct fpga_device sim, model;
    struct fpga_params p;
    *b = (struct bout){.set = set};
    must(fpga_params_find(set, &p));
    must(fpga_sim_new(set, &stalls, NULL, &sim));
    must(fpga_model_new(&p, &stalls, &model));
    must(fpga_driver_attach(&sim, &b->rtl));
    must(fpga_driver_attach(&model, &b->model));
}

/* Random nets of a seed until `want` values or a difference. */
static void fight(struct bout *b, uint64_t seed, double want)
{
    struct rng r;
    uint64_t from = b->rtl.device.ops->now_cycles(b->rtl.device.ctx);
    b->ns = 0;
    b->values = b->wrong = 0;
    rng_seed(&r, seed, 1);
    for (b->nets = 0; (double)b->values < want && b->wrong == 0; b->nets++) {
        struct fpga_trial t;
        fpga_trial_make(&t, &r, &b->rtl.p, 12 + 6 * b->rtl.p.units,
                        (enum fpga_flavour)(b->nets % 4 == 3));
        b->wrong = compare(&b->rtl, &b->model, &t, &b->ns);
        b->values += t.n_y + t.n_r + t.n_c;
        fpga_trial_release(&t);
    }
    b->cycles = b->rtl.device.ops->now_cycles(b->rtl.device.ctx) - from;
}

static double kcycles_s(const struct bout *b)
{
    return 1e6 * (double)b->cycles / (double)b->ns;
}

/* Rows of the set that OUT.csv has, and the values that they compared. */
static uint64_t rows_done(FILE *f, const char *set, double *values)
{
    char line[512], name[16];
    uint64_t rows = 0;
    double n;
    for (*values = 0; fgets(line, sizeof line, f) != NULL;)
        if (sscanf(line, "%15[^,],%*u,%*d,%lf", name, &n) == 2 && strcmp(name, set) == 0) {
            *values += n;
            rows++;
        }
    return rows;
}

/* Goes on from what OUT.csv has, a seed and a row for each 1e5 values. */
static int go_on(struct bout *b, double want, const char *path)
{
    double done;
    FILE *f = fopen(path, "a+");
    if (f == NULL)
        return 1;
    uint64_t seed = 1000 + rows_done(f, b->set, &done);
    if (ftell(f) == 0)
        fputs("set,seed,nets,values,cycles,differ,kcycles_s,command\n", f);
    for (; done < want && b->wrong == 0; done += (double)b->values, seed++) {
        fight(b, seed, 1e5);
        fprintf(f, "%s,%" PRIu64 ",%d,%zu,%" PRIu64 ",%zu,%.1f,", b->set, seed, b->nets, b->values,
                b->cycles, b->wrong, kcycles_s(b));
        fprintf(f, "build/tests/time_fpga %s 1e7 fpga-long.csv\n", b->set);
        fflush(f);
    }
    return fclose(f) != 0 || b->wrong != 0;
}

int main(int argc, char **argv)
{
    struct bout b;
    double want = argc >= 3 ? atof(argv[2]) : 1e5;
    open_bout(&b, argc >= 3 ? argv[1] : "tiny");
    int failed = argc == 4 ? go_on(&b, want, argv[3]) : (fight(&b, 99, want), b.wrong != 0);
    if (argc != 4)
        printf("%s: %d nets, %zu values, %zu differ, %.4g cycles at %.1f kcycle/s\n", b.set, b.nets,
               b.values, b.wrong, (double)b.cycles, kcycles_s(&b));
    fpga_driver_close(&b.rtl);
    fpga_driver_close(&b.model);
    return failed;
}
