#include "bench/peaks.h"

#include "base/cpu.h"
#include "bench/bandwidth.h"
#include "bench/measure.h"
#include "kernels/kern.h"

enum { FMA_ROUNDS = 2000 };
static const double most_bytes = 256e6;

static enum status median_us(enum status (*call)(void *), void *ctx, double *out)
{
    static const struct measure_options o = {.steps = 1, .seconds = 0.05};
    struct measure_side side = {call, ctx};
    struct measured m;
    enum status s = measure_sides(&side, 1, &o, &m, NULL);
    *out = m.step_us.median;
    measured_release(&m);
    return s;
}

/* Half of a level, so that other data leave it there; of memory what no cache holds. */
static double bytes_of(int level)
{
    double last = cpu_cache_bytes(3) != 0 ? (double)cpu_cache_bytes(3) : (double)cpu_cache_bytes(2);
    double bytes = level < 3 ? (double)cpu_cache_bytes(level + 1) / 2 : 2 * last;
    return bytes < most_bytes ? bytes : most_bytes;
}

static enum status read_level(int level, double *gb_per_s)
{
    double us, bytes = bytes_of(level);
    struct load_loop l;
    *gb_per_s = 0;
    if (bytes == 0)
        return OK;
    TRY(load_loop_init(&l, bytes, 1));
    enum status s = median_us(load_loop_call, &l, &us);
    if (s == OK)
        *gb_per_s = (double)(l.n * sizeof *l.words) / us * 1e-3;
    load_loop_release(&l);
    return s;
}

static enum status multiply(void *values)
{
    kern_get()->fma_chains(values, FMA_ROUNDS);
    return OK;
}

enum status peaks_measure(struct peaks *out)
{
    float v[KERN_CHAINS] = {0};
    double us;
    for (int level = 0; level < MACHINES_LEVELS; level++)
        TRY(read_level(level, &out->read_gb_per_s[level]));
    TRY(median_us(multiply, v, &us));
    out->fma_gflops = 2.0 * KERN_CHAINS * FMA_ROUNDS / us * 1e-3;
    return OK;
}
