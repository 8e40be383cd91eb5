/* test_fpga_shm.c - a device in another process: the same numbers; a server that dies, stops, or is
 * another version gives its own error, and the next run works. */
#include "fpga/fpga_defs.h"
#include "fpga/host/fpga_shm.h"
#include "tests/fpga_trial.h"
#include "tests/scratch.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct scratch tmp;
static char uri[4200];

static pid_t start_server(void)
{
    static volatile sig_atomic_t never;
    const char *page = scratch_path(&tmp, "page");
    unlink(page);
    pid_t server = fork();
    if (server == 0)
        _exit(fpga_serve("model:tiny", page, &never) != OK);
    for (int i = 0; access(page, F_OK) != 0; i++) {
        cr_assert_lt(i, 2000, "no server");
        usleep(5000);
    }
    return server;
}

static void stop_server(pid_t server)
{
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
}

static void setup(void)
{
    scratch_make(&tmp);
    snprintf(uri, sizeof uri, "shm:%s,timeout_ms=2000", scratch_path(&tmp, "page"));
}

static void teardown(void)
{
    scratch_remove(&tmp);
}

TestSuite(fpga_shm, .init = setup, .fini = teardown);

static void run_on(const char *device, const struct fpga_trial *t, struct fpga_outcome *o)
{
    struct fpga_driver d;
    cr_assert_eq(fpga_driver_open(device, &d), OK, "%s", status_message());
    fpga_trial_reserve(t, &d);
    fpga_outcome_make(t, o);
    fpga_trial_run(t, &d, o);
    fpga_driver_close(&d);
}

Test(fpga_shm, gives_the_same_numbers)
{
    pid_t server = start_server();
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct fpga_trial t;
        struct fpga_outcome here, there;
        fpga_trial_tiny(&t, seed, 20);
        run_on("model:tiny", &t, &here);
        run_on(uri, &t, &there);
        cr_assert_eq(there.status, OK, "%s", status_message());
        cr_assert_eq(fpga_outcome_differ(&t, &here, &there), 0);
        fpga_outcome_release(&here);
        fpga_outcome_release(&there);
        fpga_trial_release(&t);
    }
    stop_server(server);
}

/* A run that is in the middle of its requests when `disturb` comes: it fails with that text, and
 * after `mend` the same driver's next run is right. */
static void disturbed(const char *text, void (*disturb)(pid_t *), void (*mend)(pid_t *))
{
    pid_t server = start_server();
    struct fpga_trial t;
    struct fpga_outcome want, got;
    struct fpga_driver d;
    fpga_trial_tiny(&t, 11, 20);
    run_on("model:tiny", &t, &want);
    fpga_outcome_make(&t, &got);
    cr_assert_eq(fpga_driver_open(uri, &d), OK, "%s", status_message());
    fpga_trial_reserve(&t, &d);
    fpga_trial_run(&t, &d, &got);
    cr_assert_eq(fpga_outcome_differ(&t, &want, &got), 0);
    cr_assert_eq(d.device.ops->reg_wr(d.device.ctx, FPGA_REG_CTRL, FPGA_CTRL_START), OK);
    disturb(&server);
    const struct fpga_device *dev = &d.device;
    cr_assert_eq(dev->ops->dma_h2c(dev->ctx, FPGA_PORT_X, t.x,
                                   8 * (size_t)t.steps * (size_t)t.program.x_beats),
                 E_DEVICE);
    cr_assert_not_null(strstr(status_message(), text), "%s", status_message());
    mend(&server);
    d.lost = 1;
    fpga_trial_run(&t, &d, &got);
    cr_assert_eq(got.status, OK, "%s", status_message());
    cr_assert_eq(fpga_outcome_differ(&t, &want, &got), 0);
    fpga_outcome_release(&want);
    fpga_outcome_release(&got);
    fpga_driver_close(&d);
    fpga_trial_release(&t);
    stop_server(server);
}

static void killed(pid_t *server)
{
    stop_server(*server);
}

static void started(pid_t *server)
{
    *server = start_server();
}

static void stopped(pid_t *server)
{
    kill(*server, SIGSTOP);
}

static void continued(pid_t *server)
{
    kill(*server, SIGCONT);
}

Test(fpga_shm, a_server_that_dies)
{
    disturbed("died", killed, started);
}

Test(fpga_shm, a_server_that_does_not_answer)
{
    disturbed("gave no answer within 2000 ms", stopped, continued);
}

static void expect_refusal(const char *text)
{
    struct fpga_driver d;
    cr_assert_eq(fpga_driver_open(uri, &d), E_DEVICE);
    cr_assert_not_null(strstr(status_message(), text), "%s (expected %s)", status_message(), text);
}

static void overwrite(size_t at, uint32_t v)
{
    int fd = open(scratch_path(&tmp, "page"), O_RDWR);
    cr_assert(fd >= 0 && pwrite(fd, &v, sizeof v, (off_t)at) == sizeof v);
    close(fd);
}

Test(fpga_shm, what_is_no_server)
{
    struct fpga_driver d;
    expect_refusal("No such file");
    cr_assert_eq(fpga_driver_open("shm:", &d), E_USAGE);
    cr_assert_eq(fpga_driver_open("shm:x,timeout_ms=no", &d), E_USAGE);
    pid_t server = start_server();
    overwrite(offsetof(struct fpga_shm_page, version), 9);
    expect_refusal("the server speaks version 9 (expected 1)");
    overwrite(offsetof(struct fpga_shm_page, version), FPGA_SHM_VERSION);
    overwrite(offsetof(struct fpga_shm_page, magic), 1);
    expect_refusal("no page of a brds-fpga-server");
    overwrite(offsetof(struct fpga_shm_page, magic), FPGA_SHM_MAGIC);
    stop_server(server);
    expect_refusal("is dead");
    cr_assert_eq(truncate(scratch_path(&tmp, "page"), 100), 0);
    expect_refusal("of this version");
}
