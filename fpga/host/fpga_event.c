#include "fpga/host/fpga_event.h"

#include "base/clock.h"
#include "fpga/fpga_defs.h"

/* The next event, or the end of the time. */
static enum status next(const struct fpga_node *events, int timeout_ms)
{
    uint32_t count;
    size_t got;
    int ready;
    TRY(fpga_node_poll(events, timeout_ms, &ready));
    return ready ? fpga_node_receive(events, &count, sizeof count, 0, &got) : OK;
}

enum status fpga_event_wait(const struct fpga_window *registers, const struct fpga_node *events,
                            int arm, uint32_t mask, int timeout_ms, uint32_t *irq)
{
    const uint32_t one = 1;
    int64_t end = clock_ns() + (int64_t)timeout_ms * 1000000;
    for (;;) {
        /* Before the register is read, so that an interrupt between the two is not lost. */
        if (arm)
            TRY(fpga_node_send(events, &one, sizeof one));
        TRY(fpga_window_rd(registers, FPGA_REG_IRQ, irq));
        if (*irq & mask)
            return OK;
        int64_t left = (end - clock_ns()) / 1000000;
        if (left <= 0)
            return fail(E_DEVICE,
                        "%s: the accelerator gave no interrupt within its time-out (%d ms)",
                        registers->node.path, timeout_ms);
        TRY(next(events, (int)left));
    }
}
