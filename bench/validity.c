#include "bench/validity.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static void add(char *why, const char *format, ...)
{
    size_t n = strlen(why);
    va_list args;
    if (n != 0)
        n += (size_t)snprintf(why + n, VALIDITY_TEXT - n, ", ");
    if (n >= VALIDITY_TEXT)
        return;
    va_start(args, format);
    vsnprintf(why + n, VALIDITY_TEXT - n, format, args);
    va_end(args);
}

/* The worst side speaks for all: a ratio needs both. */
static void check_sides(const struct measured *m, size_t n, char *why)
{
    size_t blocks = m[0].blocks;
    double block_ns = m[0].block_ns, spread = 0;
    for (size_t i = 0; i < n; i++) {
        const struct stats *s = &m[i].step_us;
        double wide = (s->ci95_hi - s->ci95_lo) / s->median;
        blocks = m[i].blocks < blocks ? m[i].blocks : blocks;
        block_ns = m[i].block_ns < block_ns ? m[i].block_ns : block_ns;
        spread = wide <= spread || isnan(spread) ? spread : wide;
    }
    if (blocks < MEASURE_MIN_BLOCKS)
        add(why, "too few (%zu blocks, %d are needed)", blocks, MEASURE_MIN_BLOCKS);
    if (block_ns < MEASURE_MIN_BLOCK_NS)
        add(why, "too short (blocks of %.0f us, %d are needed)", block_ns * 1e-3,
            MEASURE_MIN_BLOCK_NS / 1000);
    if (!(spread <= VALID_SPREAD))
        add(why, "spread (a median is known within %.0f %% only; measure longer)", 100 * spread);
}

int validity_check(const struct measured *m, size_t n, const struct conditions *c,
                   char why[VALIDITY_TEXT])
{
    why[0] = '\0';
    check_sides(m, n, why);
    if (c->had < VALID_HAD)
        add(why,
            "foreign load (the processor was ours for %.0f %% of the time; stop what else runs)",
            100 * c->had);
    if ((double)c->moves > VALID_MOVES * (double)c->looks)
        add(why, "migrated (%zu times in %zu rounds; --pin)", c->moves, c->looks);
    if (c->drift > VALID_DRIFT)
        add(why, "speed (the processor's moved by %.0f %%; fix its frequency)", 100 * c->drift);
    return why[0] == '\0';
}
