/* test_tiles.c - products from packed panels against sums in double, whichever way the factors lie;
 * the same bits on one thread and on several. */
#include "base/mem.h"
#include "base/rng.h"
#include "kernels/tiles.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

struct shape {
    int m, n, k;
};

/* Sides beside tiles, blocks of k (512) and of n (320), and few rows (64). */
static const struct shape shapes[] = {{1, 1, 1},    {20, 33, 9},    {64, 16, 600}, {65, 350, 30},
                                      {25, 7, 520}, {130, 90, 513}, {5, 700, 3},   {40, 40, 0}};

static float *draw(struct rng *r, size_t n)
{
    float *p;
    cr_assert_eq(mem_new(&p, n, sizeof *p), OK);
    rng_uniform(r, p, n, -1, 1);
    return p;
}

static struct view lie(const float *at, int rows, int cols, int transposed)
{
    return transposed ? (struct view){at, 1, (size_t)rows} : (struct view){at, (size_t)cols, 1};
}

static double element(struct view v, size_t i, size_t j)
{
    return v.at[i * v.row + j * v.col];
}

static void check_all(const struct shape *s, struct view a, struct view b, int add,
                      const float *before, const float *got)
{
    for (size_t i = 0; i < (size_t)s->m; i++)
        for (size_t j = 0; j < (size_t)s->n; j++) {
            size_t at = i * (size_t)s->n + j;
            double want = add ? before[at] : 0, size = fabs(want);
            for (size_t t = 0; t < (size_t)s->k; t++) {
                want += element(a, i, t) * element(b, t, j);
                size += fabs(element(a, i, t) * element(b, t, j));
            }
            cr_assert_leq(fabs(got[at] - want), (s->k + 4) * 0x1p-24 * size,
                          "%d x %d x %d: element %zu, %zu", s->m, s->n, s->k, i, j);
        }
}

/* The product on `threads` threads, into c. */
static void multiply(int threads, const struct shape *s, struct view a, struct view b, int add,
                     float *c)
{
    struct pool *pool;
    struct tiles tiles;
    cr_assert_eq(pool_new(threads, 0, &pool), OK);
    cr_assert_eq(tiles_init(&tiles, pool), OK);
    tiles_gemm(&tiles, a, b, s->m, s->n, s->k, add, c);
    tiles_release(&tiles);
    pool_release(pool);
}

static void check(const struct shape *s, int a_transposed, int b_transposed, int add)
{
    struct rng r;
    rng_seed(&r, 5, 1);
    size_t m = (size_t)s->m, n = (size_t)s->n, k = (size_t)s->k;
    float *x = draw(&r, m * k), *y = draw(&r, k * n), *before = draw(&r, m * n), *first, *c;
    struct view a = lie(x, s->m, s->k, a_transposed), b = lie(y, s->k, s->n, b_transposed);
    cr_assert_eq(mem_copy(&first, before, m * n, sizeof *c), OK);
    multiply(1, s, a, b, add, first);
    check_all(s, a, b, add, before, first);
    for (int threads = 2; threads < 4; threads++) {
        cr_assert_eq(mem_copy(&c, before, m * n, sizeof *c), OK);
        multiply(threads, s, a, b, add, c);
        cr_assert_arr_eq(c, first, m * n * sizeof *c);
        mem_free(c);
    }
    float *all[] = {x, y, before, first};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        mem_free(all[i]);
}

Test(tiles, every_way_of_lying)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int way = 0; way < 8; way++)
            check(&shapes[i], way & 1, way >> 1 & 1, way >> 2);
}
