#include "kernels/tiles.h"

#include "base/mem.h"

#include <stdint.h>
#include <string.h>

/* A block of b of BLOCK_K x BLOCK_N (640 kB) stays in the second-level cache while a passes by. */
enum { BLOCK_K = 512, BLOCK_N = 320, FEW_ROWS = 64 };
enum { WORK = BLOCK_K * (BLOCK_N + KERN_TILE_M) };

size_t tiles_panels(int n)
{
    return ((size_t)n + KERN_TILE_N - 1) / KERN_TILE_N;
}

size_t tiles_size(int k, int n)
{
    return tiles_panels(n) * KERN_TILE_N * (size_t)k;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

typedef float vec4 __attribute__((vector_size(16)));
typedef int32_t pick4 __attribute__((vector_size(16)));

/* out[t][j] = from[j][t] for 4 x 4 elements. */
static void transpose4(const float *from, size_t row, float *out)
{
    vec4 a[4], low[2], high[2], all[4];
    for (size_t j = 0; j < 4; j++)
        memcpy(&a[j], from + j * row, sizeof a[j]);
    for (int j = 0; j < 2; j++) {
        low[j] = __builtin_shuffle(a[2 * j], a[2 * j + 1], (pick4){0, 4, 1, 5});
        high[j] = __builtin_shuffle(a[2 * j], a[2 * j + 1], (pick4){2, 6, 3, 7});
    }
    all[0] = __builtin_shuffle(low[0], low[1], (pick4){0, 1, 4, 5});
    all[1] = __builtin_shuffle(low[0], low[1], (pick4){2, 3, 6, 7});
    all[2] = __builtin_shuffle(high[0], high[1], (pick4){0, 1, 4, 5});
    all[3] = __builtin_shuffle(high[0], high[1], (pick4){2, 3, 6, 7});
    for (int t = 0; t < 4; t++)
        memcpy(out + t * KERN_TILE_N, &all[t], sizeof all[t]);
}

/* A whole panel of a transposed matrix, in steps of a cache line of each of its rows: they lie too
 * far apart for the processor to see them coming. Returns how much of k is done. */
static int pack_transposed(struct view b, int k, float *out)
{
    enum { LINE = 16, AHEAD = 4 * LINE };
    int t = 0;
    for (; t + LINE <= k; t += LINE)
        for (size_t j = 0; j < KERN_TILE_N; j += 4) {
            const float *from = b.at + t + j * b.col;
            for (size_t i = 0; i < 4 && t + AHEAD < k; i++)
                __builtin_prefetch(from + i * b.col + AHEAD);
            for (int u = 0; u < LINE; u += 4)
                transpose4(from + u, b.col, out + (size_t)(t + u) * KERN_TILE_N + j);
        }
    return t;
}

static void pack_panel(struct view b, int k, int n, float *out)
{
    int done = b.row == 1 && n == KERN_TILE_N ? pack_transposed(b, k, out) : 0;
    out += (size_t)done * KERN_TILE_N;
    for (int t = done; t < k; t++, out += KERN_TILE_N) {
        const float *from = b.at + (size_t)t * b.row;
        if (b.col == 1)
            memcpy(out, from, (size_t)n * sizeof *out);
        else
            for (int j = 0; j < n; j++)
                out[j] = from[(size_t)j * b.col];
        for (int j = n; j < KERN_TILE_N; j++)
            out[j] = 0;
    }
}

void tiles_pack(struct view b, int k, int n, float *out)
{
    for (int j = 0; j < n; j += KERN_TILE_N, out += (size_t)k * KERN_TILE_N)
        pack_panel((struct view){b.at + (size_t)j * b.col, b.row, b.col}, k,
                   least(n - j, KERN_TILE_N), out);
}

/* Rows [i, i+m) of c, m at most a tile's. */
static void tile_row(struct view a, const float *panels, int m, int n, int k, int add, float *c,
                     size_t c_row)
{
    for (int j = 0; j < n; j += KERN_TILE_N, panels += (size_t)k * KERN_TILE_N)
        kern_get()->gemm_tile(a.at, a.row, a.col, panels, m, least(n - j, KERN_TILE_N), k, add,
                              c + j, c_row);
}

/* With few rows the panels are what has to be fetched, and each is fetched once. */
void tiles_times(struct view a, const float *panels, int m, int n, int k, int add, float *c,
                 size_t c_row)
{
    if (m <= FEW_ROWS) {
        for (int j = 0; j < n; j += KERN_TILE_N, panels += (size_t)k * KERN_TILE_N)
            kern_get()->gemm_tile(a.at, a.row, a.col, panels, m, least(n - j, KERN_TILE_N), k, add,
                                  c + j, c_row);
        return;
    }
    for (int i = 0; i < m; i += KERN_TILE_M) {
        struct view rows = {a.at + (size_t)i * a.row, a.row, a.col};
        tile_row(rows, panels, least(m - i, KERN_TILE_M), n, k, add, c + (size_t)i * c_row, c_row);
    }
}

/* A transposed `a` is packed tile by tile: its columns lie far apart, often in one cache set. */
static void times_transposed(struct view a, const float *panels, int m, int n, int k, int add,
                             float *c, size_t c_row, float *tile)
{
    for (int i = 0; i < m; i += KERN_TILE_M) {
        int rows = least(m - i, KERN_TILE_M);
        for (int t = 0; t < k; t++) {
            const float *from = a.at + (size_t)t * a.col + i;
            if (rows == KERN_TILE_M)
                memcpy(tile + t * KERN_TILE_M, from, KERN_TILE_M * sizeof *tile);
            else
                memcpy(tile + t * KERN_TILE_M, from, (size_t)rows * sizeof *tile);
        }
        tile_row((struct view){tile, 1, KERN_TILE_M}, panels, rows, n, k, add,
                 c + (size_t)i * c_row, c_row);
    }
}

void tiles_gemm_part(const struct tiles *t, int part, struct view a, struct view b, int m, int n,
                     int k, int add, float *c, size_t c_row)
{
    float *panels = t->work + (size_t)part * WORK, *tile = panels + BLOCK_K * BLOCK_N;
    for (int i = 0; k == 0 && !add && i < m; i++)
        memset(c + (size_t)i * c_row, 0, (size_t)n * sizeof *c);
    for (int j = 0; j < n; j += BLOCK_N) {
        int cols = least(n - j, BLOCK_N);
        for (int u = 0; u < k; u += BLOCK_K) {
            int depth = least(k - u, BLOCK_K), more = add || u != 0;
            struct view x = {a.at + (size_t)u * a.col, a.row, a.col};
            tiles_pack((struct view){b.at + (size_t)u * b.row + (size_t)j * b.col, b.row, b.col},
                       depth, cols, panels);
            if (a.row == 1 && m > 1)
                times_transposed(x, panels, m, cols, depth, more, c + j, c_row, tile);
            else
                tiles_times(x, panels, m, cols, depth, more, c + j, c_row);
        }
    }
}

enum status tiles_init(struct tiles *t, struct pool *pool)
{
    t->pool = pool;
    return mem_new(&t->work, (size_t)pool_threads(pool), WORK * sizeof *t->work);
}

void tiles_release(struct tiles *t)
{
    mem_free(t->work);
    t->work = NULL;
}

struct product {
    const struct tiles *t;
    struct view a, b;
    int m, n, k, add;
    float *c;
};

/* The longer side of c is split. */
static void product_part(void *ctx, int part, int parts)
{
    const struct product *p = ctx;
    int by_rows = p->m >= p->n;
    size_t lo, hi, row = (size_t)p->n;
    pool_share((size_t)(by_rows ? p->m : p->n), by_rows ? KERN_TILE_M : KERN_TILE_N / 2, part,
               parts, &lo, &hi);
    struct view a = p->a, b = p->b;
    a.at += by_rows ? lo * a.row : 0;
    b.at += by_rows ? 0 : lo * b.col;
    tiles_gemm_part(p->t, part, a, b, by_rows ? (int)(hi - lo) : p->m,
                    by_rows ? p->n : (int)(hi - lo), p->k, p->add, p->c + lo * (by_rows ? row : 1),
                    row);
}

void tiles_gemm(const struct tiles *t, struct view a, struct view b, int m, int n, int k, int add,
                float *c)
{
    struct product p = {t, a, b, m, n, k, add, c};
    pool_run(t->pool, product_part, &p);
}
