#include "fpga/host/fpga_window.h"

#include <fcntl.h>
#include <sys/mman.h>

static enum status map(struct fpga_window *w, const struct fpga_place *p)
{
    void *at;
    size_t bytes = p->offset + p->bytes;
    TRY(fpga_node_map(&w->node, "bytes of registers", p->page, bytes, &at));
    w->map = at;
    w->map_bytes = bytes;
    w->at = (volatile uint32_t *)(void *)(w->map + p->offset);
    return OK;
}

enum status fpga_window_open(const char *root, const char *path, const struct fpga_place *place,
                             int timeout_ms, struct fpga_window *out)
{
    *out = (struct fpga_window){.number = place->number, .timeout_ms = timeout_ms};
    TRY(fpga_node_open(root, path, O_RDWR | O_SYNC, &out->node));
    enum status s = out->node.is_socket ? OK : map(out, place);
    if (s != OK)
        fpga_window_close(out);
    return s;
}

void fpga_window_close(struct fpga_window *w)
{
    if (w->map != NULL)
        munmap(w->map, w->map_bytes);
    w->map = NULL;
    fpga_node_close(&w->node);
}

static enum status ask(const struct fpga_window *w, struct fpga_access *a)
{
    size_t got;
    TRY(fpga_node_send(&w->node, a, sizeof *a));
    TRY(fpga_node_receive(&w->node, a, sizeof *a, w->timeout_ms, &got));
    return got == sizeof *a ? OK : fail(E_DEVICE, "%s: no answer of a register", w->node.path);
}

enum status fpga_window_rd(const struct fpga_window *w, uint32_t offset, uint32_t *value)
{
    struct fpga_access a = {0, w->number, offset, 0};
    if (w->map != NULL) {
        *value = w->at[offset / 4];
        return OK;
    }
    TRY(ask(w, &a));
    *value = a.value;
    return OK;
}

enum status fpga_window_wr(const struct fpga_window *w, uint32_t offset, uint32_t value)
{
    struct fpga_access a = {1, w->number, offset, value};
    if (w->map == NULL)
        return ask(w, &a);
    /* What memory a device is told to read must be written before. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    w->at[offset / 4] = value;
    return OK;
}
