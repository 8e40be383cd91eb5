/* fpga_event.h - waiting for the accelerator's interrupt through a node that counts events. */
#ifndef FPGA_HOST_FPGA_EVENT_H
#define FPGA_HOST_FPGA_EVENT_H

#include "fpga/host/fpga_window.h"

/* Until a bit of `mask` stands in the register IRQ, which is read before and after each event, so
 * that one that came early or twice does no harm. `arm` = 1: the node is written 1 before each
 * wait, as UIO wants it to let the next interrupt through. E_DEVICE after timeout_ms; *irq is what
 * was read last. */
enum status fpga_event_wait(const struct fpga_window *registers, const struct fpga_node *events,
                            int arm, uint32_t mask, int timeout_ms, uint32_t *irq);

#endif
