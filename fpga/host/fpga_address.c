#include "fpga/host/fpga_address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS = 10000, MAX_NUMBER = 999, MAX_TIMEOUT_MS = 3600000 };

/* The n characters of `text` as a number of min..max. */
static int number(const char *text, size_t n, long min, long max, int *out)
{
    char *end;
    long v = n > 0 && text[0] >= '0' && text[0] <= '9' ? strtol(text, &end, 10) : -1;
    if (v < min || v > max || end != text + n)
        return 0;
    *out = (int)v;
    return 1;
}

static int option(const char *text, size_t n, struct fpga_address *a)
{
    static const char buffer[] = "udmabuf", timeout[] = "timeout_ms=", root[] = "root=";
    size_t b = strlen(buffer), t = strlen(timeout), r = strlen(root);
    if (n > b && strncmp(text, buffer, b) == 0)
        return number(text + b, n - b, 0, MAX_NUMBER, &a->buffer);
    if (n > t && strncmp(text, timeout, t) == 0)
        return number(text + t, n - t, 1, MAX_TIMEOUT_MS, &a->timeout_ms);
    if (n <= r || strncmp(text, root, r) != 0 || n - r >= sizeof a->root)
        return 0;
    memcpy(a->root, text + r, n - r);
    a->root[n - r] = '\0';
    return 1;
}

enum status fpga_address_parse(const char *scheme, const char *text, struct fpga_address *out)
{
    size_t n = strcspn(text, ",");
    *out = (struct fpga_address){.buffer = -1, .timeout_ms = TIMEOUT_MS};
    int good = number(text, n, 0, MAX_NUMBER, &out->number);
    for (const char *at = text + n; good && *at == ','; at += n) {
        at++;
        n = strcspn(at, ",");
        good = option(at, n, out);
    }
    if (good)
        return OK;
    return fail(E_USAGE,
                "device '%s:%s' (expected %s:N%s[,timeout_ms=T][,root=DIR], numbers up to %d)",
                scheme, text, scheme, strcmp(scheme, "uio") == 0 ? "[,udmabufM]" : "", MAX_NUMBER);
}
