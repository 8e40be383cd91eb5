#include "datasets/pcm_sphere.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "NIST_1A\n"

enum { MOST_HEADER = 1 << 16, MOST_LINE = 256 };

/* A line's end by its next LF; NULL if there is none below `end`. */
static const char *line_end(const char *p, const char *end)
{
    return memchr(p, '\n', (size_t)(end - p));
}

/* A whole number in a text with a NUL behind it, blanks around it allowed. */
static int whole(const char *text, long *out)
{
    char *stop;
    errno = 0;
    *out = strtol(text, &stop, 10);
    return stop != text && errno == 0 && stop[strspn(stop, " \t\r")] == '\0';
}

static enum status take_number(struct sphere *h, const char *key, const char *value,
                               const char *name, int line)
{
    const struct {
        const char *key;
        long *at;
        int *has;
    } field[] = {
        {"sample_count", &h->count, &h->has_count},
        {"channel_count", &h->channels, &h->has_channels},
        {"sample_rate", &h->rate, &h->has_rate},
        {"sample_n_bytes", &h->sample_bytes, NULL},
        {"sample_min", &h->min, &h->has_min},
        {"sample_max", &h->max, &h->has_max},
    };
    for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
        if (strcmp(key, field[i].key) != 0)
            continue;
        if (!whole(value, field[i].at))
            return fail(E_FORMAT, "%s:%d: %s is '%s' (expected a whole number)", name, line, key,
                        value);
        if (field[i].has != NULL)
            *field[i].has = 1;
    }
    return OK;
}

static enum status take_field(struct sphere *h, char *text, const char *name, int line)
{
    char *rest = text, *key = strtok_r(rest, " \t", &rest), *type = strtok_r(NULL, " \t", &rest);
    if (key == NULL || *key == ';')
        return OK;
    if (type == NULL || *type != '-' || rest == NULL)
        return fail(E_FORMAT,
                    "%s:%d: '%s' is no field of a SPHERE header (expected key -type "
                    "value)",
                    name, line, key);
    if (strcmp(key, "sample_coding") == 0)
        snprintf(h->coding, sizeof h->coding, "%s", rest);
    if (strcmp(key, "sample_byte_format") == 0) {
        h->big_endian = strncmp(rest, "10", 2) == 0;
        if (!h->big_endian && strncmp(rest, "01", 2) != 0)
            return fail(E_FORMAT, "%s:%d: sample_byte_format is '%s' (expected 01 or 10)", name,
                        line, rest);
    }
    return take_number(h, key, rest, name, line);
}

/* Line 2: the size of the header, a multiple of 1,024. */
static enum status take_size(struct sphere *h, const char *bytes, size_t n, const char *name)
{
    char text[32] = "";
    long size = 0;
    const char *p = bytes + sizeof MAGIC - 1, *end = line_end(p, bytes + n);
    if (end != NULL && (size_t)(end - p) < sizeof text)
        memcpy(text, p, (size_t)(end - p));
    if (!whole(text, &size) || size < 1024 || size > MOST_HEADER || size % 1024 != 0)
        return fail(E_FORMAT, "%s:2: is no size of a SPHERE header (expected 1024)", name);
    if ((size_t)size > n)
        return fail(E_FORMAT, "%s: the header of %ld bytes is cut short: the file has %zu", name,
                    size, n);
    h->header_bytes = (size_t)size;
    return OK;
}

enum status sphere_parse(const char *bytes, size_t n, const char *name, struct sphere *out)
{
    *out = (struct sphere){.sample_bytes = 2, .coding = "pcm"};
    if (n < sizeof MAGIC - 1 || memcmp(bytes, MAGIC, sizeof MAGIC - 1) != 0)
        return fail(E_FORMAT, "%s:1: is no SPHERE file", name);
    TRY(take_size(out, bytes, n, name));
    const char *end = bytes + out->header_bytes, *p = line_end(bytes, end);
    int line = 2;
    for (p = line_end(p + 1, end); p != NULL; line++) {
        char text[MOST_LINE];
        const char *start = p + 1, *stop = line_end(start, end);
        if (stop == NULL)
            break;
        if ((size_t)(stop - start) >= sizeof text)
            return fail(E_FORMAT, "%s:%d: the line is too long for a SPHERE header", name,
                        line + 1);
        memcpy(text, start, (size_t)(stop - start));
        text[stop - start] = '\0';
        if (strncmp(text, "end_head", 8) == 0)
            return OK;
        TRY(take_field(out, text, name, line + 1));
        p = stop;
    }
    return fail(E_FORMAT, "%s:%d: the SPHERE header has no end_head", name, line + 1);
}
