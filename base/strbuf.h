/* strbuf.h - a growing text buffer. Zero-initialise, add, use .s, release. */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include "base/status.h"

#include <stddef.h>

struct strbuf {
    char *s;  /* NUL-terminated text; NULL while nothing was added */
    size_t n; /* bytes without the NUL */
    size_t cap;
    int failed; /* memory ran out at some point: the text is not whole */
};

/* Append text; a failure is remembered in .failed and told by strbuf_check. */
void strbuf_add(struct strbuf *b, const char *text);
void strbuf_add_bytes(struct strbuf *b, const void *bytes, size_t n);
void strbuf_addf(struct strbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The text, "" when empty. */
const char *strbuf_text(const struct strbuf *b);

/* E_NOMEM if any append failed. */
enum status strbuf_check(const struct strbuf *b);

/* Frees the text and makes the buffer empty again. */
void strbuf_release(struct strbuf *b);

#endif
