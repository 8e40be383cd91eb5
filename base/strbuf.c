#include "base/strbuf.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int reserve(struct strbuf *b, size_t more)
{
    size_t need = b->n + more + 1;
    if (need <= b->cap)
        return 1;
    size_t cap = b->cap != 0 ? b->cap : 256;
    while (cap < need)
        cap *= 2;
    if (mem_grow(&b->s, b->s != NULL ? b->n + 1 : 0, cap, 1) != OK) {
        b->failed = 1;
        return 0;
    }
    b->cap = cap;
    return 1;
}

void strbuf_add_bytes(struct strbuf *b, const void *bytes, size_t n)
{
    if (!reserve(b, n))
        return;
    if (n != 0)
        memcpy(b->s + b->n, bytes, n);
    b->n += n;
    b->s[b->n] = '\0';
}

void strbuf_add(struct strbuf *b, const char *text)
{
    strbuf_add_bytes(b, text, strlen(text));
}

void strbuf_addf(struct strbuf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0 || !reserve(b, (size_t)n))
        return;
    va_start(ap, fmt);
    vsnprintf(b->s + b->n, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->n += (size_t)n;
}

const char *strbuf_text(const struct strbuf *b)
{
    return b->s != NULL ? b->s : "";
}

enum status strbuf_check(const struct strbuf *b)
{
    return b->failed ? fail(E_NOMEM, "memory: a text of over %zu bytes does not fit", b->n) : OK;
}

void strbuf_release(struct strbuf *b)
{
    mem_free(b->s);
    *b = (struct strbuf){0};
}
