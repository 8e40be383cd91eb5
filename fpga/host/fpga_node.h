/* fpga_node.h - the files of a board: device nodes of a kernel's driver or, in a tree below another
 * root, Unix sockets (SOCK_SEQPACKET) behind which a test or a simulated board stands. A transfer
 * is one read or one write on a node, one message on a socket: packets keep their ends on both. */
#ifndef FPGA_HOST_FPGA_NODE_H
#define FPGA_HOST_FPGA_NODE_H

#include "base/status.h"

#include <stddef.h>

struct fpga_node {
    int fd; /* -1: not open */
    int is_socket;
    char path[160];
};

/* Opens root/path with open(2)'s flags. E_ABSENT if it is not there, E_IO if it may not be
 * opened. */
enum status fpga_node_open(const char *root, const char *path, int flags, struct fpga_node *out);
void fpga_node_close(struct fpga_node *node);

/* *ready = 1 if it can be read within timeout_ms. A node whose driver knows no poll is ready at
 * once, and then the driver's own time-out bounds the read. E_DEVICE. */
enum status fpga_node_poll(const struct fpga_node *node, int timeout_ms, int *ready);

/* One transfer of n bytes. E_DEVICE: the driver refused it, or took less. */
enum status fpga_node_send(const struct fpga_node *node, const void *bytes, size_t n);

/* One transfer of at most n bytes; *got is what came. E_DEVICE: none within timeout_ms, or the
 * driver gave up. */
enum status fpga_node_receive(const struct fpga_node *node, void *bytes, size_t n, int timeout_ms,
                              size_t *got);

/* Maps `bytes` from offset `at` on, to read and write, shared. `what` names them in the message:
 * E_DEVICE for a file that is too short, or one that cannot be mapped. The caller unmaps. */
enum status fpga_node_map(const struct fpga_node *node, const char *what, size_t at, size_t bytes,
                          void **out);

#endif
