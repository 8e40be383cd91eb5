/* fpga_sender.h - a thread that sends x while its caller fetches h: a write to a node returns when
 * all of it was taken, and the accelerator takes no more while its h waits. */
#ifndef FPGA_HOST_FPGA_SENDER_H
#define FPGA_HOST_FPGA_SENDER_H

#include "fpga/host/fpga_node.h"

struct fpga_sender;

/* A sender to *node, which must outlive it. E_NOMEM. */
enum status fpga_sender_new(const struct fpga_node *node, struct fpga_sender **out);
void fpga_sender_release(struct fpga_sender *s); /* waits for a transfer that is under way */

/* Room for transfers of n bytes; only here is memory taken. E_NOMEM; E_DEVICE while one is under
 * way. */
enum status fpga_sender_reserve(struct fpga_sender *s, size_t n);

/* Sends a copy of n bytes, at most what was reserved; the one before has ended. */
enum status fpga_sender_send(struct fpga_sender *s, const void *bytes, size_t n);

/* Waits until nothing is under way and gives what became of the last transfer, once. E_DEVICE also
 * after timeout_ms. */
enum status fpga_sender_end(struct fpga_sender *s, int timeout_ms);

#endif
