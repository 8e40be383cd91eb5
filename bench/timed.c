#include "bench/timed.h"

#include "base/mem.h"
#include "base/rng.h"

enum status timed_plan_init(struct timed_plan *t, const struct lstm_net *net,
                            struct lstm_plan *plan, int batch, int steps)
{
    struct rng r;
    size_t n_x = (size_t)steps * (size_t)batch * (size_t)net->layer[0].n_in;
    *t = (struct timed_plan){.plan = plan};
    enum status s = mem_new(&t->x, n_x, sizeof *t->x);
    if (s == OK)
        s = mem_new(&t->h, lstm_h_size(net, batch), sizeof *t->h);
    if (s == OK)
        s = mem_new(&t->c, lstm_c_size(net, batch), sizeof *t->c);
    if (s != OK) {
        timed_plan_release(t);
        return s;
    }
    rng_seed(&r, 1, 1);
    rng_uniform(&r, t->x, n_x, -1, 1);
    t->io = (struct lstm_io){.steps = steps, .batch = batch, .x = t->x, .h = t->h, .c = t->c};
    return OK;
}

void timed_plan_release(struct timed_plan *t)
{
    mem_free(t->x);
    mem_free(t->h);
    mem_free(t->c);
    *t = (struct timed_plan){0};
}

enum status timed_step(void *timed)
{
    struct timed_plan *t = timed;
    return lstm_run(t->plan, &t->io);
}

enum status timed_gates(void *timed)
{
    return lstm_gates(((struct timed_plan *)timed)->plan);
}
