/* test_fixed.c - the integer arithmetic of q16 and q8 against libm and against wide integers. */
#include "base/rng.h"
#include "kernels/fixed.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdio.h>

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

typedef int16_t activation(int16_t z);

/* All 2^16 inputs: within 2^-10 of exact, never falling, symmetric (to `sum` at z and -z). */
static double sweep(activation *f, double (*exact)(double), int sum)
{
    double worst = 0;
    for (int z = -32768; z <= 32767; z++) {
        int y = f((int16_t)z);
        worst = fmax(worst, fabs(y / 32768.0 - exact(z / 2048.0)));
        if (z > -32768) {
            cr_assert_geq(y, f((int16_t)(z - 1)), "falls at %d", z);
            cr_assert_eq(y + f((int16_t)-z), sum, "not symmetric at %d", z);
        }
    }
    cr_assert_leq(worst, 0x1p-10);
    return worst;
}

Test(fixed, activations_of_every_input)
{
    double s = sweep(fixed_sigmoid, sigmoid, 32768), t = sweep(fixed_tanh, tanh, 0);
    fprintf(stderr, "# largest error: sigmoid %.3g, tanh %.3g\n", s, t);
    cr_assert(s < 4.05e-4 && t < 7.65e-4, "fixed.h states 4.0e-4 and 7.6e-4");
    cr_assert_eq(fixed_sigmoid(-32768), 5);
    cr_assert_eq(fixed_sigmoid(32767), 32763);
    cr_assert_eq(fixed_tanh(-32768), -32757);
    cr_assert_eq(fixed_tanh(32767), 32757);
    cr_assert_eq(fixed_tanh(0), 0);
    cr_assert_eq(fixed_sigmoid(0), 16384);
}

/* |f''|, for the rule by which the tables were made. */
static double bend_sigmoid(double x)
{
    double s = sigmoid(x);
    return fabs(s * (1 - s) * (1 - 2 * s));
}

static double bend_tanh(double x)
{
    double t = tanh(x);
    return fabs(2 * t * (1 - t * t));
}

/* The rule in fixed.h: knots at multiples of h, each lifted by h^2/16*|f''|; the last is half way
 * from f to 1. */
static void check_table(const int16_t *table, double (*f)(double), double (*bend)(double), double h)
{
    for (int i = 0; i < FIXED_SEGMENTS; i++) {
        double knot = f(i * h) + h * h / 16 * bend(i * h);
        cr_assert_eq(table[i], (int)floor(knot * 32768 + 0.5), "knot %d is %d (expected %.3f)", i,
                     table[i], knot * 32768);
    }
    cr_assert_eq(table[FIXED_SEGMENTS], (int)floor(32768 * (f(FIXED_SEGMENTS * h) + 1) / 2 + 0.5));
}

Test(fixed, tables_follow_their_rule)
{
    check_table(fixed_sigmoid_table, sigmoid, bend_sigmoid, 0.25);
    check_table(fixed_tanh_table, tanh, bend_tanh, 0.125);
}

__extension__ typedef __int128 wide;

/* floor(n/d) for d > 0. */
static wide floor_div(wide n, wide d)
{
    return n / d - (n % d < 0);
}

/* floor(n/2^s + 1/2), another way than fixed_round. */
static wide half_up(wide n, int s)
{
    return floor_div(2 * n + ((wide)1 << s), (wide)2 << s);
}

static int16_t saturate(wide v)
{
    return (int16_t)(v > 32767 ? 32767 : v < -32768 ? -32768 : v);
}

Test(fixed, round_is_half_up)
{
    static const int64_t v[] = {0, 1, -1, 2, -2, 3, -3, 5, -5, 1 << 20, -(1 << 20)};
    struct rng r;
    cr_assert_eq(fixed_round(1, 1), 1);  /* 0.5 */
    cr_assert_eq(fixed_round(-1, 1), 0); /* -0.5 */
    cr_assert_eq(fixed_round(-3, 1), -1);
    cr_assert_eq(fixed_round(-5, 2), -1);
    cr_assert_eq(fixed_round(-6, 2), -1); /* -1.5 */
    cr_assert_eq(fixed_round(-7, 2), -2);
    cr_assert_eq(fixed_round(-7, 0), -7);
    for (size_t i = 0; i < sizeof v / sizeof *v; i++)
        for (int s = 0; s < 46; s++)
            cr_assert_eq(fixed_round(v[i], s), (int64_t)half_up(v[i], s));
    rng_seed(&r, 1, 1);
    for (int i = 0; i < 100000; i++) {
        uint32_t half[2];
        rng_u32(&r, half, 2);
        /* the sums that are rounded stay below 2^62 */
        int64_t n = (int64_t)((uint64_t)half[0] << 32 | half[1]) / 4;
        int s = (int)rng_below(&r, 47);
        cr_assert_eq(fixed_round(n, s), (int64_t)half_up(n, s));
    }
}

Test(fixed, saturation_to_int16)
{
    cr_assert_eq(fixed_sat16(32767), 32767);
    cr_assert_eq(fixed_sat16(32768), 32767);
    cr_assert_eq(fixed_sat16(-32768), -32768);
    cr_assert_eq(fixed_sat16(-32769), -32768);
    cr_assert_eq(fixed_sat16(INT64_MAX), 32767);
    cr_assert_eq(fixed_sat16(INT64_MIN), -32768);
}

Test(fixed, from_float)
{
    cr_assert_eq(fixed_from(NAN, 11, -32768, 32767), 0);
    cr_assert_eq(fixed_from(-NAN, 11, 5, 32767), 0);
    cr_assert_eq(fixed_from(INFINITY, 11, -32768, 32767), 32767);
    cr_assert_eq(fixed_from(-INFINITY, 11, -32767, 32767), -32767);
    cr_assert_eq(fixed_from(FLT_MAX, 22, -32768, 32767), 32767);
    cr_assert_eq(fixed_from(-FLT_MAX, 30, INT32_MIN + 1, INT32_MAX), INT32_MIN + 1);
    cr_assert_eq(fixed_from(0.5f, 0, -9, 9), 1);
    cr_assert_eq(fixed_from(-0.5f, 0, -9, 9), 0);
    cr_assert_eq(fixed_from(-1.5f, 0, -9, 9), -1);
    cr_assert_eq(fixed_from(nextafterf(-1.5f, -2), 0, -9, 9), -2);
    cr_assert_eq(fixed_from(nextafterf(0.5f, 0), 0, -9, 9), 0); /* double holds v + 0.5 */
    cr_assert_eq(fixed_from(1.25f, 11, -32768, 32767), 2560);
    cr_assert_eq(fixed_from(100, -2, -32768, 32767), 25);
    cr_assert_eq(fixed_from(FLT_TRUE_MIN, 22, -32768, 32767), 0);
}

/* Gates, tanh and c at their ends and around zero, and random values between them. */
static int16_t pick(struct rng *r, int i, int lo, int hi)
{
    const int edge[] = {lo, hi, lo + 1, hi - 1, (lo + hi) / 2, (lo + hi) / 2 + 1};
    int n = (int)(sizeof edge / sizeof *edge);
    return (int16_t)(i < n ? edge[i] : lo + (int)rng_below(r, (uint32_t)(hi - lo + 1)));
}

Test(fixed, cell_state_against_wide_integers)
{
    enum { EACH = 9 };
    struct rng r;
    rng_seed(&r, 2, 1);
    for (int n = 0; n < EACH * EACH * EACH * EACH; n++)
        for (int f_c = 10; f_c <= 12; f_c++) {
            int16_t i = pick(&r, n % EACH, 5, 32763), f = pick(&r, n / EACH % EACH, 5, 32763);
            int16_t g = pick(&r, n / EACH / EACH % EACH, -32757, 32757);
            int16_t c = pick(&r, n / EACH / EACH / EACH, -32768, 32767);
            /* (f*c*2^-15-f_c + i*g*2^-30) * 2^f_c over the common denominator 2^30 */
            wide over = (wide)f * c * 32768 + ((wide)i * g * (1 << f_c));
            cr_assert_eq(fixed_c(i, f, g, c, f_c), (int64_t)half_up(over, 30));
        }
}

Test(fixed, output_against_wide_integers)
{
    for (int f_c = 10; f_c <= 12; f_c++)
        for (int c = -32768; c <= 32767; c++) {
            int16_t z = saturate(f_c == 12 ? half_up(c, 1) : (wide)c * (1 << (11 - f_c)));
            cr_assert_eq(fixed_c_to_z((int16_t)c, f_c), z, "c %d of %d bits", c, f_c);
            for (int k = 0; k < 5; k++) {
                int16_t o = (int16_t[]){5, 6, 16384, 32762, 32763}[k];
                int16_t h = fixed_h(o, (int16_t)c, f_c);
                cr_assert_eq(h, saturate(half_up((wide)o * fixed_tanh(z), 15)));
                cr_assert(h > -32768, "quant_q16.c counts on it");
            }
        }
}
