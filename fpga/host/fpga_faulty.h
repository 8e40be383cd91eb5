/* fpga_faulty.h - a transport that injects faults into another device, for tests of what a host
 * does when hardware fails. */
#ifndef FPGA_HOST_FPGA_FAULTY_H
#define FPGA_HOST_FPGA_FAULTY_H

#include "fpga/host/fpga_device.h"

enum fpga_fault {
    FPGA_FAULT_NONE,
    FPGA_FAULT_ALL_ONES, /* registers read as ones */
    FPGA_FAULT_MAGIC,    /* another device answers */
    FPGA_FAULT_VERSION,  /* another major version */
    FPGA_FAULT_SCRATCH,  /* a write is lost */
    FPGA_FAULT_SIZES,    /* impossible sizes */
    FPGA_FAULT_REG_READ, /* a register access fails */
    FPGA_FAULT_REG_WRITE,
    FPGA_FAULT_IMAGE_SHORT, /* an image loses its last beats */
    FPGA_FAULT_IMAGE_FLIP,  /* one bit of an image changes */
    FPGA_FAULT_X_SHORT,     /* x loses its last beat */
    FPGA_FAULT_X_LONG,      /* x gets one more */
    FPGA_FAULT_H2C,         /* a transfer to the device fails */
    FPGA_FAULT_C2H,         /* a transfer from it fails */
    FPGA_FAULT_H_SHORT,     /* fewer values come back */
    FPGA_FAULT_NO_IRQ,      /* the interrupt never comes */
    FPGA_FAULT_STUCK_BUSY,  /* the busy bit never falls */
    N_FPGA_FAULTS
};

/* Wraps *device, which the new one owns from then on. Faults come by the rules below. */
struct fpga_faulty {
    struct fpga_device inner;
    enum fpga_fault fault;
    int after;            /* of the calls that the fault concerns, this many pass first */
    int times;            /* and this many are hit; the rest pass */
    uint64_t hit;         /* how many were */
    unsigned char *bytes; /* room for a changed transfer */
    size_t room;
};

/* Fills *faulty (which must live as long as *out) and *out. */
void fpga_faulty_wrap(const struct fpga_device *inner, struct fpga_faulty *faulty,
                      struct fpga_device *out);

/* From now on: this fault, after so many calls, so many times. */
void fpga_faulty_set(struct fpga_faulty *faulty, enum fpga_fault fault, int after, int times);

#endif
