#include "bench/bandwidth.h"

#include "base/cpu.h"
#include "base/mem.h"
#include "kernels/kern.h"

#include <stdatomic.h>

enum { LINE_WORDS = 8 };

enum status load_loop_init(struct load_loop *l, double bytes, int threads)
{
    size_t lines = (size_t)(bytes / (LINE_WORDS * sizeof(uint64_t))) + 1;
    *l = (struct load_loop){.n = lines * LINE_WORDS};
    TRY(mem_new(&l->words, l->n, sizeof *l->words));
    for (size_t i = 0; i < l->n; i++)
        l->words[i] = i; /* written, so that every page is there */
    enum status s = pool_new(threads, 0, &l->pool);
    if (s != OK)
        load_loop_release(l);
    return s;
}

void load_loop_release(struct load_loop *l)
{
    pool_release(l->pool);
    mem_free(l->words);
    l->pool = NULL;
    l->words = NULL;
}

struct pass {
    const struct load_loop *loop;
    _Atomic uint64_t sum;
};

static void load_part(void *ctx, int part, int parts)
{
    struct pass *p = ctx;
    size_t lo, hi;
    pool_share(p->loop->n, LINE_WORDS, part, parts, &lo, &hi);
    atomic_fetch_xor(&p->sum, kern_get()->load_words(p->loop->words + lo, hi - lo));
}

enum status load_loop_call(void *loop)
{
    struct load_loop *l = loop;
    struct pass p = {.loop = l};
    pool_run(l->pool, load_part, &p);
    l->seen = atomic_load(&p.sum);
    return OK;
}

const char *cache_level_of(double bytes)
{
    static const char *const name[] = {"L1", "L2", "L3"};
    for (int level = 1; level <= 3; level++)
        if (bytes <= (double)cpu_cache_bytes(level))
            return name[level - 1];
    return "memory";
}
