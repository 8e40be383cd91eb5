/* time_kern [GLOB...] - the median time of a call of each slot at each level, on the arguments that
 * test_kern.c draws, at the largest of their sizes: what a variant gained, before a whole net is
 * timed. The clock's own time is taken off. '=': the level below has no better one. */
#include "base/cpu.h"
#include "results/stats.h"
#include "tests/kern_trial.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_LEVELS = 3, SEED = 1 };

static const struct slot {
    const char *name;
    void (*run)(struct trial *t);
    size_t at; /* of its function in struct kern */
    size_t bytes;
} slots[] = {
#define ENTRY(result, name, args)                                                                  \
    {#name, run_##name, offsetof(struct kern, name), sizeof(kern_##name##_fn *)},
    KERN_SLOTS(ENTRY)
#undef ENTRY
};

static double median_ns(struct trial *t, void (*run)(struct trial *t))
{
    struct stats s;
    t->n_args = 0;
    run(t);
    for (int i = 0; i < t->n_args; i++)
        free((void *)t->saved[i]);
    return stats_of(t->timing->ns, (size_t)t->timing->n, &s) == OK ? s.median : NAN;
}

static void call_nothing(struct trial *t)
{
    TRIAL_CALL(t)
    continue;
}

static double slot_ns(struct trial *t, const struct slot *slot, const struct kern *k)
{
    t->k = k;
    rng_seed(&t->rng, SEED, (uint64_t)(slot - slots));
    double ns = median_ns(t, slot->run);
    return ns - median_ns(t, call_nothing);
}

static int is_same(const struct slot *s, const struct kern *a, const struct kern *b)
{
    return memcmp((const char *)a + s->at, (const char *)b + s->at, s->bytes) == 0;
}

static void print_slot(struct trial *t, const struct slot *s, const struct kern *level, int n)
{
    double scalar = slot_ns(t, s, &level[0]);
    printf("%-18s %9.0f", s->name, scalar);
    for (int i = 1; i < n; i++) {
        if (is_same(s, &level[i - 1], &level[i])) {
            printf(" %17s", "=");
            continue;
        }
        double ns = slot_ns(t, s, &level[i]);
        printf(" %9.0f (%4.1fx)", ns, scalar / ns);
    }
    printf("\n");
    fflush(stdout);
}

static int is_wanted(const char *name, int n, char **glob)
{
    for (int i = 0; i < n; i++)
        if (fnmatch(glob[i], name, 0) == 0)
            return 1;
    return n == 0;
}

int main(int argc, char **argv)
{
    static struct trial t;
    static struct timing timing;
    static struct kern level[N_LEVELS];
    const unsigned flags[N_LEVELS] = {0, CPU_AVX2, CPU_AVX2 | CPU_AVX512};
    unsigned found = cpu_flags_found();
    int n = 0;
    char isa[64];
    printf("%-18s", "ns a call");
    while (n < N_LEVELS && (flags[n] & ~found) == 0) {
        unsigned allowed = n == N_LEVELS - 1 ? found : flags[n];
        kern_init(&level[n], allowed);
        printf(n == 0 ? " %9s" : " %17s", n == 2 ? "avx512" : cpu_isa_name(allowed, isa));
        n++;
    }
    printf("\n");
    t.timing = &timing;
    for (int i = 0; i < MAX_ARGS; i++)
        guarded_map(&t.arg[i]);
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++)
        if (is_wanted(slots[i].name, argc - 1, argv + 1))
            print_slot(&t, &slots[i], level, n);
    return 0;
}
