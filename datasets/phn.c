#include "datasets/phn.h"

#include "base/mem.h"
#include "datasets/phones.h"
#include "datasets/text.h"

#include <stdlib.h>
#include <string.h>

struct reader {
    const char *name;
    size_t n_samples, cap;
    struct phn *out;
};

/* Digits at *p, blanks behind them passed; 0 if there are none or too many. */
static int take_number(const char **p, const char *end, size_t *out)
{
    const char *start = *p;
    for (*out = 0; *p < end && **p >= '0' && **p <= '9' && *p - start < 12; ++*p)
        *out = 10 * *out + (size_t)(**p - '0');
    const int good = *p != start && *p < end && (**p == ' ' || **p == '\t');
    while (*p < end && (**p == ' ' || **p == '\t'))
        ++*p;
    return good;
}

static enum status parse(const struct reader *r, const char *line, size_t n, size_t number,
                         struct span *s)
{
    const char *p = line, *end = line + n;
    while (end > p && strchr(" \t\r", end[-1]) != NULL)
        end--;
    if (!take_number(&p, end, &s->begin) || !take_number(&p, end, &s->end) || p == end)
        return fail(E_FORMAT, "%s:%zu: is no line of a .PHN file (expected BEGIN END PHONE)",
                    r->name, number);
    const size_t length = (size_t)(end - p);
    s->phone = phones_find(p, length);
    if (s->phone < 0)
        return fail(E_FORMAT, "%s:%zu: unknown phone '%.*s' (TIMIT has 61)", r->name, number,
                    (int)(length < 32 ? length : 32), p);
    return OK;
}

static enum status check(const struct reader *r, const struct span *s, size_t number)
{
    const size_t last = r->out->n != 0 ? r->out->span[r->out->n - 1].end : 0;
    if (s->begin != last)
        return fail(E_FORMAT, "%s:%zu: begins at %zu where %zu is expected (%s)", r->name, number,
                    s->begin, last, s->begin < last ? "an overlap" : "a gap");
    if (s->end <= s->begin)
        return fail(E_FORMAT, "%s:%zu: ends at %zu, not behind its begin %zu", r->name, number,
                    s->end, s->begin);
    if (s->end > r->n_samples)
        return fail(E_FORMAT, "%s:%zu: ends at %zu, beyond the audio of %zu samples", r->name,
                    number, s->end, r->n_samples);
    return OK;
}

static enum status take_line(void *ctx, const char *line, size_t n, size_t number)
{
    struct reader *r = ctx;
    struct span s;
    TRY(parse(r, line, n, number, &s));
    TRY(check(r, &s, number));
    if (r->out->n == r->cap) {
        size_t more = r->cap != 0 ? 2 * r->cap : 64;
        TRY(mem_grow(&r->out->span, r->cap, more, sizeof s));
        r->cap = more;
    }
    r->out->span[r->out->n++] = s;
    return OK;
}

enum status phn_read(const char *bytes, size_t n, const char *name, size_t n_samples,
                     struct phn *out)
{
    struct reader r = {.name = name, .n_samples = n_samples, .out = out};
    *out = (struct phn){0};
    enum status s = text_each_line(bytes, n, name, take_line, &r);
    if (s != OK) {
        mem_free(out->span);
        *out = (struct phn){0};
    }
    return s;
}

int phn_at(const struct phn *p, size_t sample, size_t *at)
{
    while (*at + 1 < p->n && sample >= p->span[*at].end)
        ++*at;
    return p->span[*at].phone;
}
