/* fpga_shm.h - a device in another process, behind a shared page: a board's path without a board,
 * with real time-outs and a peer that can die. */
#ifndef FPGA_HOST_FPGA_SHM_H
#define FPGA_HOST_FPGA_SHM_H

#include "fpga/host/fpga_device.h"

#include <semaphore.h>
#include <signal.h>

enum { FPGA_SHM_MAGIC = 0x62726468, FPGA_SHM_VERSION = 1, FPGA_SHM_BYTES = 1 << 18 };

enum fpga_shm_op {
    SHM_REG_RD,
    SHM_REG_WR,
    SHM_RESERVE,
    SHM_H2C,
    SHM_C2H,
    SHM_WAIT_IRQ,
    SHM_CYCLES
};

/* One request and its reply at a time. A transfer longer than the buffer goes in parts: a, b and n
 * are the part's offset, the whole length and the part's length. */
struct fpga_shm_page {
    uint32_t magic, version;
    int32_t server; /* process id */
    sem_t asked, answered;
    uint32_t asked_seq, answered_seq;
    uint32_t op, status;
    uint64_t a, b, n;
    char name[64], message[256];
    unsigned char bytes[FPGA_SHM_BYTES];
};

/* Serves the device of that URI at the file PATH (best in /dev/shm), which it makes and in the end
 * removes, until *stop is set. E_IO, or what opening the device gives. */
enum status fpga_serve(const char *uri, const char *path, volatile sig_atomic_t *stop);

#endif
