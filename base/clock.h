/* clock.h - time: a monotonic clock for measuring, UTC for stamping. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Nanoseconds of the monotonic clock, from an unknown origin. */
int64_t clock_ns(void);

/* Seconds since 1970, for comparing with the time stamps of others. */
double clock_unix_s(void);

/* Writes the present UTC time as 2026-11-22T18:10:00Z and returns `out`. */
char *clock_utc(char out[32]);

#endif
