#include "fpga/host/fpga_node.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static enum status refused(const struct fpga_node *node)
{
    int e = errno;
    if (e == ENOENT || e == ENXIO || e == ENODEV)
        return fail(E_ABSENT, "%s: no such device (is its driver loaded?)", node->path);
    if (e == EACCES || e == EPERM)
        return fail(E_IO, "%s: permission denied (the user needs rights to the device)",
                    node->path);
    return fail(E_IO, "%s: %s", node->path, strerror(e));
}

static int join(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0 || strlen(path) >= sizeof address.sun_path)
        return fd;
    memcpy(address.sun_path, path, strlen(path));
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    int e = errno;
    close(fd);
    errno = e;
    return -1;
}

enum status fpga_node_open(const char *root, const char *path, int flags, struct fpga_node *out)
{
    struct stat st;
    *out = (struct fpga_node){.fd = -1};
    if (snprintf(out->path, sizeof out->path, "%s%s", root, path) >= (int)sizeof out->path)
        return fail(E_USAGE, "%s%s: the path is too long", root, path);
    out->is_socket = stat(out->path, &st) == 0 && S_ISSOCK(st.st_mode);
    out->fd = out->is_socket ? join(out->path) : open(out->path, flags | O_CLOEXEC);
    return out->fd >= 0 ? OK : refused(out);
}

void fpga_node_close(struct fpga_node *node)
{
    if (node->fd >= 0)
        close(node->fd);
    node->fd = -1;
}

enum status fpga_node_poll(const struct fpga_node *node, int timeout_ms, int *ready)
{
    struct pollfd p = {.fd = node->fd, .events = POLLIN};
    int n;
    do
        n = poll(&p, 1, timeout_ms);
    while (n < 0 && errno == EINTR);
    *ready = n > 0;
    if (n < 0 || (n > 0 && p.revents & (POLLERR | POLLNVAL)))
        return fail(E_DEVICE, "%s: the device cannot be waited for", node->path);
    return OK;
}

enum status fpga_node_send(const struct fpga_node *node, const void *bytes, size_t n)
{
    ssize_t sent;
    do
        sent = node->is_socket ? send(node->fd, bytes, n, MSG_NOSIGNAL) : write(node->fd, bytes, n);
    while (sent < 0 && errno == EINTR);
    if (sent < 0)
        return fail(E_DEVICE, "%s: %s (a transfer of %zu bytes to the device)", node->path,
                    strerror(errno), n);
    if ((size_t)sent != n)
        return fail(E_DEVICE, "%s: %zd of %zu bytes were transferred to the device", node->path,
                    sent, n);
    return OK;
}

enum status fpga_node_receive(const struct fpga_node *node, void *bytes, size_t n, int timeout_ms,
                              size_t *got)
{
    ssize_t came;
    int ready;
    *got = 0;
    TRY(fpga_node_poll(node, timeout_ms, &ready));
    if (!ready)
        return fail(E_DEVICE, "%s: the accelerator sent nothing within its time-out (%d ms)",
                    node->path, timeout_ms);
    do
        came = read(node->fd, bytes, n);
    while (came < 0 && errno == EINTR);
    if (came < 0)
        return fail(E_DEVICE, "%s: %s (a transfer of %zu bytes from the device)", node->path,
                    strerror(errno), n);
    *got = (size_t)came;
    return OK;
}

enum status fpga_node_map(const struct fpga_node *node, const char *what, size_t at, size_t bytes,
                          void **out)
{
    struct stat st;
    if (fstat(node->fd, &st) == 0 && S_ISREG(st.st_mode) && (size_t)st.st_size < at + bytes)
        return fail(E_DEVICE, "%s: %zu %s (expected %zu)", node->path, (size_t)st.st_size, what,
                    at + bytes);
    void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, node->fd, (off_t)at);
    if (map == MAP_FAILED)
        return fail(E_DEVICE, "%s: %zu %s cannot be mapped: %s", node->path, bytes, what,
                    strerror(errno));
    *out = map;
    return OK;
}
