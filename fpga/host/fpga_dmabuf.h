/* fpga_dmabuf.h - memory that this process and a DMA both see: u-dma-buf's /dev/udmabufM, its
 * address and size from /sys/class/u-dma-buf/udmabufM/. Opened with O_SYNC: without the processor's
 * cache. */
#ifndef FPGA_HOST_FPGA_DMABUF_H
#define FPGA_HOST_FPGA_DMABUF_H

#include "fpga/host/fpga_node.h"

#include <stdint.h>

struct fpga_dmabuf {
    unsigned char *at; /* [n] NULL: none */
    size_t n;
    uint64_t address; /* physical */
    char name[16];    /* "udmabuf0" */
};

/* E_ABSENT, E_IO as fpga_node_open; E_DEVICE if it cannot be mapped. */
enum status fpga_dmabuf_open(const char *root, int number, struct fpga_dmabuf *out);
void fpga_dmabuf_close(struct fpga_dmabuf *b);

/* The number of a file of one line, decimal or 0x..; 0 and E_ABSENT if there is none. */
enum status fpga_dmabuf_number(const char *root, const char *path, uint64_t *out);

#endif
