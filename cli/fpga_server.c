/* brds-fpga-server: serves an accelerator to `--device shm:PATH` of other processes.
 *
 *     brds-fpga-server DEVICE PATH      sim:bench /dev/shm/brds0
 *
 * Ends on SIGINT or SIGTERM. Exit codes as of brds. */
#include "fpga/host/fpga_shm.h"

#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
    (void)sig;
    stop = 1;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: brds-fpga-server DEVICE PATH (expected e.g. sim:bench "
                        "/dev/shm/brds0)\n");
        return status_exit_code(E_USAGE);
    }
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    enum status s = fpga_serve(argv[1], argv[2], &stop);
    if (s != OK)
        fprintf(stderr, "brds-fpga-server: %s\n", status_message());
    return status_exit_code(s);
}
