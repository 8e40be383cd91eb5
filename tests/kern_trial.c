#include "tests/kern_trial.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int draw_size(struct trial *t)
{
    static const int edge[] = {0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 127};
    uint32_t i = rng_below(&t->rng, 24);
    return i < sizeof edge / sizeof *edge ? edge[i] : (int)rng_below(&t->rng, 300);
}

void *draw_place(struct trial *t, size_t n, size_t size)
{
    cr_assert_lt(t->n_args, MAX_ARGS);
    int place = (int)rng_below(&t->rng, 3);
    t->saved[t->n_args] = NULL;
    return guarded_place(&t->arg[t->n_args++], n * size, place, size * rng_below(&t->rng, 40));
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

void draw_block(struct trial *t, enum precision p, int i_format, int steps, size_t cols,
                unsigned char **stream, int32_t **off)
{
    const struct pw_format *f = pw_format_of(p, i_format);
    size_t n = (size_t)steps * f->step_bytes;
    float largest = p == PREC_F32 ? 1 : p == PREC_Q8 ? 127 : 300;
    *stream = draw_place(t, n, 1);
    memset(*stream, 0, n);
    for (int i = 0; i < steps * PW_ROWS * f->rule.group; i++) {
        int slot = i % (PW_ROWS * f->rule.group), row = slot / f->rule.group;
        struct pw_slot s = {(int32_t)rng_below(&t->rng, (uint32_t)f->rule.window), 0};
        rng_uniform(&t->rng, &s.value, 1, -largest, largest);
        f->put(*stream + (size_t)(i / (PW_ROWS * f->rule.group)) * f->step_bytes, row,
               slot % f->rule.group, s);
    }
    keep_input(t, *stream, n);
    *off = draw_place(t, (size_t)steps, sizeof **off);
    for (int i = 0; i < steps; i++)
        (*off)[i] = (int32_t)rng_below(&t->rng, (uint32_t)(cols - (size_t)f->rule.window + 1));
    keep_input(t, *off, (size_t)steps * sizeof **off);
}
