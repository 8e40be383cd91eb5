#include "bench/measure.h"

#include "base/clock.h"
#include "base/cpu.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/rng.h"

#include <string.h>

enum { MIN_CALLS = 8, WARM_BLOCKS = 2, MIN_BLOCK_NS = 1000000, MAX_BLOCKS = 1 << 16 };

struct side {
    struct lstm_plan *plan;
    struct lstm_io io;
    float *x, *h, *c;
    size_t calls, n;
    double *us; /* [MAX_BLOCKS] time of one step, a block each */
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

static enum status side_init(struct side *s, const struct lstm_net *net, struct lstm_plan *plan,
                             const struct measure_options *opt)
{
    struct rng r;
    size_t n_x = (size_t)opt->steps * (size_t)opt->batch * (size_t)net->layer[0].n_in;
    *s = (struct side){.plan = plan};
    TRY(mem_new(&s->x, n_x, sizeof *s->x));
    TRY(mem_new(&s->h, lstm_h_size(net, opt->batch), sizeof *s->h));
    TRY(mem_new(&s->c, lstm_c_size(net, opt->batch), sizeof *s->c));
    TRY(mem_new(&s->us, MAX_BLOCKS, sizeof *s->us));
    rng_seed(&r, 1, 1);
    rng_uniform(&r, s->x, n_x, -1, 1);
    s->io =
        (struct lstm_io){.steps = opt->steps, .batch = opt->batch, .x = s->x, .h = s->h, .c = s->c};
    return OK;
}

static void side_release(struct side *s)
{
    mem_free(s->x);
    mem_free(s->h);
    mem_free(s->c);
    mem_free(s->us);
}

/* Runs `calls` calls; the nanoseconds inside them. */
static enum status run_calls(struct side *s, struct flush *f, size_t calls, int64_t *ns)
{
    *ns = 0;
    int64_t start = clock_ns();
    for (size_t i = 0; i < calls; i++) {
        if (f->n != 0) {
            flush_caches(f);
            start = clock_ns();
        }
        TRY(lstm_run(s->plan, &s->io));
        if (f->n != 0)
            *ns += clock_ns() - start;
    }
    if (f->n == 0)
        *ns = clock_ns() - start;
    return OK;
}

/* Doubles the calls of a block until it is long enough. */
static enum status calibrate(struct side *s, struct flush *f)
{
    int64_t ns;
    for (s->calls = MIN_CALLS;; s->calls *= 2) {
        TRY(run_calls(s, f, s->calls, &ns));
        if (ns >= MIN_BLOCK_NS)
            break;
    }
    for (int i = 0; i < WARM_BLOCKS; i++)
        TRY(run_calls(s, f, s->calls, &ns));
    return OK;
}

static enum status one_block(struct side *s, struct flush *f)
{
    int64_t ns;
    TRY(run_calls(s, f, s->calls, &ns));
    s->us[s->n++] = (double)ns * 1e-3 / (double)s->calls / s->io.steps;
    return OK;
}

/* Pairs of blocks, the order in each drawn anew, until the time is used up. */
static enum status alternate(struct side *a, struct side *b, struct flush *f, double seconds)
{
    struct rng r;
    int64_t end = clock_ns() + (int64_t)(seconds * 1e9);
    rng_seed(&r, 1, 2);
    while (a->n < MAX_BLOCKS && (a->n < MEASURE_MIN_BLOCKS || clock_ns() < end)) {
        int b_first = b != NULL && rng_below(&r, 2) == 1;
        if (interrupt_pending())
            return fail(E_INTERRUPTED, "interrupted while measuring");
        if (b_first)
            TRY(one_block(b, f));
        TRY(one_block(a, f));
        if (b != NULL && !b_first)
            TRY(one_block(b, f));
    }
    return OK;
}

static size_t count_outliers(double *us, size_t n)
{
    size_t out = 0;
    stats_sort(us, n);
    double q1 = stats_quantile(us, n, 0.25), q3 = stats_quantile(us, n, 0.75);
    for (size_t i = 0; i < n; i++)
        out += us[i] < q1 - 1.5 * (q3 - q1) || us[i] > q3 + 1.5 * (q3 - q1);
    return out;
}

static enum status summarise(struct side *s, struct measured *out)
{
    TRY(stats_of(s->us, s->n, &out->step_us));
    out->blocks = s->n;
    out->warmups = WARM_BLOCKS;
    out->calls = s->calls;
    out->outliers = count_outliers(s->us, s->n);
    return OK;
}

enum status measure_pair(const struct lstm_net *net, struct lstm_plan *a, struct lstm_plan *b,
                         const struct measure_options *opt, struct measured *of_a,
                         struct measured *of_b)
{
    struct side sa = {0}, sb = {0};
    struct flush f = {0};
    enum status s = flush_init(&f, opt->cold);
    if (s == OK)
        s = side_init(&sa, net, a, opt);
    if (s == OK && b != NULL)
        s = side_init(&sb, net, b, opt);
    if (s == OK)
        s = calibrate(&sa, &f);
    if (s == OK && b != NULL)
        s = calibrate(&sb, &f);
    if (s == OK)
        s = alternate(&sa, b != NULL ? &sb : NULL, &f, opt->seconds);
    if (s == OK)
        s = summarise(&sa, of_a);
    if (s == OK && b != NULL)
        s = summarise(&sb, of_b);
    side_release(&sa);
    side_release(&sb);
    mem_free(f.buffer);
    return s;
}
