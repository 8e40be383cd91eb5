/* The C meaning of the slots that training and the dense cell use. */
#include "kernels/kern_scalar.h"

#include <math.h>
#include <string.h>

static float sigmoid(float x)
{
    return 1 / (1 + expf(-x));
}

void cell_forward_scalar(float *z, const float *p, const float *c_prev, float *c, float *tanh_c,
                         float *h, int n, int stride)
{
    float *zi = z, *zf = zi + stride, *zg = zf + stride, *zo = zg + stride;
    const float *pf = p != NULL ? p + stride : NULL, *po = p != NULL ? pf + stride : NULL;
    for (int j = 0; j < n; j++) {
        float old = c_prev[j];
        zi[j] = sigmoid(zi[j] + (p != NULL ? p[j] * old : 0));
        zf[j] = sigmoid(zf[j] + (p != NULL ? pf[j] * old : 0));
        zg[j] = tanhf(zg[j]);
        c[j] = zf[j] * old + zi[j] * zg[j];
        zo[j] = sigmoid(zo[j] + (p != NULL ? po[j] * c[j] : 0));
        float t = tanhf(c[j]);
        if (tanh_c != NULL)
            tanh_c[j] = t;
        h[j] = zo[j] * t;
    }
}

void cell_backward_scalar(float *gates, const float *p, const float *c_prev, const float *c,
                          const float *tanh_c, const float *dh, float *dc, float *dp, int n,
                          int stride)
{
    float *gi = gates, *gf = gi + stride, *gg = gf + stride, *go = gg + stride;
    const float *pf = p != NULL ? p + stride : NULL, *po = p != NULL ? pf + stride : NULL;
    for (int j = 0; j < n; j++) {
        float i = gi[j], f = gf[j], g = gg[j], o = go[j], t = tanh_c[j];
        float dzo = dh[j] * t * o * (1 - o);
        float dct = dc[j] + dh[j] * o * (1 - t * t) + (p != NULL ? dzo * po[j] : 0);
        float dzi = dct * g * i * (1 - i);
        float dzf = dct * c_prev[j] * f * (1 - f);
        gi[j] = dzi;
        gf[j] = dzf;
        gg[j] = dct * i * (1 - g * g);
        go[j] = dzo;
        dc[j] = dct * f + (p != NULL ? dzi * p[j] + dzf * pf[j] : 0);
        if (dp != NULL) {
            dp[j] += dzi * c_prev[j];
            dp[stride + j] += dzf * c_prev[j];
            dp[2 * stride + j] += dzo * c[j];
        }
    }
}

void exp_tile_scalar(float *z, const float *bias, const float *shift, int rows, float *sum)
{
    for (int i = 0; i < rows; i++, z += KERN_TILE_N) {
        for (int j = 0; j < KERN_TILE_N; j++) {
            float x = z[j] + bias[i] - shift[j];
            x = x < -87 ? -87 : x;
            z[j] = expf(x > 88 ? 88 : x);
            sum[j] += z[j];
        }
    }
}

void gemm_tile_scalar(const float *a, size_t a_row, size_t a_col, const float *b, int m, int n,
                      int k, int add, float *c, size_t c_row)
{
    for (int i = 0; i < m; i++) {
        float sum[KERN_TILE_N] = {0}, *to = c + (size_t)i * c_row;
        if (add)
            memcpy(sum, to, (size_t)n * sizeof *sum);
        for (int t = 0; t < k; t++) {
            float x = a[(size_t)i * a_row + (size_t)t * a_col];
            for (int j = 0; j < KERN_TILE_N; j++)
                sum[j] += x * b[(size_t)t * KERN_TILE_N + (size_t)j];
        }
        memcpy(to, sum, (size_t)n * sizeof *sum);
    }
}
