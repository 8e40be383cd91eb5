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

Test(pw, pack_then_unpack_gives_the_matrix_back)
{
    struct rng r;
    rng_seed(&r, 3, 2);
    for (int round = 0; round < 200; round++) {
        int rows = 1 + (int)rng_below(&r, 200), cols = 1 + (int)rng_below(&r, 200);
        int k = (int)rng_below(&r, (uint32_t)cols + 1);
        size_t n = (size_t)rows * (size_t)cols;
        float *w = random_floats(&r, n), *back = random_floats(&r, n);
        random_prune(&r, w, rows, cols, round % 3 == 0 ? k / 2 : k);
        struct pw m;
        cr_assert_eq(pw_pack(w, rows, cols, k, PREC_F32, &m), OK, "%s", status_message());
        cr_assert(pw_slots(&m) + pw_spilled(&m) >= (size_t)rows * (size_t)k);
        pw_unpack(&m, back);
        for (size_t i = 0; i < n; i++)
            cr_assert_eq(back[i], w[i]);
        pw_release(&m);
        mem_free(w);
        mem_free(back);
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
        int k = (int)rng_below(&r, (uint32_t)cols + 1);
        float *w = random_floats(&r, (size_t)rows * (size_t)cols);
        float *x = random_floats(&r, (size_t)cols), *y = random_floats(&r, (size_t)rows), *scratch;
        struct pw m;
        random_prune(&r, w, rows, cols, k);
        cr_assert_eq(pw_pack(w, rows, cols, k, PREC_F32, &m), OK);
        cr_assert_eq(mem_new(&scratch, pw_scratch(&m), sizeof *scratch), OK);
        memset(y, 0, (size_t)rows * sizeof *y);
        pw_mul(&m, round % 2 ? pool : NULL, x, y, scratch);
        for (int row = 0; row < rows; row++) {
            double want = 0, size = 0;
            for (int c = 0; c < cols; c++) {
                double p = (double)w[(size_t)row * (size_t)cols + (size_t)c] * x[c];
                want += p;
                size += fabs(p);
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
