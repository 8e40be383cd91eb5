/* kern_trial.h - one run of one slot on drawn arguments, compared with what scalar gave, or timed.
 * The slots' own runs are in kern_float.c and kern_integer.c; test_kern.c and time_kern.c loop over
 * them. */
#ifndef TESTS_KERN_TRIAL_H
#define TESTS_KERN_TRIAL_H

#include "base/rng.h"
#include "kernels/kern.h"
#include "kernels/pw_format.h"
#include "tests/guarded.h"

enum { MAX_ARGS = 9, MAX_GIVEN = 1 << 14 };
enum fill { FILL_PLAIN, FILL_LARGE, FILL_DENORMAL, FILL_ZEROS, FILL_NAN, N_FILLS };

/* The times of a slot's calls, each on the arguments as they were drawn. */
enum { TIMED_CALLS = 2000, TIMED_SIZE = 256 };
struct timing {
    double ns[TIMED_CALLS];
    int n;
    int64_t begin_ns;
    void *drawn[MAX_ARGS]; /* content of what the slot may change; NULL for inputs */
};

/* One run of one slot on drawn arguments. The same seed draws the same; what scalar gave is kept
 * and compared with what the variant gives. */
struct trial {
    const struct kern *k;
    struct rng rng;
    enum fill fill;
    struct guarded arg[MAX_ARGS];
    const void *saved[MAX_ARGS]; /* content of an input, which must stay */
    int n_args;
    struct pw_span span;   /* of draw_span */
    struct timing *timing; /* NULL: the slot is called once, and its results are compared */
    int calls;
    double want[MAX_GIVEN];
    size_t n_want, at;
    int recording;
    int exact; /* bits must agree: two variants of the same source */
    char what[128];
};

/* Draws the arguments of a slot, calls it as t->k has it and gives the results. One for every slot:
 * without it, or with two, the test does not link. */
#define TRIAL_RUN(result, name, args) void run_##name(struct trial *t);
KERN_SLOTS(TRIAL_RUN)
#undef TRIAL_RUN

/* A number of elements: edges of vectors often, 0 too. When timed: TIMED_SIZE. */
int draw_size(struct trial *t);

/* The same, at most `most`. When timed: the most that is a multiple of 8, if there is one. */
int draw_upto(struct trial *t, int most);

/* Stands before the call of the slot, which it makes as often as is wanted. */
#define TRIAL_CALL(t) for (trial_ready(t); trial_again(t);)
void trial_ready(struct trial *t);
int trial_again(struct trial *t);

/* Room for n elements between guard pages, as the slot's next argument, without content. */
void *draw_place(struct trial *t, size_t n, size_t size);

/* n floats that the slot may overwrite, in [lo, hi) for the plain filling. */
float *inout(struct trial *t, size_t n, float lo, float hi);

/* The same for an input, which must not change. */
const float *input(struct trial *t, size_t n, float lo, float hi);

/* n uint16 in [0, below) as an input. */
const uint16_t *input_indices(struct trial *t, size_t n, uint32_t below);

/* Makes the argument drawn last an input with the content that it has now; returns p. */
const void *keep_input(struct trial *t, const void *p, size_t bytes);

/* One to three blocks of up to `most` random steps in a format, for x of `cols` elements. */
const struct pw_span *draw_span(struct trial *t, const struct pw_format *f, int most, size_t cols);

/* Takes a result: its error may be `tolerance`. When timed: nothing is compared. */
void give(struct trial *t, double got, double tolerance);
void give_all(struct trial *t, const float *y, size_t n, double tolerance);

#endif
