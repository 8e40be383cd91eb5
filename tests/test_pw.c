/* test_pw.c - the paced-window format: its schedule places every nonzero once, packing gives the
 * matrix back, and the product stays within the f32 bound of a double product. */
#include "base/mem.h"
#include "kernels/pw.h"
#include "tests/random_stack.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static int32_t *random_columns(struct rng *r, int rows, int k, int cols)
{
    int32_t *col;
    float *w = random_floats(r, (size_t)rows * (size_t)cols);
    cr_assert_eq(mem_new(&col, (size_t)rows, (size_t)k * sizeof *col), OK);
    random_prune(r, w, rows, cols, k);
    for (int row = 0; row < rows; row++)
        for (int c = 0, j = 0; c < cols; c++)
            if (w[(size_t)row * (size_t)cols + (size_t)c] != 0 && j < k)
                col[row * k + j++] = c;
    mem_free(w);
    return col;
}

/* Every nonzero stands in one slot, within the window, in order, or is spilled. */
static void check_schedule(const int32_t *col, int rows, int k, int cols,
                           const struct pw_rule *rule, const struct pw_schedule *s)
{
    static unsigned char seen[PW_ROWS][512];
    memset(seen, 0, sizeof seen);
    for (int t = 0; t < s->steps; t++) {
        int last = cols > rule->window ? cols - rule->window : 0;
        cr_assert(s->off[t] >= 0 && s->off[t] <= last && (t == 0 || s->off[t] >= s->off[t - 1]));
        for (int i = 0; i < PW_ROWS * rule->group; i++) {
            int row = i / rule->group, j = s->slot[t * PW_ROWS * rule->group + i];
            if (j == PW_IDLE)
                continue;
            cr_assert(row < rows && j >= 0 && j < k);
            int at = col[row * k + j] - s->off[t];
            cr_assert(at >= 0 && at < rule->window);
            cr_assert_eq(seen[row][j]++, 0);
        }
    }
    for (size_t i = 0; i < s->n_spill; i++)
        cr_assert_eq(seen[s->spill_row[i]][s->spill[i]]++, 0);
    for (int row = 0; row < rows; row++)
        for (int j = 0; j < k; j++)
            cr_assert_eq(seen[row][j], 1);
}

Test(pw, schedule_places_every_nonzero_once)
{
    struct rng r;
    rng_seed(&r, 3, 1);
    for (int round = 0; round < 300; round++) {
        int rows = 1 + (int)rng_below(&r, PW_ROWS), cols = 1 + (int)rng_below(&r, 500);
        int k = (int)rng_below(&r, (uint32_t)cols + 1), windows[] = {32, 64, 128, 256};
        struct pw_rule rule = {windows[round % 4], 1 << round % 3, 12, 1 + round % 50};
        int32_t *col = random_columns(&r, rows, k, cols);
        struct pw_schedule s;
        struct pw_block block = {col, rows, k, cols};
        int steps = pw_schedule_length(&block, 1, &rule);
        cr_assert(steps * rule.group >= k);
        cr_assert_eq(pw_schedule_make(&block, &rule, steps, &s), OK);
        check_schedule(col, rows, k, cols, &rule, &s);
        pw_schedule_release(&s);
        mem_free(col);
    }
}

/* A matrix that keeps `keep` random weights in each bank of `bank` columns of a row; *k gets a
 * row's. */
static float *banked(struct rng *r, int rows, int cols, int bank, int keep, int *k)
{
    float *w = random_floats(r, (size_t)rows * (size_t)cols);
    *k = random_prune_banks(r, w, rows, cols, bank, keep);
    return w;
}

static void check_unpacked(const float *w, int rows, int cols, int k, enum precision precision,
                           const char *format)
{
    struct pw m;
    float *back;
    size_t n = (size_t)rows * (size_t)cols;
    cr_assert_eq(mem_new(&back, n, sizeof *back), OK);
    cr_assert_eq(pw_pack(w, rows, cols, k, precision, ~0u, &m), OK, "%s", status_message());
    if (precision == PREC_F32)
        cr_assert(pw_slots(&m) + pw_spilled(&m) >= (size_t)rows * (size_t)k);
    if (format != NULL)
        cr_assert_str_eq(pw_format_name(&m), format);
    pw_unpack(&m, back);
    for (size_t i = 0; i < n; i++)
        cr_assert_eq(back[i], w[i]);
    pw_release(&m);
    mem_free(back);
}

/* Weights as each precision can hold them; some become 0 as integers. */
static void to_values(float *w, size_t n, enum precision p)
{
    float scale = p == PREC_Q8 ? 127 : p == PREC_Q10 ? 511 : 32767;
    for (size_t i = 0; i < n; i++)
        if (p == PREC_F27)
            w[i] = precision_f27(w[i]);
        else if (p != PREC_F32)
            w[i] = roundf(w[i] * scale) * (p == PREC_Q10 ? 64 : 1);
}

static const enum precision precisions[] = {PREC_F32, PREC_F27, PREC_Q16, PREC_Q10, PREC_Q8};

Test(pw, pack_then_unpack_gives_the_matrix_back)
{
    struct rng r;
    rng_seed(&r, 3, 2);
    for (int round = 0; round < 250; round++) {
        int rows = 1 + (int)rng_below(&r, 200), cols = 1 + (int)rng_below(&r, 200);
        int k = (int)rng_below(&r, (uint32_t)cols + 1);
        size_t n = (size_t)rows * (size_t)cols;
        float *w = random_floats(&r, n);
        random_prune(&r, w, rows, cols, round % 3 == 0 ? k / 2 : k);
        to_values(w, n, precisions[round % 5]);
        check_unpacked(w, rows, cols, k, precisions[round % 5], NULL);
        mem_free(w);
    }
}

/* Banks of 4, 8 and 16 columns take the bank format, without idle slots but for a step's last. */
Test(pw, banks_give_the_matrix_back)
{
    struct rng r;
    rng_seed(&r, 3, 4);
    for (int round = 0; round < 120; round++) {
        int rows = 1 + (int)rng_below(&r, 200), cols = 100 + (int)rng_below(&r, 200), k;
        int bank = 4 << round % 3, keep = 1 + (int)rng_below(&r, (uint32_t)bank / 4);
        enum precision p = precisions[round / 3 % 5];
        float *w = banked(&r, rows, cols, bank, keep, &k);
        to_values(w, (size_t)rows * (size_t)cols, p);
        check_unpacked(w, rows, cols, k, p,
                       rows < PW_ROWS || p == PREC_Q10 || p == PREC_F27 ? NULL : "bank");
        mem_free(w);
    }
}

Test(pw, product_within_the_bound)
{
    struct rng r;
    struct pool *pool;
    rng_seed(&r, 3, 3);
    cr_assert_eq(pool_new(2, 0, &pool), OK);
    for (int round = 0; round < 300; round++) {
        int rows = 1 + (int)rng_below(&r, 200), cols = 1 + (int)rng_below(&r, 300);
        int k = (int)rng_below(&r, (uint32_t)cols + 1), is_banked = round % 3 == 0;
        enum precision p = round % 2 ? PREC_F32 : PREC_F27;
        float *w = is_banked ? banked(&r, rows, cols, 16, 1 + round % 4, &k)
                             : random_floats(&r, (size_t)rows * (size_t)cols);
        float *x = random_floats(&r, (size_t)cols), *y = random_floats(&r, (size_t)rows), *scratch;
        struct pw m;
        if (!is_banked)
            random_prune(&r, w, rows, cols, k);
        to_values(w, (size_t)rows * (size_t)cols, p);
        cr_assert_eq(pw_pack(w, rows, cols, k, p, ~0u, &m), OK);
        cr_assert_eq(mem_new(&scratch, pw_scratch(&m), sizeof *scratch), OK);
        memset(y, 0, (size_t)rows * sizeof *y);
        pw_mul(&m, round % 4 < 2 ? pool : NULL, x, y, scratch);
        for (int row = 0; row < rows; row++) {
            double want = 0, size = 0;
            for (int c = 0; c < cols; c++) {
                double term = (double)w[(size_t)row * (size_t)cols + (size_t)c] * x[c];
                want += term;
                size += fabs(term);
            }
            cr_assert_leq(fabs(y[row] - want), (k + 4) * 0x1p-24 * size);
        }
        pw_release(&m);
        mem_free(w);
        mem_free(x);
        mem_free(y);
        mem_free(scratch);
    }
    pool_release(pool);
}
