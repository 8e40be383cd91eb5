/* energy_meter.c - the log of an external meter: a CSV of `seconds` since 1970 and `watts`, with a
 * header line, times rising, read once the window is over. */
#include "base/clock.h"
#include "base/csv.h"
#include "base/file.h"
#include "base/mem.h"
#include "bench/energy/energy_source.h"
#include "results/number.h"

#include <string.h>
#include <time.h>

enum { MAX_LOG = 256 << 20, WAIT_TIMES = 30 }; /* bytes; tenths of a second */

static enum status find(struct energy_state *s, const char *root)
{
    return OK; /* energy_open was given the file */
}

static enum status begin(struct energy_state *s)
{
    s->begin_s = s->end_s = clock_unix_s();
    return OK;
}

static enum status poll(struct energy_state *s)
{
    s->end_s = clock_unix_s();
    return OK;
}

/* Where the reading stands. */
struct reading {
    const struct energy_state *s;
    double t, w, joules;
    size_t lines;
    int reaches; /* 1: a sample at or before the begin of the window */
};

static double clamp(double t, double lo, double hi)
{
    return t < lo ? lo : t > hi ? hi : t;
}

/* The energy between two samples, power linear between them, as far as it lies in the window. */
static double between(const struct reading *r, double t, double w)
{
    double a = clamp(r->t, r->s->begin_s, r->s->end_s), b = clamp(t, r->s->begin_s, r->s->end_s);
    double slope = (w - r->w) / (t - r->t);
    double w_a = r->w + slope * (a - r->t), w_b = r->w + slope * (b - r->t);
    return (b - a) * (w_a + w_b) / 2;
}

static enum status on_line(void *ctx, char **cell, size_t n, size_t line)
{
    struct reading *r = ctx;
    double t, w;
    if (r->lines++ == 0)
        return n == 2 && strcmp(cell[0], "seconds") == 0 && strcmp(cell[1], "watts") == 0
                   ? OK
                   : fail(E_FORMAT, "%s:1: not a meter's log (expected the columns seconds,watts)",
                          r->s->log);
    if (!number_read(cell[0], &t) || !number_read(cell[1], &w) || (r->lines > 2 && !(t > r->t)))
        return fail(E_FORMAT, "%s:%zu: expected a later time in seconds, and watts", r->s->log,
                    line);
    r->reaches |= t <= r->s->begin_s;
    if (r->lines > 2)
        r->joules += between(r, t, w);
    r->t = t;
    r->w = w;
    return OK;
}

static enum status read_log(const struct energy_state *s, struct reading *r)
{
    char *text;
    size_t n;
    *r = (struct reading){.s = s};
    TRY(file_read(s->log, MAX_LOG, &text, &n));
    while (n > 0 && text[n - 1] != '\n')
        n--; /* the meter is still writing its last line */
    enum status st = csv_read(text, n, s->log, on_line, r);
    mem_free(text);
    return st;
}

/* A meter writes its samples a little late: they are waited for. */
static enum status total(struct energy_state *s, double *joules)
{
    const struct timespec nap = {0, 100000000};
    struct reading r;
    for (int i = 0; i < WAIT_TIMES; i++) {
        TRY(read_log(s, &r));
        if (r.lines >= 3 && r.t >= s->end_s)
            break;
        nanosleep(&nap, NULL);
    }
    if (!r.reaches || r.lines < 3 || r.t < s->end_s)
        return fail(E_FORMAT, "%s: does not reach over the time that was measured", s->log);
    *joules = r.joules;
    return OK;
}

const struct energy_source energy_meter = {"external", find, begin, poll, total, NULL};
