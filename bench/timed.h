/* timed.h - what a measured block calls: a step of a plan with carried state, or its gates. */
#ifndef BENCH_TIMED_H
#define BENCH_TIMED_H

#include "base/status.h"
#include "kernels/lstm.h"

/* A plan (borrowed) with random inputs and its own state. */
struct timed_plan {
    struct lstm_plan *plan;
    struct lstm_io io;
    float *x, *h, *c;
};

enum status timed_plan_init(struct timed_plan *t, const struct lstm_net *net,
                            struct lstm_plan *plan, int batch, int steps);
void timed_plan_release(struct timed_plan *t);

/* `call` of a measure_side (measure.h) whose ctx is a timed_plan. */
enum status timed_step(void *timed);
enum status timed_gates(void *timed);

#endif
