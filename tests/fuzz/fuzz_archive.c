/* fuzz_archive.c - any bytes go to the archive walker, which is told to want every file. */
#include "datasets/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EXPECTED = 1 << 16 };

static size_t total;

static int want(void *ctx, const char *member)
{
    return 1;
}

/* No name that leaves the root reaches a reader, nor more bytes than was promised. */
static enum status take(void *ctx, const char *member, const char *bytes, size_t n)
{
    total += n;
    if (member[0] == '/' || strcmp(member, "..") == 0 || strncmp(member, "../", 3) == 0 ||
        strstr(member, "/../") != NULL || total > MEMBER_EXCESS * EXPECTED)
        abort();
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct member_visitor v = {want, take, NULL, EXPECTED};
    char path[64];
    const int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    total = 0;
    const enum status s = archive_walk(path, &v);
    if (s != OK && (s != E_FORMAT || strncmp(status_message(), path, strlen(path)) != 0))
        abort();
    close(fd);
    return 0;
}
