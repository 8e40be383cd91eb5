#include "datasets/text.h"

#include <string.h>
#include <strings.h>

static int starts_with(const char *bytes, size_t n, const char *prefix)
{
    size_t m = strlen(prefix);
    return n >= m && strncasecmp(bytes, prefix, m) == 0;
}

/* A failed download leaves such files under the right name. */
enum status text_check_start(const char *bytes, size_t n, const char *name)
{
    size_t blanks = 0;
    if (n == 0)
        return fail(E_FORMAT, "%s:1: the file is empty (expected text)", name);
    if (starts_with(bytes, n, "\xef\xbb\xbf"))
        return fail(E_FORMAT, "%s:1: begins with a byte-order mark (expected plain UTF-8)", name);
    while (blanks < n && memchr(" \t\r\n", bytes[blanks], 4) != NULL)
        blanks++;
    bytes += blanks;
    n -= blanks;
    if (starts_with(bytes, n, "<!doctype") || starts_with(bytes, n, "<html"))
        return fail(E_FORMAT, "%s:1: is an HTML page (expected the text itself)", name);
    if (starts_with(bytes, n, "version https://git-lfs"))
        return fail(E_FORMAT, "%s:1: is a git-lfs pointer (get the text with: git lfs pull)", name);
    return OK;
}

/* Bytes of the character at p, of which at most n may be looked at; 0 if it is malformed. */
static size_t utf8_length(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 0;
    size_t len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (n < len)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    int bad = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
              (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f);
    return bad ? 0 : len;
}

enum status text_check_line(const char *line, size_t n, const char *name, size_t number)
{
    if (n > TEXT_MAX_LINE)
        return fail(E_FORMAT, "%s:%zu: the line has %zu bytes (at most %d)", name, number, n,
                    TEXT_MAX_LINE);
    for (size_t i = 0; i < n;) {
        size_t len = utf8_length((const unsigned char *)line + i, n - i);
        if (line[i] == '\0')
            return fail(E_FORMAT, "%s:%zu: a NUL byte at column %zu", name, number, i + 1);
        if (len == 0)
            return fail(E_FORMAT, "%s:%zu: invalid UTF-8 (byte 0x%02x at column %zu)", name, number,
                        (unsigned char)line[i], i + 1);
        i += len;
    }
    return OK;
}

enum status text_each_line(const char *bytes, size_t n, const char *name, text_line_fn *fn,
                           void *ctx)
{
    TRY(text_check_start(bytes, n, name));
    size_t number = 0;
    for (size_t at = 0; at < n;) {
        const char *end = memchr(bytes + at, '\n', n - at);
        size_t len = end != NULL ? (size_t)(end - (bytes + at)) : n - at;
        TRY(text_check_line(bytes + at, len, name, ++number));
        TRY(fn(ctx, bytes + at, len, number));
        at += len + 1;
    }
    return OK;
}
