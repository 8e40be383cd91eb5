#include "tests/kern_trial.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TIMED_WARMUPS = 100, TIMED_SKEW = 5 * 64 };

int draw_size(struct trial *t)
{
    static const int edge[] = {0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 127};
    if (t->timing != NULL)
        return TIMED_SIZE;
    uint32_t i = rng_below(&t->rng, 24);
    return i < sizeof edge / sizeof *edge ? edge[i] : (int)rng_below(&t->rng, 300);
}

int draw_upto(struct trial *t, int most)
{
    if (t->timing != NULL)
        return most < 8 ? most : most / 8 * 8;
    return draw_size(t) % (most + 1);
}

/* Each call finds what was drawn; putting it there is outside the clock. */
void trial_ready(struct trial *t)
{
    t->calls = 0;
    if (t->timing == NULL)
        return;
    t->timing->n = 0;
    for (int i = 0; i < t->n_args; i++) {
        struct guarded *a = &t->arg[i];
        t->timing->drawn[i] = t->saved[i] == NULL ? memcpy(malloc(a->n + 1), a->at, a->n) : NULL;
    }
}

static int again_timed(struct trial *t, struct timing *m)
{
    int64_t now = clock_ns();
    if (t->calls > TIMED_WARMUPS)
        m->ns[m->n++] = (double)(now - m->begin_ns);
    for (int i = 0; i < t->n_args; i++)
        if (m->drawn[i] != NULL)
            memcpy(t->arg[i].at, m->drawn[i], t->arg[i].n);
    t->calls++;
    if (m->n < TIMED_CALLS) {
        m->begin_ns = clock_ns();
        return 1;
    }
    for (int i = 0; i < t->n_args; i++)
        free(m->drawn[i]);
    return 0;
}

int trial_again(struct trial *t)
{
    return t->timing != NULL ? again_timed(t, t->timing) : t->calls++ == 0;
}

void *draw_place(struct trial *t, size_t n, size_t size)
{
    cr_assert_lt(t->n_args, MAX_ARGS);
    int place = (int)rng_below(&t->rng, 3);
    size_t skew = size * rng_below(&t->rng, 40);
    if (t->timing != NULL) { /* aligned, and no two at the same place in their pages */
        place = 2;
        skew = TIMED_SKEW * (size_t)t->n_args;
    }
    t->saved[t->n_args] = NULL;
    return guarded_place(&t->arg[t->n_args++], n * size, place, skew);
}

float *inout(struct trial *t, size_t n, float lo, float hi)
{
    static const float special[] = {0.0f, -0.0f, NAN};
    float *p = draw_place(t, n, sizeof *p);
    rng_uniform(&t->rng, p, n, lo, hi);
    for (size_t i = 0; i < n; i++) {
        uint32_t pick = rng_below(&t->rng, 12);
        if (t->fill == FILL_LARGE)
            p[i] *= 50;
        else if (t->fill == FILL_DENORMAL)
            p[i] *= 1e-39f;
        else if (t->fill == FILL_ZEROS && pick < 8)
            p[i] = special[pick % 2];
        else if (t->fill == FILL_NAN && pick == 0)
            p[i] = special[2];
    }
    return p;
}

const void *keep_input(struct trial *t, const void *p, size_t bytes)
{
    void *copy = malloc(bytes != 0 ? bytes : 1);
    cr_assert_not_null(copy);
    memcpy(copy, p, bytes);
    t->saved[t->n_args - 1] = copy;
    return p;
}

const float *input(struct trial *t, size_t n, float lo, float hi)
{
    float *p = inout(t, n, lo, hi);
    return keep_input(t, p, n * sizeof *p);
}

const uint16_t *input_indices(struct trial *t, size_t n, uint32_t below)
{
    uint16_t *p = draw_place(t, n, sizeof *p);
    for (size_t i = 0; i < n; i++)
        p[i] = (uint16_t)rng_below(&t->rng, below);
    return keep_input(t, p, n * sizeof *p);
}

void give(struct trial *t, double got, double tolerance)
{
    if (t->timing != NULL)
        return;
    if (t->recording) {
        cr_assert_lt(t->n_want, MAX_GIVEN);
        t->want[t->n_want++] = got;
        return;
    }
    double want = t->want[t->at++];
    if ((isnan(want) && isnan(got)) || want == got)
        return;
    cr_assert(!t->exact && fabs(got - want) <= tolerance, "%s, result %zu: %.9g (expected %.9g)",
              t->what, t->at - 1, got, want);
}

void give_all(struct trial *t, const float *y, size_t n, double tolerance)
{
    for (size_t i = 0; i < n; i++)
        give(t, y[i], tolerance);
}

static float largest_weight(enum precision p)
{
    return p == PREC_F32 || p == PREC_F27 ? 1 : p == PREC_Q8 ? 127 : 300;
}

static void fill_step(struct trial *t, const struct pw_format *f, unsigned char *step)
{
    float largest = largest_weight(f->precision);
    uint32_t reach = (uint32_t)(f->bank ? PW_BANK : f->rule.window);
    for (int i = 0; i < PW_ROWS * f->rule.group; i++) {
        struct pw_slot s = {(int32_t)rng_below(&t->rng, reach), 0};
        rng_uniform(&t->rng, &s.value, 1, -largest, largest);
        f->put(step, i / f->rule.group, i % f->rule.group, s);
    }
}

/* Where the banks of a step begin, each within the window. */
static uint32_t draw_base(struct trial *t, const struct pw_format *f)
{
    uint32_t base = 0, most = (uint32_t)(f->rule.window - PW_BANK);
    for (int g = 0; f->base_bits != 0 && g < f->rule.group; g++)
        base |= rng_below(&t->rng, most / PW_BANK + 1) * PW_BANK << f->base_bits * g;
    return base;
}

const struct pw_span *draw_span(struct trial *t, const struct pw_format *f, int most, size_t cols)
{
    int steps = draw_upto(t, most), blocks = 1 + (int)rng_below(&t->rng, 3);
    size_t n = (size_t)steps * (size_t)blocks;
    unsigned char *stream = draw_place(t, n * f->step_bytes, 1);
    memset(stream, 0, n * f->step_bytes);
    for (size_t i = 0; i < n; i++)
        fill_step(t, f, stream + i * f->step_bytes);
    keep_input(t, stream, n * f->step_bytes);
    int32_t *off = draw_place(t, n, sizeof *off);
    for (size_t i = 0; i < n; i++)
        off[i] = (int32_t)rng_below(&t->rng, (uint32_t)(cols - (size_t)f->rule.window + 1));
    keep_input(t, off, n * sizeof *off);
    uint32_t *base = NULL;
    if (f->bank) {
        base = draw_place(t, n, sizeof *base);
        for (size_t i = 0; i < n; i++)
            base[i] = draw_base(t, f);
        keep_input(t, base, n * sizeof *base);
    }
    t->span = (struct pw_span){stream, off, base, steps, blocks};
    return &t->span;
}
