/* test_rbs.c - the row-balanced packed matrix: packing, refusals, and the product's error bound. */
#include "base/mem.h"
#include "kernels/rbs.h"
#include "tests/guarded.h"
#include "tests/random_stack.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static struct rbs packed(const float *w, int rows, int cols, int k)
{
    struct rbs m;
    cr_assert_eq(rbs_pack(w, rows, cols, k, &m), OK, "%s", status_message());
    return m;
}

Test(rbs, pack_then_unpack_gives_the_matrix_back)
{
    struct rng r;
    rng_seed(&r, 1, 1);
    for (int round = 0; round < 500; round++) {
        int rows = 1 + (int)rng_below(&r, 40), cols = 1 + (int)rng_below(&r, 90);
        int k = (int)rng_below(&r, (uint32_t)cols + 1);
        size_t n = (size_t)rows * (size_t)cols;
        float *w = random_floats(&r, n), *back = random_floats(&r, n);
        random_prune(&r, w, rows, cols, round % 3 == 0 ? k / 2 : k); /* fewer than k, too */
        struct rbs m = packed(w, rows, cols, k);
        rbs_unpack(&m, back);
        for (size_t i = 0; i < n; i++)
            cr_assert_eq(back[i], w[i]);
        cr_assert(m.k_padded % 4 == 0 && m.k_padded >= k && m.k_padded < k + 4);
        for (int row = 0; row < rows; row++)
            for (int j = 1; j < m.k_padded; j++) {
                const uint16_t *idx = m.idx + (size_t)row * (size_t)m.k_padded;
                cr_assert(j < k ? idx[j] > idx[j - 1] : idx[j] == idx[j - 1]);
                cr_assert(idx[j] < cols);
            }
        cr_assert_eq(rbs_weight_bytes(&m), (size_t)rows * (size_t)m.k_padded * 4);
        cr_assert_eq(rbs_index_bytes(&m), (size_t)rows * (size_t)m.k_padded * 2);
        rbs_release(&m);
        mem_free(w);
        mem_free(back);
    }
}

Test(rbs, a_short_row_gets_the_lowest_free_columns)
{
    const float w[2][7] = {{0, 0, 0, 5, 0, 6, 0}, {1, 0, 2, 0, 0, 0, 3}};
    const uint16_t want[2][8] = {{0, 1, 2, 3, 5, 5, 5, 5}, {0, 1, 2, 3, 6, 6, 6, 6}};
    struct rbs m = packed(&w[0][0], 2, 7, 5);
    cr_assert_arr_eq(m.idx, want, sizeof want);
    cr_assert(m.val[0] == 0 && m.val[3] == 5 && m.val[4] == 6 && m.val[5] == 0);
    rbs_release(&m);
}

Test(rbs, refusals)
{
    const float w[2][4] = {{1, 0, 2, 0}, {1, 2, 0, NAN}};
    static float wide[RBS_MAX_COLUMNS + 1] = {[RBS_MAX_COLUMNS - 1] = 3};
    struct rbs m;
    cr_assert_eq(rbs_pack(&w[0][0], 2, 4, 2, &m), E_FORMAT);
    cr_assert_str_eq(status_message(), "row 1 holds 3 weights (expected at most k = 2)");
    cr_assert(m.val == NULL && m.idx == NULL);
    cr_assert_eq(rbs_pack(wide, 1, RBS_MAX_COLUMNS + 1, 1, &m), E_UNSUPPORTED);
    cr_assert_str_eq(status_message(), "65537 columns (16-bit indices reach 65536)");
    m = packed(wide, 1, RBS_MAX_COLUMNS, 1);
    cr_assert(m.idx[0] == RBS_MAX_COLUMNS - 1 && m.val[0] == 3);
    rbs_release(&m);
    rbs_release(&m); /* twice is fine */
}

/* y += m x for n samples against a product in double: |y - ref| <= (k+4)*2^-24*sum|w x| (SPEC 4),
 * where y's old value, which is part of the sum, counts as one more product. */
static void check_product(struct rng *r, struct pool *pool, int rows, int cols, int k, int n)
{
    static struct guarded x_pages, y_pages; /* reading or writing a sample too many faults */
    float *w = random_floats(r, (size_t)rows * (size_t)cols), *scratch;
    random_prune(r, w, rows, cols, k);
    struct rbs m = packed(w, rows, cols, k);
    size_t n_x = (size_t)n * (size_t)cols, n_y = (size_t)n * (size_t)rows;
    float *drawn = random_floats(r, n_x), *old = random_floats(r, n_y);
    if (x_pages.base == NULL) {
        guarded_map(&x_pages);
        guarded_map(&y_pages);
    }
    float *x = guarded_place(&x_pages, n_x * sizeof *x, 0, 0);
    float *y = guarded_place(&y_pages, n_y * sizeof *y, 0, 0);
    memcpy(x, drawn, n_x * sizeof *x);
    memcpy(y, old, n_y * sizeof *y);
    cr_assert_eq(mem_new(&scratch, rbs_scratch(&m), sizeof *scratch), OK);
    rbs_mul(&m, pool, n, x, y, scratch);
    cr_assert(guarded_intact(&x_pages) && guarded_intact(&y_pages));
    for (int b = 0; b < n; b++)
        for (int row = 0; row < rows; row++) {
            size_t at = (size_t)b * (size_t)rows + (size_t)row;
            double want = old[at], size = fabs(want);
            for (int j = 0; j < cols; j++) {
                double p = (double)w[row * cols + j] * x[b * cols + j];
                want += p;
                size += fabs(p);
            }
            cr_assert_leq(fabs(y[at] - want), (k + 4) * ldexp(size, -24), "%d x %d, k %d, n %d",
                          rows, cols, k, n);
        }
    float *all[] = {w, drawn, old, scratch};
    for (int i = 0; i < 4; i++)
        mem_free(all[i]);
    rbs_release(&m);
}

Test(rbs, product_is_within_the_bound)
{
    struct rng r;
    struct pool *pool[3];
    rng_seed(&r, 2, 1);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(pool_new(i + 1, 0, &pool[i]), OK);
    for (int round = 0; round < 1500; round++) {
        int rows = 1 + (int)rng_below(&r, 60), cols = 1 + (int)rng_below(&r, 100);
        int k = round % 10 == 0   ? cols
                : round % 10 == 1 ? 0
                                  : (int)rng_below(&r, (uint32_t)cols + 1);
        check_product(&r, pool[round % 3], rows, cols, k, 1 + (int)rng_below(&r, 20));
    }
    for (int i = 0; i < 3; i++)
        pool_release(pool[i]);
}

/* A NaN or infinity in one column of one sample: NaN or infinite in exactly the rows of that sample
 * that keep the column, untouched elsewhere. */
static void check_poison(struct rng *r, int n, float poison)
{
    enum { ROWS = 37, COLS = 23, K = 9 };
    float *w = random_floats(r, ROWS * COLS), *x = random_floats(r, (size_t)n * COLS);
    float *clean, *y, *scratch;
    random_prune(r, w, ROWS, COLS, K);
    struct rbs m = packed(w, ROWS, COLS, K);
    cr_assert_eq(mem_new(&scratch, rbs_scratch(&m), sizeof *scratch), OK);
    cr_assert_eq(mem_new(&clean, (size_t)n * ROWS, sizeof *clean), OK);
    cr_assert_eq(mem_new(&y, (size_t)n * ROWS, sizeof *y), OK);
    rbs_mul(&m, NULL, n, x, clean, scratch);
    int bad = (int)rng_below(r, (uint32_t)n), col = (int)rng_below(r, COLS);
    x[bad * COLS + col] = poison;
    rbs_mul(&m, NULL, n, x, y, scratch);
    for (int b = 0; b < n; b++)
        for (int row = 0; row < ROWS; row++) {
            int hit = b == bad && w[row * COLS + col] != 0;
            cr_assert_eq(!isfinite(y[b * ROWS + row]), hit, "sample %d row %d", b, row);
            cr_assert(hit || y[b * ROWS + row] == clean[b * ROWS + row]);
        }
    float *all[] = {w, x, clean, y, scratch};
    for (int i = 0; i < 5; i++)
        mem_free(all[i]);
    rbs_release(&m);
}

Test(rbs, a_non_finite_input_stays_where_it_belongs)
{
    struct rng r;
    rng_seed(&r, 3, 1);
    for (int n = 1; n <= 20; n++)
        for (int i = 0; i < 10; i++)
            check_poison(&r, n, i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : -INFINITY);
}
