#include "kernels/cpu_plan.h"

enum status cpu_plan_run(void *plan, const struct lstm_io *io)
{
    struct cpu_plan *p = plan;
    if (p->fixed != NULL)
        fixed_stack_run(p->fixed, io);
    else
        cpu_stack_run(&p->stack, io);
    return OK;
}

void cpu_plan_gates(void *plan)
{
    struct cpu_plan *p = plan;
    if (p->fixed != NULL)
        fixed_stack_gates(p->fixed);
    else
        cpu_stack_gates(&p->stack);
}

const char *cpu_plan_variant(const void *plan)
{
    return ((const struct cpu_plan *)plan)->variant;
}

void cpu_plan_clear(struct cpu_plan *p)
{
    if (p->fixed != NULL)
        fixed_stack_release(p->fixed);
    else
        cpu_stack_release(&p->stack);
}
