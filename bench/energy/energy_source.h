/* energy_source.h - what a source of energy.h offers. */
#ifndef BENCH_ENERGY_ENERGY_SOURCE_H
#define BENCH_ENERGY_ENERGY_SOURCE_H

#include "base/status.h"

#include <stdint.h>

enum { ENERGY_PARTS = 32 };

/* One counter or rail. */
struct energy_part {
    char path[256];
    double range_uj; /* RAPL: where the counter begins again */
    double last;     /* RAPL: microjoules; perf: counts; hwmon: watts */
    int fd;          /* perf: of the event */
    double joules;   /* perf: of a count */
};

struct energy_state {
    struct energy_part part[ENERGY_PARTS];
    int n;
    char log[256];         /* path of a meter's CSV */
    double joules;         /* since begin */
    double last_s;         /* time of the last poll */
    double begin_s, end_s; /* seconds since 1970 */
};

/* begin starts a window; poll is called in it again and again, and once at its end; total is then
 * asked for once. */
struct energy_source {
    const char *name;
    /* E_ABSENT if there is none, E_IO with a cure if it may not be read */
    enum status (*find)(struct energy_state *s, const char *root);
    enum status (*begin)(struct energy_state *s);
    enum status (*poll)(struct energy_state *s);
    enum status (*total)(struct energy_state *s, double *joules);
    /* Closes what `find` opened; NULL: nothing. */
    void (*release)(struct energy_state *s);
};

extern const struct energy_source energy_rapl, energy_perf, energy_hwmon, energy_meter;

/* A number in a small file below /sys; E_IO, or E_FORMAT if it is none. */
enum status energy_read_number(const char *path, double *out);

#endif
