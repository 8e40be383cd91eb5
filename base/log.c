#include "base/log.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum log_level log_level_now = LOG_NORMAL;

void log_set_level(enum log_level level)
{
    log_level_now = level;
}

void log_warn(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("brds: warning: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
}

void log_note(const char *fmt, ...)
{
    if (log_level_now == LOG_QUIET)
        return;
    va_list ap;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
}

int log_interactive(void)
{
    return log_level_now != LOG_QUIET && isatty(STDERR_FILENO);
}

static void format_seconds(char out[32], double seconds)
{
    if (!(seconds >= 0 && seconds < 1e7)) {
        snprintf(out, 32, "-");
        return;
    }
    long t = (long)(seconds + 0.5);
    if (t >= 3600)
        snprintf(out, 32, "%ld:%02ld:%02ld", t / 3600, t / 60 % 60, t % 60);
    else
        snprintf(out, 32, "%ld:%02ld", t / 60, t % 60);
}

void progress_begin(struct progress *p, const char *label)
{
    *p = (struct progress){.label = label, .start_ns = clock_ns()};
}

void progress_show(struct progress *p, double fraction, const char *fmt, ...)
{
    enum { BAR = 24 };
    int64_t now = clock_ns();
    if (!log_interactive() || (p->drawn_ns != 0 && now - p->drawn_ns < 100000000))
        return;
    fraction = fraction < 0 ? 0 : fraction > 1 ? 1 : fraction;
    char note[96], eta[32], bar[BAR + 1];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(note, sizeof note, fmt, ap);
    va_end(ap);
    double passed = (double)(now - p->start_ns) * 1e-9;
    format_seconds(eta, fraction > 0 ? passed * (1 - fraction) / fraction : -1);
    int full = (int)(fraction * BAR);
    for (int i = 0; i < BAR; i++)
        bar[i] = i < full ? '=' : i == full ? '>' : ' ';
    bar[BAR] = '\0';
    int n =
        fprintf(stderr, "\r%s [%s] %3.0f %%  %s  ETA %s", p->label, bar, 100 * fraction, note, eta);
    if (n < p->width)
        fprintf(stderr, "%*s", p->width - n, "");
    p->width = n;
    p->drawn_ns = now;
    fflush(stderr);
}

void progress_end(struct progress *p, const char *fmt, ...)
{
    char note[256], took[32];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(note, sizeof note, fmt, ap);
    va_end(ap);
    if (p->width != 0)
        fprintf(stderr, "\r%*s\r", p->width, "");
    p->width = 0;
    format_seconds(took, (double)(clock_ns() - p->start_ns) * 1e-9);
    if (note[0] != '\0')
        log_note("%s: %s (%s)", p->label, note, took);
}
