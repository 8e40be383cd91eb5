/* test_kern.c - every slot at every level against its scalar meaning, on random and edge shapes,
 * in arrays that fault past their ends. A new slot needs one function run_NAME below; a new variant
 * needs nothing. */
#include "base/cpu.h"
#include "base/rng.h"
#include "kernels/kern.h"
#include "kernels/pw_format.h"
#include "tests/guarded.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ARGS = 9, MAX_GIVEN = 1 << 14, TRIALS = 1500 };
enum fill { FILL_PLAIN, FILL_LARGE, FILL_DENORMAL, FILL_ZEROS, FILL_NAN, N_FILLS };

/* One run of one slot on drawn arguments. The same seed draws the same; what scalar gave is kept
 * and compared with what the variant gives. */
struct trial {
    const struct kern *k;
    struct rng rng;
    enum fill fill;
    struct guarded arg[MAX_ARGS];
    const void *saved[MAX_ARGS]; /* content of an input, which must stay */
    int n_args;
    double want[MAX_GIVEN];
    size_t n_want, at;
    int recording;
    int exact; /* bits must agree: two variants of the same source */
    char what[128];
};

static int draw_size(struct trial *t)
{
    static const int edge[] = {0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 127};
    uint32_t i = rng_below(&t->rng, 24);
    return i < sizeof edge / sizeof *edge ? edge[i] : (int)rng_below(&t->rng, 300);
}

static void *draw_place(struct trial *t, size_t n, size_t size)
{
    cr_assert_lt(t->n_args, MAX_ARGS);
    int place = (int)rng_below(&t->rng, 3);
    t->saved[t->n_args] = NULL;
    return guarded_place(&t->arg[t->n_args++], n * size, place, size * rng_below(&t->rng, 40));
}

/* n floats that the slot may overwrite, in [lo, hi) for the plain filling. */
static float *inout(struct trial *t, size_t n, float lo, float hi)
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

static const void *keep_input(struct trial *t, const void *p, size_t bytes)
{
    void *copy = malloc(bytes != 0 ? bytes : 1);
    cr_assert_not_null(copy);
    memcpy(copy, p, bytes);
    t->saved[t->n_args - 1] = copy;
    return p;
}

/* The same for an input, which must not change. */
static const float *input(struct trial *t, size_t n, float lo, float hi)
{
    float *p = inout(t, n, lo, hi);
    return keep_input(t, p, n * sizeof *p);
}

static const uint16_t *input_indices(struct trial *t, size_t n, uint32_t below)
{
    uint16_t *p = draw_place(t, n, sizeof *p);
    for (size_t i = 0; i < n; i++)
        p[i] = (uint16_t)rng_below(&t->rng, below);
    return keep_input(t, p, n * sizeof *p);
}

/* Takes a result: its error may be `tolerance`. */
static void give(struct trial *t, double got, double tolerance)
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

static void give_all(struct trial *t, const float *y, size_t n, double tolerance)
{
    for (size_t i = 0; i < n; i++)
        give(t, y[i], tolerance);
}

static const double ulp = 1.0 / (1 << 23); /* of 1 */

static void run_cell_forward(struct trial *t)
{
    int n = draw_size(t), alias = rng_below(&t->rng, 2) == 0;
    size_t m = (size_t)n;
    float *z = inout(t, 4 * m, -8, 8);
    const float *p = rng_below(&t->rng, 2) ? input(t, 3 * m, -1, 1) : NULL;
    float *c = inout(t, m, -2, 2);
    const float *c_prev = alias ? c : input(t, m, -2, 2);
    float *tanh_c = rng_below(&t->rng, 2) ? inout(t, m, 0, 1) : NULL, *h = inout(t, m, 0, 1);
    double wide = 3 * ulp * (t->fill == FILL_LARGE ? 100 : 2); /* an error of f is one of f*c */
    t->k->cell_forward(z, p, c_prev, c, tanh_c, h, n);
    give_all(t, z, 4 * m, p != NULL ? wide : 3 * ulp);
    give_all(t, c, m, wide);
    give_all(t, h, m, wide);
    if (tanh_c != NULL)
        give_all(t, tanh_c, m, wide);
}

/* The same operations in the same order at every level: no tolerance. */
static void run_cell_backward(struct trial *t)
{
    int n = draw_size(t);
    size_t m = (size_t)n;
    float *gates = inout(t, 4 * m, 0, 1);
    const float *p = rng_below(&t->rng, 2) ? input(t, 3 * m, -1, 1) : NULL;
    const float *c_prev = input(t, m, -2, 2), *c = input(t, m, -2, 2), *tanh_c = input(t, m, -1, 1);
    const float *dh = input(t, m, -1, 1);
    float *dc = inout(t, m, -1, 1), *dp = p != NULL ? inout(t, 3 * m, -1, 1) : NULL;
    t->k->cell_backward(gates, p, c_prev, c, tanh_c, dh, dc, dp, n);
    give_all(t, gates, 4 * m, 0);
    give_all(t, dc, m, 0);
    if (dp != NULL)
        give_all(t, dp, 3 * m, 0);
}

static void run_log_sum_exp(struct trial *t)
{
    int n = draw_size(t) + 1;
    const float *z = input(t, (size_t)n, -9, 9);
    float got = t->k->log_sum_exp(z, n);
    give(t, got, 2 * ulp * fmaxf(1, fabsf(got)));
}

/* exp of less than -87 is no zero in the variants, but 1.6e-38. */
static void run_softmax(struct trial *t)
{
    int n = draw_size(t) + 1;
    float *z = inout(t, (size_t)n, -9, 9), scale = t->fill == FILL_PLAIN ? 0.05f : 1;
    float got = t->k->softmax(z, n, scale);
    give(t, got, 2 * ulp * fmaxf(1, fabsf(got)));
    for (int i = 0; i < n; i++)
        give(t, z[i], (double)scale * 1e-37 + 8 * ulp * fabsf(z[i]));
}

static void run_sum_squares(struct trial *t)
{
    size_t n = (size_t)draw_size(t) * (rng_below(&t->rng, 4) == 0 ? 30 : 1);
    const float *x = input(t, n, -3, 3);
    double got = t->k->sum_squares(x, n);
    give(t, got, 8 * ulp * got + 1e-60);
}

static void run_axpy(struct trial *t)
{
    size_t n = (size_t)draw_size(t);
    const float *a = input(t, 1, -2, 2), *x = input(t, n, -2, 2);
    float *y = inout(t, n, -2, 2);
    t->k->axpy(*a, x, y, n);
    give_all(t, y, n, 0);
}

static void run_load_words(struct trial *t)
{
    size_t n = (size_t)draw_size(t) * (rng_below(&t->rng, 4) == 0 ? 20 : 1);
    uint64_t *p = draw_place(t, n, sizeof *p);
    for (size_t i = 0; i < n; i++)
        p[i] = (uint64_t)rng_below(&t->rng, 1u << 31) << 33 | rng_below(&t->rng, 1u << 31);
    keep_input(t, p, n * sizeof *p);
    uint64_t got = t->k->load_words(p, n);
    give(t, (double)(uint32_t)(got >> 32), 0);
    give(t, (double)(uint32_t)got, 0);
}

/* Both packed products: SPEC 4's bound, |y - ref| <= (k+4)*2^-24*sum|w x|, for each of two sides.
 */
static void run_packed(struct trial *t, kern_rbs_gemv_fn *product, size_t lanes)
{
    int rows = draw_size(t) % 40, k = draw_size(t) % 100 / 4 * 4, cols = draw_size(t) % 200 + 1;
    size_t n = (size_t)rows * (size_t)k;
    const float *val = input(t, n, -1, 1);
    const uint16_t *idx = input_indices(t, n, (uint32_t)cols);
    const float *x = input(t, lanes * (size_t)cols, -1, 1);
    float *y = inout(t, lanes * (size_t)rows, -1, 1);
    static double size[8 * 40];
    for (size_t i = 0; i < lanes * (size_t)rows; i++) {
        size_t row = i / lanes * (size_t)k;
        size[i] = fabsf(y[i]);
        for (size_t j = row; j < row + (size_t)k; j++)
            size[i] += fabs((double)val[j] * x[lanes * idx[j] + i % lanes]);
    }
    product(val, idx, rows, k, x, y);
    for (size_t i = 0; i < lanes * (size_t)rows; i++)
        give(t, y[i], (k + 4) * ulp * size[i] + 1e-44);
}

static void run_rbs_gemv(struct trial *t)
{
    run_packed(t, t->k->rbs_gemv, 1);
}

static void run_rbs_gemm8(struct trial *t)
{
    run_packed(t, t->k->rbs_gemm8, 8);
}

/* Random steps of a block in a precision's format, and offsets for x of `cols` elements. */
static void draw_block(struct trial *t, enum precision p, int i_format, int steps, size_t cols,
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

/* The variants contract a*b+c, so levels differ by rounding: the packed bound again. */
static void run_pw_f32(struct trial *t)
{
    int steps = draw_size(t) % 50, exact = t->exact;
    size_t cols = PW_F32_WINDOW + (size_t)draw_size(t);
    unsigned char *stream;
    int32_t *off;
    draw_block(t, PREC_F32, 0, steps, cols, &stream, &off);
    const float *x = input(t, cols, -1, 1);
    float *y = inout(t, PW_ROWS, -1, 1);
    double largest = t->fill == FILL_LARGE ? 50 : 1;
    t->k->pw_f32(stream, off, steps, x, y);
    t->exact = 0;
    give_all(t, y, PW_ROWS, (steps + 4) * ulp * largest * (steps + 1) + 1e-44);
    t->exact = exact;
}

/* Random integers of `size` bytes in an input. */
static const void *input_ints(struct trial *t, size_t n, size_t size, uint32_t below)
{
    unsigned char *p = draw_place(t, n, size);
    for (size_t i = 0; i < n; i++) {
        uint16_t v = (uint16_t)(rng_below(&t->rng, below) - (below > 256 ? below / 2 : 0));
        memcpy(p + i * size, &v, size);
    }
    return keep_input(t, p, n * size);
}

static void give_ints(struct trial *t, const int32_t *sum, int n)
{
    for (int i = 0; i < n; i++)
        give(t, sum[i], 0);
}

static int32_t *draw_ints(struct trial *t, int n)
{
    int32_t *sum = draw_place(t, (size_t)n, sizeof *sum);
    for (int i = 0; i < n; i++)
        sum[i] = (int32_t)rng_below(&t->rng, 2001) - 1000;
    return sum;
}

/* Weights at both ends of their range, so that nothing may saturate on the way. */
static void run_gemv_q16(struct trial *t)
{
    int rows = draw_size(t) % 20, cols = draw_size(t) % 5 * 64;
    size_t n = (size_t)rows * (size_t)cols;
    const int16_t *w = input_ints(t, n, 2, t->fill == FILL_LARGE ? 200 : 400);
    const int16_t *x = input_ints(t, (size_t)cols, 2, 65536);
    int32_t *sum = draw_ints(t, rows);
    t->k->gemv_q16(w, rows, cols, x, sum);
    give_ints(t, sum, rows);
}

static void run_gemv_q8(struct trial *t)
{
    int rows = draw_size(t) % 20, cols = draw_size(t) % 5 * 64;
    const int8_t *w = input_ints(t, (size_t)rows * (size_t)cols, 1, 256);
    const uint8_t *x = input_ints(t, (size_t)cols, 1, 256);
    int32_t *sum = draw_ints(t, rows);
    t->k->gemv_q8(w, rows, cols, x, sum);
    give_ints(t, sum, rows);
}

static void run_pw_words(struct trial *t, enum precision p, kern_pw_q16_fn *product)
{
    int steps = draw_size(t) % 50;
    size_t cols = (size_t)pw_format_of(p, 0)->rule.window + (size_t)draw_size(t);
    unsigned char *stream;
    int32_t *off;
    draw_block(t, p, 0, steps, cols, &stream, &off);
    int16_t *x = draw_place(t, cols, sizeof *x);
    for (size_t i = 0; i < cols; i++)
        x[i] = (int16_t)(rng_below(&t->rng, 65536) - 32768);
    keep_input(t, x, cols * sizeof *x);
    int32_t *sum = draw_ints(t, PW_ROWS);
    product(stream, off, steps, x, sum);
    give_ints(t, sum, PW_ROWS);
}

static void run_pw_q16(struct trial *t)
{
    run_pw_words(t, PREC_Q16, t->k->pw_q16);
}

static void run_pw_q10(struct trial *t)
{
    run_pw_words(t, PREC_Q10, t->k->pw_q10);
}

static void run_pw_q8_any(struct trial *t, int wide, kern_pw_q8_fn *product)
{
    int steps = draw_size(t) % 50;
    size_t cols = (wide ? PW_Q8_WIDE : PW_Q8_WINDOW) + (size_t)draw_size(t);
    unsigned char *stream;
    int32_t *off;
    draw_block(t, PREC_Q8, wide, steps, cols, &stream, &off);
    const uint8_t *x = input_ints(t, cols, 1, 256);
    int32_t *sum = draw_ints(t, PW_ROWS);
    product(stream, off, steps, x, sum);
    give_ints(t, sum, PW_ROWS);
}

static void run_pw_q8(struct trial *t)
{
    run_pw_q8_any(t, 0, t->k->pw_q8);
}

static void run_pw_q8_wide(struct trial *t)
{
    run_pw_q8_any(t, 1, t->k->pw_q8_wide);
}

/* n int32 in [-2^bits, 2^bits). */
static const int32_t *input_words(struct trial *t, size_t n, int bits)
{
    int32_t *p = draw_place(t, n, sizeof *p);
    for (size_t i = 0; i < n; i++)
        p[i] = (int32_t)(rng_below(&t->rng, 2u << bits)) - (int32_t)(1u << bits);
    return keep_input(t, p, n * sizeof *p);
}

static void give_shorts(struct trial *t, const int16_t *z, int n)
{
    for (int i = 0; i < n; i++)
        give(t, z[i], 0);
}

/* Sums up to 2^28 that often leave int16 after the shift. */
static void run_fixed_z_q16(struct trial *t)
{
    int n = draw_size(t), shift = 1 + (int)rng_below(&t->rng, 18);
    const int32_t *x = input_words(t, (size_t)n, 28), *h = input_words(t, (size_t)n, 28);
    const int32_t *bias = input_words(t, (size_t)n, 28);
    int16_t *z = draw_place(t, (size_t)n, sizeof *z);
    give(t, (double)t->k->fixed_z_q16(x, h, bias, n, shift, z), 0);
    give_shorts(t, z, n);
}

static void run_fixed_z_q8(struct trial *t)
{
    int n = draw_size(t), shift = 1 + (int)rng_below(&t->rng, 46);
    size_t m = (size_t)n;
    const int32_t *x = input_words(t, m, 25), *h = input_words(t, m, 25);
    const int32_t *m_x = input_words(t, m, 29), *m_h = input_words(t, m, 29);
    int64_t *bias = draw_place(t, m, sizeof *bias);
    for (size_t i = 0; i < m; i++)
        bias[i] = ((int64_t)rng_below(&t->rng, 1u << 31) - (1 << 30)) * (1 << 20);
    keep_input(t, bias, m * sizeof *bias);
    int16_t *z = draw_place(t, m, sizeof *z);
    give(t, (double)t->k->fixed_z_q8(x, h, m_x, m_h, bias, n, shift, z), 0);
    give_shorts(t, z, n);
}

static void run_fixed_quantize(struct trial *t)
{
    int n = draw_size(t), hi = rng_below(&t->rng, 2) ? 127 : 32767;
    double times = (rng_below(&t->rng, 2) ? 0.3 : 1) * (1 << rng_below(&t->rng, 18));
    const float *x = input(t, (size_t)n, -2, 2);
    int16_t *out = draw_place(t, (size_t)n, sizeof *out);
    size_t nans = 0;
    give(t, (double)t->k->fixed_quantize(x, n, times, -hi - 1, hi, out, &nans), 0);
    give(t, (double)nans, 0);
    give_shorts(t, out, n);
}

static void run_fixed_u8(struct trial *t)
{
    int n = draw_size(t);
    const int16_t *r = input_ints(t, (size_t)n, sizeof *r, 65536);
    uint8_t *out = draw_place(t, (size_t)n, 1);
    t->k->fixed_u8(r, n, out);
    for (int i = 0; i < n; i++)
        give(t, out[i], 0);
}

static void run_fixed_floats(struct trial *t)
{
    int n = draw_size(t);
    const int16_t *x = input_ints(t, (size_t)n, sizeof *x, 65536);
    float *out = inout(t, (size_t)n, 0, 1);
    t->k->fixed_floats(x, n, 0x1p-12f, out);
    give_all(t, out, (size_t)n, 0);
}

/* Every z and c, their extremes often. */
static void run_fixed_gates(struct trial *t)
{
    static const int16_t edge[] = {INT16_MIN, INT16_MIN + 1, -1, 0, 1, INT16_MAX};
    int n = draw_size(t), f_c = 10 + (int)rng_below(&t->rng, 3);
    const int16_t *z = input_ints(t, 4 * (size_t)n, sizeof *z, 65536);
    int16_t *c = draw_place(t, (size_t)n, sizeof *c), *h = draw_place(t, (size_t)n, sizeof *h);
    for (int i = 0; i < n; i++) {
        uint32_t pick = rng_below(&t->rng, 12);
        c[i] = pick < 6 ? edge[pick] : (int16_t)(rng_below(&t->rng, 65536) - 32768);
    }
    give(t, (double)t->k->fixed_gates(z, n, f_c, c, h), 0);
    give_shorts(t, c, n);
    give_shorts(t, h, n);
}

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
