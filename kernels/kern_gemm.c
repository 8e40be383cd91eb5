/* The tile of dense products in registers; meson compiles this file once for each level
 * (KERN_LEVEL), with fused multiply-adds. Each element is summed in the order of k by one
 * accumulator, so that every level that fuses gives the same bits. */
#include "kernels/kern.h"

#include <immintrin.h>

#define PASTE2(a, b) a##b
#define PASTE(a, b) PASTE2(a, b)
#define ALWAYS static inline __attribute__((always_inline))

/* What fits the registers: ROWS x 2 vectors of sums, two of b, one of a. */
#if defined(__AVX512F__)
enum { LANES = 16, ROWS = 12 };
typedef __m512 vec;
ALWAYS vec load(const float *p, int n)
{
    return n >= LANES ? _mm512_loadu_ps(p) : _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
}
ALWAYS void store(float *p, vec v, int n)
{
    if (n >= LANES)
        _mm512_storeu_ps(p, v);
    else
        _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), v);
}
ALWAYS vec spread(const float *p)
{
    return _mm512_set1_ps(*p);
}
ALWAYS vec muladd(vec a, vec b, vec c)
{
    return _mm512_fmadd_ps(a, b, c);
}
#else
enum { LANES = 8, ROWS = 6 };
typedef __m256 vec;
ALWAYS __m256i first(int n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
ALWAYS vec load(const float *p, int n)
{
    return n >= LANES ? _mm256_loadu_ps(p) : _mm256_maskload_ps(p, first(n));
}
ALWAYS void store(float *p, vec v, int n)
{
    if (n >= LANES)
        _mm256_storeu_ps(p, v);
    else
        _mm256_maskstore_ps(p, first(n), v);
}
ALWAYS vec spread(const float *p)
{
    return _mm256_set1_ps(*p);
}
ALWAYS vec muladd(vec a, vec b, vec c)
{
    return _mm256_fmadd_ps(a, b, c);
}
#endif

/* m x (v vectors) sums; m and v are constants after inlining. Rows of `a` are addressed from every
 * fourth, which x86 can do without a register for each. */
ALWAYS void block(const int m, const int v, const float *a, size_t a_row, size_t a_col,
                  const float *b, int n, int k, int add, float *c, size_t c_row)
{
    vec sum[ROWS][2];
    for (int i = 0; i < m; i++)
        for (int j = 0; j < v; j++)
            sum[i][j] = add ? load(c + (size_t)i * c_row + j * LANES, n - j * LANES) : (vec){0};
    const size_t three = 3 * a_row;
    const float *a0 = a, *a4 = a + 4 * a_row, *a8 = a + 8 * a_row;
    for (int t = 0; t < k; t++, b += KERN_TILE_N, a0 += a_col, a4 += a_col, a8 += a_col) {
        vec y[2];
        for (int j = 0; j < v; j++)
            y[j] = load(b + j * LANES, LANES);
        for (int i = 0; i < m; i++) {
            const float *from = i < 4 ? a0 : i < 8 ? a4 : a8;
            vec x = spread(from + (i % 4 == 3 ? three : (size_t)(i % 4) * a_row));
            for (int j = 0; j < v; j++)
                sum[i][j] = muladd(x, y[j], sum[i][j]);
        }
    }
    for (int i = 0; i < m; i++)
        for (int j = 0; j < v; j++)
            store(c + (size_t)i * c_row + j * LANES, sum[i][j], n - j * LANES);
}

/* All m rows of up to 2 vectors of columns. */
ALWAYS void rows(const int v, const float *a, size_t a_row, size_t a_col, const float *b, int m,
                 int n, int k, int add, float *c, size_t c_row)
{
    static const int sizes[] = {ROWS, 8 < ROWS ? 8 : 4, 4, 2, 1};
#pragma GCC unroll 5
    for (int s = 0; s < 5; s++) {
        const int size = sizes[s];
        for (; m >= size; m -= size, a += (size_t)size * a_row, c += (size_t)size * c_row)
            block(size, v, a, a_row, a_col, b, n, k, add, c, c_row);
    }
}

static void gemm_tile_vec(const float *a, size_t a_row, size_t a_col, const float *b, int m, int n,
                          int k, int add, float *c, size_t c_row)
{
    for (; n > LANES; n -= 2 * LANES, b += 2 * LANES, c += 2 * LANES)
        rows(2, a, a_row, a_col, b, m, n, k, add, c, c_row);
    if (n > 0)
        rows(1, a, a_row, a_col, b, m, n, k, add, c, c_row);
}

/* As many chains at a time as there are accumulators in a tile. */
static void fma_chains_vec(float *v, int n)
{
    enum { AT_ONCE = 12 };
    static const float constant[] = {0.5f, 1.0f};
    const vec half = spread(constant), one = spread(constant + 1);
    for (int from = 0; from < KERN_CHAINS; from += AT_ONCE * LANES) {
        vec a[AT_ONCE];
        for (int u = 0; u < AT_ONCE; u++)
            a[u] = load(v + from + u * LANES, LANES);
        for (int i = 0; i < n; i++)
            for (int u = 0; u < AT_ONCE; u++)
                a[u] = muladd(a[u], half, one);
        for (int u = 0; u < AT_ONCE; u++)
            store(v + from + u * LANES, a[u], LANES);
    }
}

void PASTE(kern_init_gemm_, KERN_LEVEL)(struct kern *k)
{
    k->fma_chains = fma_chains_vec;
    k->gemm_tile = gemm_tile_vec;
}
