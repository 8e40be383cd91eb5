/* cpu_plan.h - a plan of the dense or sparse backend: one stack, in floats or in integers. */
#ifndef KERNELS_CPU_PLAN_H
#define KERNELS_CPU_PLAN_H

#include "kernels/cpu_fixed.h"
#include "kernels/cpu_stack.h"

/* The first member of a backend's own plan, if it has more. */
struct cpu_plan {
    struct fixed_stack *fixed; /* q16, q10 and q8; NULL in f32, which uses the stack */
    struct cpu_stack stack;
    char variant[96];
};

/* lstm_backend.run, gates and variant of such a plan. */
enum status cpu_plan_run(void *plan, const struct lstm_io *io);
void cpu_plan_gates(void *plan);
const char *cpu_plan_variant(const void *plan);

/* Releases the stack, not the plan itself. */
void cpu_plan_clear(struct cpu_plan *p);

#endif
