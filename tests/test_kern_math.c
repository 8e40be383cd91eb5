/* test_kern_math.c - how near exp, sigmoid and tanh come to the truth (libm in double), over a
 * dense sweep of floats at every level; and what they make of infinities and NaN. */
#include "base/cpu.h"
#include "base/rng.h"
#include "kernels/kern.h"
#include "kernels/kern_math.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N = 4096, STRIDE = 401 }; /* one float of 401, both signs */

static float float_of(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static uint32_t bits_of(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

/* Distance in units in the last place of the (float) truth. */
static double in_ulps(float got, double want)
{
    int e;
    frexp(want, &e);
    return fabs(got - want) / ldexp(1, (e < -125 ? -125 : e) - 24);
}

static double max2(double a, double b)
{
    return a > b || isnan(a) ? a : b;
}

/* exp at every STRIDE-th float of [-87, 88], which is where the variants do not clamp. */
Test(kern_math, exp_is_good_to_1_ulp)
{
    double worst = 0;
    for (uint32_t sign = 0; sign < 2; sign++)
        for (uint32_t b = 0; b <= bits_of(sign ? 87 : 88); b += VEC * STRIDE) {
            vec_f x;
            for (uint32_t i = 0; i < VEC; i++)
                x[i] = float_of((b + i * STRIDE < bits_of(87) ? b + i * STRIDE : bits_of(87)) |
                                sign << 31);
            vec_f e = vec_exp(x);
            for (int i = 0; i < VEC; i++)
                worst = max2(worst, in_ulps(e[i], exp((double)x[i])));
        }
    fprintf(stderr, "# exp: %.3f ulp\n", worst);
    cr_assert_lt(worst, 1);
}

/* Runs n values as pre-activations through the cell with c_prev = 0: s gets their sigmoid (gate i),
 * t their tanh (gate g). */
static void through_cell(const struct kern *k, const float *x, float *s, float *t, int n)
{
    static float z[4 * N], c[N], h[N];
    memset(c, 0, sizeof c);
    memcpy(z, x, (size_t)n * sizeof *z);
    memcpy(z + n, x, (size_t)n * sizeof *z);
    memcpy(z + 2 * n, x, (size_t)n * sizeof *z);
    memcpy(z + 3 * n, x, (size_t)n * sizeof *z);
    k->cell_forward(z, NULL, c, c, NULL, h, n, n);
    memcpy(s, z, (size_t)n * sizeof *z);
    memcpy(t, z + 2 * n, (size_t)n * sizeof *z);
}

/* Every STRIDE-th float from 0 to 120 and its negative: far into saturation on both sides. */
static void sweep(unsigned flags)
{
    static float x[N], s[N], t[N];
    struct kern k;
    char isa[64];
    double worst[4] = {0};
    kern_init(&k, flags);
    for (uint32_t b = 0; b < bits_of(120); b += N / 2 * STRIDE) {
        for (uint32_t i = 0; i < N; i++)
            x[i] = float_of((b + i / 2 * STRIDE) | i << 31);
        through_cell(&k, x, s, t, N);
        for (int i = 0; i < N; i++) {
            double sigmoid = 1 / (1 + exp(-(double)x[i])), tanh_x = tanh((double)x[i]);
            worst[0] = max2(worst[0], fabs(s[i] - sigmoid) * (1 << 23));
            worst[1] = max2(worst[1], fabs(t[i] - tanh_x) * (1 << 23));
            worst[2] = max2(worst[2], x[i] > -87 ? in_ulps(s[i], sigmoid) : 0);
            worst[3] = max2(worst[3], fabsf(x[i]) >= 1e-37f ? in_ulps(t[i], tanh_x) : 0);
        }
    }
    fprintf(stderr, "# %s: sigmoid %.3f and tanh %.3f ulp of 1, %.3f and %.3f ulp of the result\n",
            cpu_isa_name(flags, isa), worst[0], worst[1], worst[2], worst[3]);
    cr_assert_lt(worst[0], 1);
    cr_assert_lt(worst[1], 1.75);
    cr_assert_lt(worst[2], 2.5);
    cr_assert_lt(worst[3], 3.5);
}

Test(kern_math, sigmoid_and_tanh_at_scalar)
{
    sweep(0);
}

Test(kern_math, sigmoid_and_tanh_at_the_best_level)
{
    sweep(cpu_flags_found());
}

/* The whole cell, with peepholes: errors of c' and h' in ulp of max(1, |c|). */
static void cells(unsigned flags)
{
    static float z[4 * N], in[4 * N], p[3 * N], c[N], old[N], h[N];
    struct kern k;
    struct rng r;
    char isa[64];
    double worst[2] = {0};
    kern_init(&k, flags);
    rng_seed(&r, 5, 5);
    for (int round = 0; round < 100; round++) {
        float reach = round % 2 ? 10 : 1;
        rng_uniform(&r, in, 4 * N, -6, 6);
        rng_uniform(&r, p, 3 * N, -1, 1);
        rng_uniform(&r, old, N, -reach, reach);
        memcpy(z, in, sizeof z);
        k.cell_forward(z, p, old, c, NULL, h, N, N);
        for (int j = 0; j < N; j++) {
            double d = old[j], size = max2(1, fabs(d)) / (1 << 23);
            double i = 1 / (1 + exp(-(in[j] + p[j] * d)));
            double f = 1 / (1 + exp(-(in[N + j] + p[N + j] * d)));
            double now = f * d + i * tanh((double)in[2 * N + j]);
            double o = 1 / (1 + exp(-(in[3 * N + j] + p[2 * N + j] * now)));
            worst[0] = max2(worst[0], fabs(c[j] - now) / size);
            worst[1] = max2(worst[1], fabs(h[j] - o * tanh(now)) / size);
        }
    }
    fprintf(stderr, "# %s: c %.3f and h %.3f ulp of max(1, |c|)\n", cpu_isa_name(flags, isa),
            worst[0], worst[1]);
    cr_assert_lt(worst[0], 3.5);
    cr_assert_lt(worst[1], 3);
}

Test(kern_math, cell_at_scalar)
{
    cells(0);
}

Test(kern_math, cell_at_the_best_level)
{
    cells(cpu_flags_found());
}

Test(kern_math, ends_and_nan)
{
    static const float in[] = {INFINITY, -INFINITY, 1e30f, -1e30f, 0.0f, -0.0f, NAN, 1e-40f};
    const unsigned level[] = {0, cpu_flags_found() & CPU_AVX2, cpu_flags_found()};
    for (int i = 0; i < 3; i++) {
        struct kern k;
        float s[8], t[8];
        kern_init(&k, level[i]);
        through_cell(&k, in, s, t, 8);
        cr_assert(s[0] == 1 && s[1] >= 0 && s[1] < 1e-38f && t[0] == 1 && t[1] == -1);
        cr_assert(s[2] == 1 && s[3] >= 0 && s[3] < 1e-38f && t[2] == 1 && t[3] == -1);
        cr_assert(s[4] == 0.5f && s[5] == 0.5f && t[4] == 0 && t[5] == 0);
        cr_assert(isnan(s[6]) && isnan(t[6]) && s[7] == 0.5f && t[7] == 1e-40f);
    }
}
