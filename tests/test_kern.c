/* test_kern.c - every slot at every level against its scalar meaning, on random and edge shapes,
 * in arrays that fault past their ends. A new slot needs one function run_NAME in kern_float.c or
 * kern_integer.c; a new variant needs nothing. */
#include "base/cpu.h"
#include "tests/kern_trial.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIALS = 1500 };

static const struct {
    const char *name;
    void (*run)(struct trial *t);
} slots[] = {
#define ENTRY(result, name, args) {#name, run_##name},
    KERN_SLOTS(ENTRY)
#undef ENTRY
};

static void run_once(struct trial *t, size_t slot, const struct kern *k, uint64_t seed)
{
    t->k = k;
    t->n_args = 0;
    t->at = 0;
    rng_seed(&t->rng, seed, slot);
    slots[slot].run(t);
    for (int i = 0; i < t->n_args; i++) {
        cr_assert(guarded_intact(&t->arg[i]), "%s writes beside argument %d", t->what, i);
        cr_assert(t->saved[i] == NULL || memcmp(t->saved[i], t->arg[i].at, t->arg[i].n) == 0,
                  "%s changes input %d", t->what, i);
        free((void *)t->saved[i]);
    }
}

static void compare(unsigned base, unsigned level, int exact)
{
    static struct trial t;
    struct kern want, got;
    char isa[64];
    for (int i = 0; i < MAX_ARGS; i++)
        guarded_map(&t.arg[i]);
    kern_init(&want, base);
    kern_init(&got, level);
    t.exact = exact;
    for (size_t slot = 0; slot < sizeof slots / sizeof *slots; slot++)
        for (uint64_t seed = 0; seed < TRIALS; seed++) {
            t.fill = (enum fill)(seed % N_FILLS);
            t.recording = 1;
            t.n_want = 0;
            snprintf(t.what, sizeof t.what, "%s at %s, seed %d, filling %d", slots[slot].name,
                     cpu_isa_name(level, isa), (int)seed, t.fill);
            run_once(&t, slot, &want, seed);
            t.recording = 0;
            run_once(&t, slot, &got, seed);
            cr_assert_eq(t.at, t.n_want);
        }
}

Test(kern, scalar_stays_within_its_arrays)
{
    compare(0, 0, 1);
}

Test(kern, avx2_means_scalar)
{
    if (!(cpu_flags_found() & CPU_AVX2))
        cr_skip_test("no AVX2 here");
    compare(0, CPU_AVX2, 0);
}

Test(kern, avx512_means_scalar)
{
    if (!(cpu_flags_found() & CPU_AVX512))
        cr_skip_test("no AVX-512 here");
    compare(0, cpu_flags_found(), 0);
}

/* One source without contraction: the same bits, so that results do not hang on the machine. */
Test(kern, vector_levels_agree_bit_for_bit)
{
    if (!(cpu_flags_found() & CPU_AVX512))
        cr_skip_test("no AVX-512 here");
    compare(CPU_AVX2, cpu_flags_found(), 1);
}
