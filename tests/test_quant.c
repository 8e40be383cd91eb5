/* test_quant.c - layers in integers: the bounds that make sums exact hold, for any activations; A
 * is the largest that has them; what cannot be represented is refused. */
#include "kernels/quant.h"
#include "tests/random_quant.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

__extension__ typedef __int128 wide;

enum { LO = -32768, HI = 32767 };

static float largest(const float *w, size_t n)
{
    float max = 0;
    for (size_t i = 0; w != NULL && i < n; i++)
        max = fmaxf(max, fabsf(w[i]));
    return max;
}

/* The peephole weight of gate row `row`, as stored for q16; 0 for G and without peepholes. */
static int peephole_of(const struct quant_layer *q, int row)
{
    static const int which[] = {0, 1, -1, 2};
    int k = which[row / q->n_hid];
    return q->p == NULL || k < 0 ? 0 : q->p[k * q->n_hid + row % q->n_hid];
}

/* The largest (sign = 1) or smallest (-1) w*x for x in lo..32767. */
static wide extreme(int64_t w, int lo, int sign)
{
    return w * sign > 0 ? (wide)w * HI : (wide)w * lo;
}

static wide extreme_sum(const int16_t *w, int n, int lo, int sign)
{
    wide sum = 0;
    for (int i = 0; i < n; i++)
        sum += extreme(w[i], lo, sign);
    return sum;
}

static wide magnitude(wide v)
{
    return v < 0 ? -v : v;
}

/* Every row of the gates at the activations that drive it furthest, both ways. */
static void check_gates_q16(const struct quant_layer *q, int n_rec)
{
    for (int row = 0; row < 4 * q->n_hid; row++) {
        const int16_t *w_x = q->w_x + (size_t)row * (size_t)q->n_in;
        const int16_t *w_h = q->w_h + (size_t)row * (size_t)n_rec;
        int64_t p = (int64_t)peephole_of(q, row) * ((int64_t)1 << q->p_shift);
        for (int sign = -1; sign <= 1; sign += 2) {
            wide part[] = {extreme_sum(w_x, q->n_in, LO, sign), extreme_sum(w_h, n_rec, LO, sign),
                           q->bias[row], extreme(p, LO, sign), (wide)1 << (q->z_shift - 1)};
            wide sum = 0, all = 0;
            for (int i = 0; i < 5; i++) {
                sum += part[i];
                all += magnitude(part[i]);
            }
            cr_assert(sum <= INT32_MAX && sum >= INT32_MIN, "row %d leaves int32", row);
            cr_assert(all <= INT32_MAX, "row %d leaves int32 in some order", row);
        }
    }
}

/* h of the cell stays within 32757. */
static void check_projection_q16(const struct quant_layer *q)
{
    for (int row = 0; row < q->n_proj; row++)
        for (int sign = -1; sign <= 1; sign += 2) {
            const int16_t *w = q->w_r + (size_t)row * (size_t)q->n_hid;
            wide sum = extreme_sum(w, q->n_hid, -HI, sign) + ((wide)1 << (q->r_shift - 1));
            cr_assert(sum <= INT32_MAX && sum >= INT32_MIN, "projection row %d", row);
        }
}

/* floor(v*2^bits + 1/2), in double. */
static double rounded(float v, int bits)
{
    return floor(ldexp(v, bits) + 0.5);
}

static double sum_of(const float *w, int n, int bits)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += fabs(rounded(w[i], bits));
    return sum;
}

/* Bits for a tensor whose largest value is max: at most `most`, in int16. */
static int bits_of(float max, int most)
{
    int b = most < 22 ? most : 22;
    while (b > -15 && ldexp(max, b) > HI)
        b--;
    return b;
}

/* The prover written again, in double: 1 if all rows stay in int32 with A = a. */
static int fits(const struct lstm_layer *y, const struct quant_layer *q, int a)
{
    int n = y->n_hid, n_rec = lstm_n_rec(y), b_x = a - q->f_x, b_h = a - q->f_r;
    int b_p = bits_of(largest(y->peephole, 3 * (size_t)n), a - q->f_c);
    if (bits_of(largest(y->w_x, 4 * (size_t)n * (size_t)y->n_in), 22) < b_x ||
        bits_of(largest(y->w_h, 4 * (size_t)n * (size_t)n_rec), 22) < b_h)
        return 0;
    for (int row = 0; row < 4 * n; row++) {
        double bound = sum_of(y->w_x + (size_t)row * (size_t)y->n_in, y->n_in, b_x) +
                       sum_of(y->w_h + (size_t)row * (size_t)n_rec, n_rec, b_h);
        bound = 32768 * bound + fabs(rounded(y->bias[row], a)) + ldexp(1, a - 12);
        int k = (int[]){0, 1, -1, 2}[row / n];
        if (y->peephole != NULL && k >= 0)
            bound += ldexp(fabs(rounded(y->peephole[k * n + row % n], b_p)), 15 + a - q->f_c - b_p);
        if (bound >= 0x1p31)
            return 0;
    }
    return 1;
}

/* 1 if q's weights are w rounded at `bits`. */
static void check_rounding(const float *w, size_t n, int bits, const int16_t *got)
{
    for (size_t i = 0; i < n; i++)
        cr_assert_eq(got[i], rounded(w[i], bits), "weight %zu", i);
}

/* The formats that follow from the calibration alone. */
static struct quant_layer formats(const struct lstm_layer *y, const struct quant_range *range)
{
    return (struct quant_layer){.n_in = y->n_in,
                                .n_hid = y->n_hid,
                                .n_proj = y->n_proj,
                                .f_x = bits_of(range->x, 22),
                                .f_r = y->n_proj != 0 ? bits_of(range->r, 22) : 15,
                                .f_c = range->c < 8    ? 12
                                       : range->c < 16 ? 11
                                                       : 10};
}

/* 1 if the projection stays in int32 at some number of bits that leaves something to round. */
static int projection_can_fit(const struct lstm_layer *y, int f_r)
{
    size_t n = (size_t)y->n_hid;
    for (int b = bits_of(largest(y->w_r, n * (size_t)y->n_proj), 22); b + 15 > f_r; b--) {
        int ok = 1;
        for (size_t row = 0; row < (size_t)y->n_proj; row++)
            ok &= HI * sum_of(y->w_r + row * n, y->n_hid, b) + ldexp(1, b + 14 - f_r) < 0x1p31;
        if (ok)
            return 1;
    }
    return 0;
}

static void check_made(const struct lstm_layer *y, const struct quant_layer *q)
{
    size_t rows = 4 * (size_t)y->n_hid, n_rec = (size_t)lstm_n_rec(y);
    int a = 11 + q->z_shift;
    check_gates_q16(q, (int)n_rec);
    check_projection_q16(q);
    check_rounding(y->w_x, rows * (size_t)y->n_in, a - q->f_x, q->w_x);
    check_rounding(y->w_h, rows * n_rec, a - q->f_r, q->w_h);
    for (size_t i = 0; i < rows; i++)
        cr_assert_eq(q->bias[i], rounded(y->bias[i], a));
    if (y->peephole != NULL) {
        int bits = bits_of(largest(y->peephole, rows / 4 * 3), a - q->f_c);
        check_rounding(y->peephole, rows / 4 * 3, bits, q->p);
        cr_assert_eq(q->p_shift, a - q->f_c - bits);
    }
    for (int row = 0; row < y->n_proj; row++) {
        size_t at = (size_t)row * (size_t)y->n_hid;
        check_rounding(y->w_r + at, (size_t)y->n_hid, q->r_shift + q->f_r - 15, q->w_r + at);
    }
    cr_assert(fits(y, q, a));
    for (int more = a + 1; more <= 30; more++)
        cr_assert_not(fits(y, q, more), "A is %d, but %d fits", a, more);
}

/* Refused rightly: there is no A, or no projection. */
static void check_refused(const struct lstm_layer *y, const struct quant_layer *q)
{
    int any = 0;
    for (int a = 12; a <= 30; a++)
        any |= fits(y, q, a);
    cr_assert(!any || (y->n_proj != 0 && !projection_can_fit(y, q->f_r)), "refused, but it fits");
}

Test(quant, q16_bound_holds_and_a_is_the_largest)
{
    struct rng r;
    int n_ok = 0, n_refused = 0;
    rng_seed(&r, 1, 1);
    for (int round = 0; round < 3000; round++) {
        struct random_stack s;
        struct quant quant;
        struct quant_layer q;
        random_extreme_layer(&s, &quant, &r, round % 3 == 0);
        const struct lstm_layer *y = &s.net.layer[0];
        struct quant_layer f = formats(y, &quant.layer[0]);
        if (quant_layer_make(&s.net, 0, PREC_Q16, &quant, &q) == OK) {
            cr_assert(q.f_x == f.f_x && q.f_r == f.f_r && q.f_c == f.f_c);
            check_made(y, &q);
            n_ok++;
        } else {
            cr_assert(strstr(status_message(), "too large for q16") != NULL);
            check_refused(y, &f);
            n_refused++;
        }
        quant_layer_release(&q);
        random_stack_release(&s);
    }
    cr_assert(n_ok > 500 && n_refused > 100, "%d made, %d refused", n_ok, n_refused);
}

Test(quant, u8_of_every_int16)
{
    for (int r = LO; r <= HI; r++) {
        int v = (int)floor(r / 256.0 + 0.5) + 128;
        cr_assert_eq(quant_u8((int16_t)r), v > 255 ? 255 : v);
    }
}

/* At A = 28 this row's weights add up to 65535: 32767 times that and the rounding fit int32, but
 * activations of -32768 would not. */
Test(quant, q16_counts_with_minus_32768)
{
    const float w = 16383.0f / 16384, w_x[16] = {1, 1, 1, w, 1, 1, 1, w, 1, 1, 1, w, 1, 1, 1, w};
    const float zero[4] = {0};
    const struct quant quant = {.n_layers = 1, .layer = {{1, 1, 1}}};
    const struct lstm_layer y = {.n_in = 4, .n_hid = 1, .w_x = w_x, .w_h = zero, .bias = zero};
    const struct lstm_net net = {.n_layers = 1, .layer = {y}};
    struct quant_layer q;
    cr_assert_eq(quant_layer_make(&net, 0, PREC_Q16, &quant, &q), OK);
    cr_assert_eq(q.f_x, 14);
    cr_assert_eq(q.z_shift, 27 - 11);
    quant_layer_release(&q);
}
