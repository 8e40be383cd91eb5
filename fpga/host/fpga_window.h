/* fpga_window.h - registers of a board: memory of a device node mapped into this process or, where
 * the node is a socket (fpga_node.h), a message and its answer for each access. */
#ifndef FPGA_HOST_FPGA_WINDOW_H
#define FPGA_HOST_FPGA_WINDOW_H

#include "fpga/host/fpga_node.h"

#include <stdint.h>

/* An access by message; the answer is the same with the value that was read. */
struct fpga_access {
    uint32_t is_write, map, offset, value;
};

struct fpga_window {
    struct fpga_node node;
    unsigned char *map;    /* NULL: by messages */
    volatile uint32_t *at; /* the first register in it */
    size_t map_bytes;
    uint32_t number; /* of the map */
    int timeout_ms;  /* of an answer */
};

/* Where a window lies in its node. */
struct fpga_place {
    uint32_t number; /* of the map, for messages */
    size_t page;     /* of the node, in bytes: what mmap is given */
    size_t offset;   /* of the first register in what is mapped there */
    size_t bytes;    /* of registers */
};

/* As fpga_node_open; E_DEVICE if the node is too small or cannot be mapped. */
enum status fpga_window_open(const char *root, const char *path, const struct fpga_place *place,
                             int timeout_ms, struct fpga_window *out);
void fpga_window_close(struct fpga_window *w);

/* One register of 32 bits; `offset` in bytes. Mapped ones cannot fail: a bus without a device reads
 * as ones. By messages E_DEVICE if there is no answer. */
enum status fpga_window_rd(const struct fpga_window *w, uint32_t offset, uint32_t *value);
enum status fpga_window_wr(const struct fpga_window *w, uint32_t offset, uint32_t value);

#endif
