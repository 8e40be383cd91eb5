/* test_allocation.c - running a plan or its gates never allocates. The linker sends our own calls
 * of the allocator here (--wrap); OpenBLAS, a shared library, keeps its own buffers and is not
 * counted. */
#include "brds/registry.h"
#include "tests/random_quant.h"
#include "tests/random_stack.h"

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_int n_calls;

#define WRAP(result, name, parameters, ...)                                                        \
    result __real_##name parameters;                                                               \
    result __wrap_##name parameters;                                                               \
    result __wrap_##name parameters                                                                \
    {                                                                                              \
        atomic_fetch_add(&n_calls, 1);                                                             \
        return __real_##name(__VA_ARGS__);                                                         \
    }

WRAP(void *, malloc, (size_t n), n)
WRAP(void *, calloc, (size_t n, size_t size), n, size)
WRAP(void *, realloc, (void *p, size_t n), p, n)
WRAP(void *, aligned_alloc, (size_t align, size_t n), align, n)
WRAP(int, posix_memalign, (void **p, size_t align, size_t n), p, align, n)

Test(allocation, none_while_running)
{
    struct random_want want = {3, 60, 0.5, 0.5, 0.5};
    struct rng r;
    rng_seed(&r, 8, 1);
    for (int round = 0; round < 12; round++)
        for (size_t i = 0; registry_at(i) != NULL; i++) {
            struct random_stack s;
            struct random_call call;
            struct lstm_plan *plan;
            int batch = round % 2 ? 1 : 9, threads = 1 + round % 3;
            struct lstm_options opt = {.max_batch = batch, .max_steps = 5, .threads = threads};
            struct quant quant;
            random_stack_make(&s, &r, &want);
            random_call_make(&call, &r, &s.net, 5, batch, round % 4 == 0);
            random_ranges(&quant, &r, &s.net);
            opt.quant = &quant;
            opt.precision = lstm_takes(registry_at(i), PREC_F32) ? PREC_F32 : PREC_Q16;
            int before = atomic_load(&n_calls);
            cr_assert_eq(lstm_prepare(registry_at(i), &s.net, &opt, &plan), OK);
            cr_assert_gt(atomic_load(&n_calls), before + 3, "allocations are not counted");
            before = atomic_load(&n_calls);
            for (int call_no = 0; call_no < 3; call_no++)
                lstm_run(plan, &call.io);
            enum status gates = lstm_gates(plan);
            cr_assert_eq(gates, registry_at(i)->gates != NULL ? OK : E_UNSUPPORTED);
            cr_assert_eq(atomic_load(&n_calls), before, "%s allocates in run",
                         registry_at(i)->name);
            lstm_release(plan);
            random_call_release(&call);
            random_stack_release(&s);
        }
}
