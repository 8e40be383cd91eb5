/* test_quant_q8.c - layers in q8: weights with a scale a row, multipliers and their bounds. */
#include "base/mem.h"
#include "tests/random_quant.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __int128 wide;

static int64_t sum_abs(const int16_t *w, int n)
{
    int64_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += abs(w[i]);
    return sum;
}

/* One row: the largest weight becomes 127, the others are rounded; returns what 1 stands for. */
static double check_row(const float *w, const int16_t *got, int n)
{
    float max = 0;
    for (int i = 0; i < n; i++)
        max = fmaxf(max, fabsf(w[i]));
    for (int i = 0; i < n; i++)
        cr_assert(fabs(got[i] * (double)max - 127 * (double)w[i]) <= 0.5000001 * (double)max);
    cr_assert(383 * sum_abs(got, n) < INT32_MAX);
    return (double)max / 127;
}

/* A multiplier is its scale at `shift`, rounded. */
static void check_multiplier(int32_t m, double scale, int shift)
{
    cr_assert(m >= 0 && m < 1 << 30);
    cr_assert(fabs(ldexp(scale, shift) - m) <= 0.5000001, "multiplier %d for %g", m,
              ldexp(scale, shift));
}

/* Scales, and that the sum of a row fits int64 whatever x, r and c are. */
static void check_gates(const struct lstm_layer *y, const struct quant_layer *q)
{
    int n = y->n_hid, n_rec = lstm_n_rec(y);
    int32_t most = 0;
    for (int row = 0; row < 4 * n; row++) {
        const int16_t *w_x = q->w_x + row * y->n_in, *w_h = q->w_h + row * n_rec;
        double x = check_row(y->w_x + row * y->n_in, w_x, y->n_in);
        double h = check_row(y->w_h + row * n_rec, w_h, n_rec);
        check_multiplier(q->m_x[row], x * (double)q->x_scale * 2048, q->z_shift);
        check_multiplier(q->m_h[row], h * ldexp(2048, 8 - q->f_r), q->z_shift);
        most = q->m_x[row] > most ? q->m_x[row] : most;
        most = q->m_h[row] > most ? q->m_h[row] : most;
        wide all = (wide)q->m_x[row] * 128 * sum_abs(w_x, y->n_in) +
                   (wide)q->m_h[row] * 128 * sum_abs(w_h, n_rec) + llabs(q->bias8[row]) +
                   ((wide)1 << (q->z_shift - 1));
        int k = (int[]){0, 1, -1, 2}[row / n];
        if (q->m_p != NULL && k >= 0)
            all += (wide)llabs(q->m_p[k * n + row % n]) * 32768;
        cr_assert(all < INT64_MAX, "row %d leaves int64", row);
        cr_assert(fabs(ldexp((double)q->bias8[row], -q->z_shift - 11) - y->bias[row]) <=
                  1e-15 * fabs((double)y->bias[row]) + ldexp(1, -q->z_shift - 12));
    }
    cr_assert(q->z_shift >= 1 && q->z_shift <= 46);
    cr_assert(q->z_shift >= 16 || most >= 1 << 28, "multipliers of few bits without need");
}

static void check_peepholes(const struct lstm_layer *y, const struct quant_layer *q)
{
    for (int i = 0; q->m_p != NULL && i < 3 * y->n_hid; i++)
        cr_assert(fabs(q->m_p[i] - ldexp(y->peephole[i], 11 + q->z_shift - q->f_c)) <= 0.5,
                  "peephole %d is %d for %g", i, q->m_p[i], (double)y->peephole[i]);
}

static void check_projection(const struct lstm_layer *y, const struct quant_layer *q)
{
    for (int row = 0; row < y->n_proj; row++) {
        size_t at = (size_t)row * (size_t)y->n_hid;
        double scale = check_row(y->w_r + at, q->w_r + at, y->n_hid);
        check_multiplier(q->m_r[row], scale * ldexp(1, q->f_r - 7), q->r_shift);
    }
}

Test(quant_q8, multipliers_and_bounds)
{
    struct rng r;
    int n_ok = 0, n_refused = 0;
    rng_seed(&r, 2, 1);
    for (int round = 0; round < 3000; round++) {
        struct random_stack s;
        struct quant quant;
        struct quant_layer q;
        random_extreme_layer(&s, &quant, &r, round % 3 == 0);
        if (quant_layer_make(&s.net, 0, PREC_Q8, &quant, &q) == OK) {
            check_gates(&s.net.layer[0], &q);
            check_peepholes(&s.net.layer[0], &q);
            check_projection(&s.net.layer[0], &q);
            n_ok++;
        } else {
            cr_assert(strstr(status_message(), "too large for q8") != NULL, "%s", status_message());
            n_refused++;
        }
        quant_layer_release(&q);
        random_stack_release(&s);
    }
    cr_assert(n_ok > 1500 && n_refused > 50, "%d made, %d refused", n_ok, n_refused);
}

/* One unit with n_in inputs whose weights are w, a bias of b and peepholes of p (0: none). */
static enum status make(enum precision prec, int n_in, float w, float b, float p)
{
    float *w_x, w_h[4] = {w, w, w, w}, bias[4] = {b, b, b, b}, peephole[3] = {p, p, p};
    struct quant quant = {.n_layers = 1, .layer = {{1, 1, 1}}};
    struct quant_layer q;
    cr_assert_eq(mem_new(&w_x, 4, (size_t)n_in * sizeof *w_x), OK);
    for (int i = 0; i < 4 * n_in; i++)
        w_x[i] = i % 2 ? w : -w;
    struct lstm_net net = {.n_layers = 1,
                           .layer = {{.n_in = n_in,
                                      .n_hid = 1,
                                      .w_x = w_x,
                                      .w_h = w_h,
                                      .bias = bias,
                                      .peephole = p != 0 ? peephole : NULL,
                                      .k_x = n_in,
                                      .k_h = 1}}};
    enum status s = quant_layer_make(&net, 0, prec, &quant, &q);
    quant_layer_release(&q);
    mem_free(w_x);
    return s;
}

Test(quant_q8, what_cannot_be_is_refused)
{
    cr_assert_eq(make(PREC_Q8, 44149, 0.1f, 0, 0), OK);
    cr_assert_eq(make(PREC_Q8, 44150, 0.1f, 0, 0), E_UNSUPPORTED, "383*127*44150 >= 2^31");
    cr_assert_eq(make(PREC_Q8, 100, 0.1f, 1e3f, 1e3f), OK);
    cr_assert_eq(make(PREC_Q8, 100, 0.1f, 1e12f, 0), E_UNSUPPORTED);
    cr_assert_eq(make(PREC_Q8, 100, 0.1f, 0, 1e6f), E_UNSUPPORTED);
    cr_assert_eq(make(PREC_Q8, 100, 1e6f, 0, 0), OK);
    cr_assert_eq(make(PREC_Q8, 100, 1e30f, 0, 0), E_UNSUPPORTED);
    cr_assert_eq(make(PREC_Q8, 100, 0, 0, 0), OK);
    cr_assert_eq(make(PREC_Q8, 100, 1e-42f, 1, 0), OK);
    cr_assert_eq(make(PREC_Q16, 100, 0.1f, 1e3f, 1e3f), OK);
    cr_assert_eq(make(PREC_Q16, 100, 0.1f, 1e7f, 0), E_UNSUPPORTED);
    cr_assert_eq(make(PREC_Q16, 100, 0.1f, 0, 1e7f), E_UNSUPPORTED);
    cr_assert_eq(make(PREC_Q16, 100, 0.1f, 0, 1e30f), E_UNSUPPORTED);
    cr_assert_eq(make(PREC_Q16, 100, 1e6f, 0, 0), E_UNSUPPORTED);
    cr_assert_eq(make(PREC_Q16, 100, 0, 0, 0), OK);
}
