/* test_energy.c - energy from trees and logs made here: counters that wrap, rails, a meter's log. A
 * thread plays the machine: IDLE_W always, BUSY_W more while a call runs. */
#include "base/clock.h"
#include "base/file.h"
#include "bench/energy/energy.h"
#include "tests/scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const double idle_w = 20, busy_w = 45, range_uj = 8e6;

static struct scratch scratch;

struct machine {
    atomic_int busy, stop;
    int wraps;     /* how often the counter began again */
    double joules; /* in all */
    FILE *log;
};

/* A file that is whole at any moment, as those below /sys are. */
static void put(const char *name, double v)
{
    char path[256], temp[280];
    snprintf(path, sizeof path, "%s/%s", scratch.dir, name);
    snprintf(temp, sizeof temp, "%s.new", path);
    FILE *f = fopen(temp, "w");
    cr_assert_not_null(f);
    fprintf(f, "%.0f\n", v);
    fclose(f);
    rename(temp, path);
}

static void *play(void *ctx)
{
    struct machine *m = ctx;
    double last = clock_unix_s(), start_uj = 6e6;
    while (!m->stop) {
        const struct timespec nap = {0, 1000000};
        double w = idle_w + (m->busy ? busy_w : 0), t = clock_unix_s(), counter;
        m->joules += w * (t - last);
        last = t;
        counter = start_uj + 1e6 * m->joules;
        m->wraps = (int)(counter / range_uj);
        put("sys/class/powercap/intel-rapl:0/energy_uj", fmod(counter, range_uj));
        put("sys/class/hwmon/hwmon3/power1_input", 1e6 * w);
        fprintf(m->log, "%.6f,%.3f\n", t, w);
        fflush(m->log);
        nanosleep(&nap, NULL);
    }
    return NULL;
}

static void folders(void)
{
    char path[512];
    const char *const dir[] = {"sys/class/powercap/intel-rapl:0",
                               "sys/class/powercap/intel-rapl:0:0", "sys/class/hwmon/hwmon3",
                               "sys/class/hwmon/hwmon4"};
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s", scratch_path(&scratch, dir[i]));
        cr_assert_eq(file_mkdirs(path), OK);
    }
}

static pthread_t thread;
static struct machine machine;

static void setup(void)
{
    scratch_make(&scratch);
    folders();
    put("sys/class/powercap/intel-rapl:0/max_energy_range_uj", range_uj);
    put("sys/class/powercap/intel-rapl:0/energy_uj", 0);
    scratch_write(&scratch, "sys/class/powercap/intel-rapl:0/name", "package-0\n", 10);
    scratch_write(&scratch, "sys/class/powercap/intel-rapl:0:0/name", "core\n", 5);
    put("sys/class/powercap/intel-rapl:0:0/energy_uj", 12345); /* a package has its cores */
    scratch_write(&scratch, "sys/class/hwmon/hwmon3/name", "ina226\n", 7);
    put("sys/class/hwmon/hwmon3/power1_input", 0);
    scratch_write(&scratch, "sys/class/hwmon/hwmon4/name", "nvme\n", 5);
    put("sys/class/hwmon/hwmon4/power1_input", 9e9); /* no INA2xx */
    scratch_write(&scratch, "meter.csv", "", 0);
    machine = (struct machine){.log = fopen(scratch_path(&scratch, "meter.csv"), "w")};
    fputs("seconds,watts\n", machine.log);
    cr_assert_eq(pthread_create(&thread, NULL, play, &machine), 0);
    usleep(20000);
}

static void teardown(void)
{
    machine.stop = 1;
    pthread_join(thread, NULL);
    fclose(machine.log);
    scratch_remove(&scratch);
}

TestSuite(energy, .init = setup, .fini = teardown);

static enum status work(void *ctx)
{
    int64_t end = clock_ns() + 1000000;
    machine.busy = 1;
    while (clock_ns() < end)
        continue;
    return OK;
}

/* 1 if one measurement is within 1 %. */
static int is_right(struct energy *e, const char *name)
{
    struct energy_used u;
    machine.busy = 0;
    cr_assert_eq(energy_measure(e, work, NULL, 2.0, &u), OK, "%s", status_message());
    double want = 1e6 * busy_w * u.seconds / (double)u.calls;
    fprintf(stderr, "# %s: %.1f uJ a call (expected %.1f), idle %.2f W\n", name, u.call_uj, want,
            u.idle_w);
    return fabs(u.call_uj / want - 1) < 0.01 && fabs(u.idle_w / idle_w - 1) < 0.02;
}

/* The thread that plays the machine may be kept from the processor, so several attempts; what is
 * wrong in principle, a wrap missed or a rail too many, is wrong in each. */
static void check(const char *choice, const char *name)
{
    struct energy *e;
    int right = 0;
    cr_assert_eq(energy_open(scratch_path(&scratch, ""), choice, &e), OK, "%s", status_message());
    cr_assert_str_eq(energy_name(e), name);
    cr_assert_str_eq(energy_reason(e), "");
    for (int i = 0; i < 8 && !right; i++)
        right = is_right(e, name);
    cr_assert(right);
    energy_release(e);
}

Test(energy, rapl_that_wraps)
{
    check("rapl", "rapl");
    cr_assert_geq(machine.wraps, 3);
}

Test(energy, rail)
{
    check("hwmon", "hwmon");
}

Test(energy, log_of_a_meter)
{
    char path[512];
    snprintf(path, sizeof path, "%s", scratch_path(&scratch, "meter.csv"));
    check(path, "external");
}

/* The kernel's own clock of a processor plays the counter: a billion counts a second, 10 W. */
Test(energy, events_of_perf)
{
    static const char dir[] = "sys/bus/event_source/devices/power";
    static const char *const file[][2] = {{"type", "1\n"},
                                          {"cpumask", "0\n"},
                                          {"events/energy-pkg", "event=0x00\n"},
                                          {"events/energy-pkg.scale", "1e-8\n"}};
    struct energy *e;
    struct energy_used u;
    char path[256], root[256];
    snprintf(root, sizeof root, "%s", scratch_path(&scratch, "perf"));
    for (size_t i = 0; i < sizeof file / sizeof *file; i++) {
        snprintf(path, sizeof path, "perf/%s/%s", dir, file[i][0]);
        scratch_write(&scratch, path, file[i][1], strlen(file[i][1]));
    }
    enum status s = energy_open(root, "perf", &e);
    if (s != OK) {
        cr_assert_eq(s, E_IO);
        cr_assert_not_null(strstr(status_message(), "kernel.perf_event_paranoid"));
        cr_skip_test("events are not allowed here");
    }
    cr_assert_str_eq(energy_name(e), "perf");
    cr_assert_eq(energy_measure(e, work, NULL, 0, &u), OK);
    cr_assert(fabs(u.idle_w - 10) < 0.5 && fabs(u.power_w - 10) < 0.5, "%g and %g W", u.idle_w,
              u.power_w);
    energy_release(e);
    cr_assert_eq(energy_open(root, "auto", &e), OK);
    cr_assert_str_eq(energy_name(e), "perf");
    energy_release(e);
}

Test(energy, auto_takes_rapl_first)
{
    struct energy *e;
    cr_assert_eq(energy_open(scratch_path(&scratch, ""), "auto", &e), OK);
    cr_assert_str_eq(energy_name(e), "rapl");
    energy_release(e);
}

Test(energy, nothing_has_a_reason_and_no_zero)
{
    struct energy *e;
    struct energy_used u;
    char path[512];
    snprintf(path, sizeof path, "%s", scratch_path(&scratch, "nothing"));
    cr_assert_eq(energy_open(path, "auto", &e), OK);
    cr_assert_str_eq(energy_name(e), "none");
    cr_assert(strstr(energy_reason(e), "powercap") && strstr(energy_reason(e), "hwmon"));
    cr_assert_eq(energy_measure(e, work, NULL, 0, &u), E_UNSUPPORTED);
    energy_release(e);
    cr_assert_eq(energy_open(path, "rapl", &e), E_ABSENT);
    cr_assert_eq(energy_open(path, "no-such.csv", &e), E_IO);
    cr_assert_null(e);
}

Test(energy, a_counter_that_may_not_be_read_names_the_cure)
{
    struct energy *e;
    if (geteuid() == 0)
        cr_skip_test("root may read everything");
    chmod(scratch_path(&scratch, "sys/class/powercap/intel-rapl:0/energy_uj"), 0);
    cr_assert_eq(energy_open(scratch_path(&scratch, ""), "rapl", &e), E_IO);
    cr_assert(strstr(status_message(), "sudo chmod a+r") != NULL);
}

Test(energy, a_log_that_does_not_reach)
{
    static const char old[] = "seconds,watts\n1,20\n2,20\n", bad[] = "seconds,watts\n5,20\n4,20\n";
    struct energy *e;
    struct energy_used u;
    char path[512];
    scratch_write(&scratch, "old.csv", old, strlen(old));
    snprintf(path, sizeof path, "%s", scratch_path(&scratch, "old.csv"));
    cr_assert_eq(energy_open("", path, &e), OK);
    cr_assert_eq(energy_measure(e, work, NULL, 0, &u), E_FORMAT);
    scratch_write(&scratch, "old.csv", bad, strlen(bad));
    cr_assert_eq(energy_measure(e, work, NULL, 0, &u), E_FORMAT);
    cr_assert(strstr(status_message(), ":3:") != NULL, "%s", status_message());
    energy_release(e);
}

static struct energy_bounds bounds_of(const char *name, enum precision p, enum energy_memory memory,
                                      int threads)
{
    struct energy_model m;
    const struct energy_work w = {.least_macs = 1e6,
                                  .macs = 2e6,
                                  .bytes = 8e6,
                                  .seconds = 1e-3,
                                  .threads = threads,
                                  .precision = p,
                                  .memory = memory};
    cr_assert_eq(energy_model_find(name, &m), OK, "%s", status_message());
    return energy_model_bounds(&m, &w);
}

/* By hand: two million multiply-adds of which one is needed, a million words of 64 bits, a
 * millisecond. */
Test(energy, models_bound)
{
    struct energy_bounds b = bounds_of("horowitz2014", PREC_F32, ENERGY_CACHE, 1);
    cr_assert_float_eq(b.lo_uj, 4.6, 1e-9);
    cr_assert_float_eq(b.hi_uj, 9.2 + 100, 1e-9);
    b = bounds_of("horowitz2014", PREC_Q8, ENERGY_DRAM, 1);
    cr_assert_float_eq(b.lo_uj, 0.3, 1e-9);
    cr_assert_float_eq(b.hi_uj, 0.6 + 2600, 1e-9);
    b = bounds_of("jouppi2021", PREC_Q16, ENERGY_BLOCKS, 1);
    cr_assert_float_eq(b.lo_uj, 0.1, 1e-9);
    cr_assert_float_eq(b.hi_uj, 3.02 + 7.5, 1e-9);
    b = bounds_of("cpu:60:280:96", PREC_F32, ENERGY_CACHE, 2);
    cr_assert_float_eq(b.lo_uj, 1e3 * 60 * 2 / 96, 1e-9);
    cr_assert_float_eq(b.hi_uj, 1e3 * 280 * 2 / 96, 1e-9);
}

Test(energy, every_precision_of_a_table_costs)
{
    static const char *const name[] = {"horowitz2014", "jouppi2021"};
    for (int i = 0; i < 2; i++)
        for (int p = 0; p < N_PRECISIONS; p++) {
            struct energy_bounds b = bounds_of(name[i], (enum precision)p, ENERGY_CACHE, 1);
            cr_assert(b.lo_uj > 0 && b.hi_uj > b.lo_uj, "%s %s", name[i],
                      precision_name((enum precision)p));
        }
}

Test(energy, a_model_is_asked_for_by_name_and_measures_nothing)
{
    static const char *const bad[] = {
        "model:",          "model:tpu",       "model:cpu:",       "model:cpu:1:2",
        "model:cpu:5:4:3", "model:cpu:1:2:0", "model:cpu:1:2:3x", "model:cpu:nan:2:3"};
    struct energy *e;
    struct energy_used used;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_eq(energy_open("", bad[i], &e), E_USAGE, "%s", bad[i]);
    cr_assert_eq(energy_open("", "model:jouppi2021", &e), OK);
    cr_assert_str_eq(energy_name(e), "model:jouppi2021");
    cr_assert_not_null(energy_model(e));
    cr_assert_eq(energy_measure(e, NULL, NULL, 0, &used), E_UNSUPPORTED);
    energy_release(e);
    cr_assert_eq(energy_open("/nowhere", "auto", &e), OK);
    cr_assert_null(energy_model(e)); /* never a silent fall-back */
    energy_release(e);
}
