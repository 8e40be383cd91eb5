#include "bench/measure.h"

#include "base/clock.h"
#include "base/cpu.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/rng.h"

#include <assert.h>
#include <string.h>

enum { MIN_CALLS = 8, WARM_BLOCKS = 2, MAX_BLOCKS = 1 << 16 };

struct side {
    struct measure_side what;
    int steps;
    size_t calls, n;
    int64_t wall_ns; /* of all blocks, with what is read before cold calls */
    double *us;      /* [MAX_BLOCKS] time of one step, a block each */
};

/* What is read before each cold call; `sum` keeps the reads from being optimised away. */
struct flush {
    char *buffer;
    size_t n;
    volatile long sum;
};

static enum status flush_init(struct flush *f, int cold)
{
    *f = (struct flush){0};
    if (!cold)
        return OK;
    size_t cache = cpu_cache_bytes(3) != 0 ? cpu_cache_bytes(3) : cpu_cache_bytes(2);
    f->n = 2 * (cache != 0 ? cache : (size_t)32 << 20);
    TRY(mem_new(&f->buffer, f->n, 1));
    memset(f->buffer, 1, f->n);
    return OK;
}

static void flush_caches(struct flush *f)
{
    long sum = 0;
    for (size_t i = 0; i < f->n; i += 64)
        sum += f->buffer[i];
    f->sum = sum;
}

/* Runs `calls` calls, each after a flush; the nanoseconds inside them. */
static enum status run_cold(struct side *s, struct flush *f, size_t calls, int64_t *ns)
{
    *ns = 0;
    for (size_t i = 0; i < calls; i++) {
        flush_caches(f);
        int64_t start = clock_ns();
        TRY(s->what.call(s->what.ctx));
        *ns += clock_ns() - start;
    }
    return OK;
}

static enum status run_warm(struct side *s, size_t calls, int64_t *ns)
{
    TRY(s->what.call(s->what.ctx));
    int64_t start = clock_ns();
    for (size_t i = 0; i < calls; i++)
        TRY(s->what.call(s->what.ctx));
    *ns = clock_ns() - start;
    return OK;
}

static enum status run_calls(struct side *s, struct flush *f, size_t calls, int64_t *ns)
{
    return f->n != 0 ? run_cold(s, f, calls, ns) : run_warm(s, calls, ns);
}

/* Doubles the calls of a block until it is long enough, twice: another process may have had the
 * processor for most of one. Cold calls have the clock to themselves, and the reads before them
 * make any block long. */
static enum status calibrate(struct side *s, struct flush *f)
{
    int64_t first = 0, second = 0;
    for (s->calls = MIN_CALLS; f->n == 0; s->calls *= 2) {
        TRY(run_calls(s, f, s->calls, &first));
        TRY(run_calls(s, f, s->calls, &second));
        if (first >= MEASURE_MIN_BLOCK_NS && second >= MEASURE_MIN_BLOCK_NS)
            break;
    }
    for (int i = 0; i < WARM_BLOCKS; i++)
        TRY(run_calls(s, f, s->calls, &first));
    return OK;
}

static enum status one_block(struct side *s, struct flush *f)
{
    int64_t ns, begin = clock_ns();
    TRY(run_calls(s, f, s->calls, &ns));
    s->wall_ns += clock_ns() - begin;
    s->us[s->n++] = (double)ns * 1e-3 / (double)s->calls / s->steps;
    return OK;
}

/* One block of every side, their order drawn anew each time, until the time is used up. */
static enum status alternate(struct side *side, size_t n, struct flush *f, double seconds,
                             struct watch *w)
{
    struct rng r;
    uint32_t order[MEASURE_MAX_SIDES];
    int64_t end = clock_ns() + (int64_t)(seconds * 1e9);
    rng_seed(&r, 1, 2);
    while (side->n < MAX_BLOCKS && (side->n < MEASURE_MIN_BLOCKS || clock_ns() < end)) {
        rng_permute(&r, order, n);
        if (interrupt_pending())
            return fail(E_INTERRUPTED, "interrupted while measuring");
        TRY(watch_look(w));
        for (size_t i = 0; i < n; i++)
            TRY(one_block(&side[order[i]], f));
    }
    return OK;
}

/* The samples go over to the result. */
static enum status summarise(struct side *s, struct measured *out)
{
    out->blocks = s->n;
    out->warmups = WARM_BLOCKS;
    out->calls = s->calls;
    out->us = s->us;
    s->us = NULL;
    TRY(stats_of(out->us, out->blocks, &out->step_us));
    out->block_ns = (double)s->wall_ns / (double)s->n;
    return OK;
}

void measured_release(struct measured *m)
{
    mem_free(m->us);
    m->us = NULL;
}

enum status measure_ratio(const struct measured *longer, const struct measured *than,
                          struct measured_ratio *out)
{
    size_t n = longer->blocks;
    double *ratio;
    struct stats s;
    assert(n == than->blocks);
    TRY(mem_new(&ratio, n, sizeof *ratio));
    for (size_t i = 0; i < n; i++)
        ratio[i] = longer->us[i] / than->us[i];
    enum status st = stats_of(ratio, n, &s);
    mem_free(ratio);
    *out = (struct measured_ratio){s.median, s.ci95_lo, s.ci95_hi};
    return st;
}

enum status measure_sides(const struct measure_side *side, size_t n,
                          const struct measure_options *opt, struct measured *out,
                          struct conditions *seen)
{
    struct side run[MEASURE_MAX_SIDES] = {0};
    struct flush f = {0};
    struct watch w = {0};
    assert(n >= 1 && n <= MEASURE_MAX_SIDES);
    for (size_t i = 0; i < n; i++)
        out[i] = (struct measured){0};
    enum status s = flush_init(&f, opt->cold);
    for (size_t i = 0; s == OK && i < n; i++) {
        run[i] = (struct side){.what = side[i], .steps = opt->steps};
        s = mem_new(&run[i].us, MAX_BLOCKS, sizeof *run[i].us);
    }
    for (size_t i = 0; s == OK && i < n; i++)
        s = calibrate(&run[i], &f);
    if (s == OK)
        s = watch_begin(&w, "");
    if (s == OK)
        s = alternate(run, n, &f, opt->seconds, &w);
    watch_end(&w, seen);
    for (size_t i = 0; s == OK && i < n; i++)
        s = summarise(&run[i], &out[i]);
    for (size_t i = 0; i < n; i++)
        mem_free(run[i].us);
    mem_free(f.buffer);
    return s;
}
