#include "fpga/host/fpga_dmabuf.h"

#include "base/sysfile.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum status fpga_dmabuf_number(const char *root, const char *path, uint64_t *out)
{
    char text[64], *end;
    sysfile_line(root, path, text, sizeof text);
    *out = strtoull(text, &end, 0);
    if (end == text || *end != '\0')
        return fail(E_ABSENT, "%s%s: no number there (is its driver loaded?)", root, path);
    return OK;
}

enum status fpga_dmabuf_open(const char *root, int number, struct fpga_dmabuf *out)
{
    char path[96];
    uint64_t n;
    struct fpga_node node;
    void *at;
    *out = (struct fpga_dmabuf){0};
    snprintf(out->name, sizeof out->name, "udmabuf%d", number);
    snprintf(path, sizeof path, "/sys/class/u-dma-buf/%s/size", out->name);
    TRY(fpga_dmabuf_number(root, path, &n));
    out->n = (size_t)n;
    snprintf(path, sizeof path, "/sys/class/u-dma-buf/%s/phys_addr", out->name);
    TRY(fpga_dmabuf_number(root, path, &out->address));
    snprintf(path, sizeof path, "/dev/%s", out->name);
    TRY(fpga_node_open(root, path, O_RDWR | O_SYNC, &node));
    enum status s = fpga_node_map(&node, "bytes", 0, out->n, &at);
    out->at = s == OK ? at : NULL;
    fpga_node_close(&node);
    return s;
}

void fpga_dmabuf_close(struct fpga_dmabuf *b)
{
    if (b->at != NULL)
        munmap(b->at, b->n);
    b->at = NULL;
}
