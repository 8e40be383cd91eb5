/* The dense bf16 product on AVX-512 BF16. vdpbf16ps takes denormals as 0 and rounds its sums to
 * nearest, whatever the mode. */
#include "kernels/kern.h"

#include <immintrin.h>

/* Four rows at a time share the loads of x. */
static void gemv_bf16_avx512(const uint16_t *w, int rows, int cols, const uint16_t *x, float *y)
{
    for (int r = 0; r < rows; r += 4) {
        int n = rows - r < 4 ? rows - r : 4;
        __m512 a[4] = {_mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps(),
                       _mm512_setzero_ps()};
        const uint16_t *row[4];
        for (int i = 0; i < 4; i++)
            row[i] = w + (size_t)(i < n ? r + i : r) * (size_t)cols;
        for (int c = 0; c < cols; c += 32) {
            __m512bh v = (__m512bh)_mm512_loadu_si512(x + c);
            for (int i = 0; i < 4; i++)
                a[i] = _mm512_dpbf16_ps(a[i], v, (__m512bh)_mm512_loadu_si512(row[i] + c));
        }
        for (int i = 0; i < n; i++)
            y[r + i] += _mm512_reduce_add_ps(a[i]);
    }
}

void kern_init_avx512_bf16(struct kern *k)
{
    k->gemv_bf16 = gemv_bf16_avx512;
}
