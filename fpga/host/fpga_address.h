/* fpga_address.h - what stands behind `xdma:` and `uio:` in a device's URI. */
#ifndef FPGA_HOST_FPGA_ADDRESS_H
#define FPGA_HOST_FPGA_ADDRESS_H

#include "base/status.h"

struct fpga_address {
    int number;     /* of xdmaN, uioN */
    int buffer;     /* of udmabufM; -1: none */
    int timeout_ms; /* of a transfer or an interrupt, 10,000 if it is not given */
    char root[128]; /* a folder above /dev and /sys; "" is this machine */
};

/* "N[,udmabufM][,timeout_ms=T][,root=DIR]"; E_USAGE, which names `scheme`, for anything else. */
enum status fpga_address_parse(const char *scheme, const char *text, struct fpga_address *out);

#endif
