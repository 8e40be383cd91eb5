/* The C meaning of every slot. */
#include "kernels/kern_scalar.h"
#include "kernels/fixed.h"
#include "kernels/quant.h"

#include <math.h>
#include <string.h>

double sum_squares_scalar(const float *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return sum;
}

void axpy_scalar(float a, const float *x, float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

/* Four indices in one 64-bit load, the first lowest. */
static uint64_t four_indices(const uint16_t *idx)
{
    uint64_t four;
    memcpy(&four, idx, sizeof four);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    four = (four >> 48) | (four >> 16 & 0xffff0000u) | (four << 16 & 0xffff00000000u) | four << 48;
#endif
    return four;
}

/* Four accumulators hide the latency of the addition; one 64-bit load brings four indices. */
void rbs_gemv_scalar(const float *val, const uint16_t *idx, int rows, int k, const float *x,
                     float *y)
{
    for (int r = 0; r < rows; r++) {
        float a0 = 0, a1 = 0, a2 = 0, a3 = 0;
        for (int j = 0; j < k; j += 4) {
            uint64_t four = four_indices(idx + j);
            a0 += val[j] * x[four & 0xffff];
            a1 += val[j + 1] * x[four >> 16 & 0xffff];
            a2 += val[j + 2] * x[four >> 32 & 0xffff];
            a3 += val[j + 3] * x[four >> 48];
        }
        y[r] += (a0 + a1) + (a2 + a3);
        val += k;
        idx += k;
    }
}

static void rbs_gemm_scalar(const float *val, const uint16_t *idx, int rows, int k, const float *x,
                            float *y, size_t lanes)
{
    for (int r = 0; r < rows; r++) {
        float even[16] = {0}, odd[16] = {0};
        for (int j = 0; j < k; j += 2) {
            const float *x0 = x + lanes * idx[j], *x1 = x + lanes * idx[j + 1];
            for (size_t b = 0; b < lanes; b++) {
                even[b] += val[j] * x0[b];
                odd[b] += val[j + 1] * x1[b];
            }
        }
        for (size_t b = 0; b < lanes; b++)
            y[lanes * (size_t)r + b] += even[b] + odd[b];
        val += k;
        idx += k;
    }
}

void rbs_gemm8_scalar(const float *val, const uint16_t *idx, int rows, int k, const float *x,
                      float *y)
{
    rbs_gemm_scalar(val, idx, rows, k, x, y, 8);
}

void rbs_gemm16_scalar(const float *val, const uint16_t *idx, int rows, int k, const float *x,
                       float *y)
{
    rbs_gemm_scalar(val, idx, rows, k, x, y, 16);
}

void gemv_f32_scalar(const float *w, int rows, int cols, const float *x, float *y)
{
    for (int r = 0; r < rows; r++, w += cols) {
        float sum[4] = {0};
        int c = 0;
        for (; c + 4 <= cols; c += 4)
            for (int i = 0; i < 4; i++)
                sum[i] += w[c + i] * x[c + i];
        for (; c < cols; c++)
            sum[0] += w[c] * x[c];
        y[r] += (sum[0] + sum[1]) + (sum[2] + sum[3]);
    }
}

static float from_bf16(uint16_t v)
{
    uint32_t bits = (uint32_t)v << 16;
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

void gemv_bf16_scalar(const uint16_t *w, int rows, int cols, const uint16_t *x, float *y)
{
    for (int r = 0; r < rows; r++, w += cols) {
        float sum[4] = {0};
        for (int c = 0; c < cols; c += 4)
            for (int i = 0; i < 4; i++)
                sum[i] += from_bf16(w[c + i]) * from_bf16(x[c + i]);
        y[r] += (sum[0] + sum[1]) + (sum[2] + sum[3]);
    }
}

void gemv_q16_scalar(const int16_t *w, int rows, int cols, const int16_t *x, int32_t *sum)
{
    for (int r = 0; r < rows; r++, w += cols) {
        int32_t a = 0;
        for (int c = 0; c < cols; c++)
            a += w[c] * x[c];
        sum[r] += a;
    }
}

void gemv_q8_scalar(const int8_t *w, int rows, int cols, const uint8_t *x, int32_t *sum)
{
    for (int r = 0; r < rows; r++, w += cols) {
        int32_t a = 0;
        for (int c = 0; c < cols; c++)
            a += w[c] * x[c];
        sum[r] += a;
    }
}

void rbi_q16_scalar(const int16_t *val, const uint16_t *idx, int rows, int k, const int16_t *x,
                    int32_t *sum)
{
    for (int r = 0; r < rows; r++, val += k, idx += k) {
        int32_t a0 = 0, a1 = 0, a2 = 0, a3 = 0;
        for (int j = 0; j < k; j += 4) {
            uint64_t at = four_indices(idx + j);
            a0 += val[j] * x[at & 0xffff];
            a1 += val[j + 1] * x[at >> 16 & 0xffff];
            a2 += val[j + 2] * x[at >> 32 & 0xffff];
            a3 += val[j + 3] * x[at >> 48];
        }
        sum[r] = (a0 + a1) + (a2 + a3);
    }
}

void rbi_q8_scalar(const int16_t *val, const uint16_t *idx, int rows, int k, const uint8_t *x,
                   int32_t *sum)
{
    for (int r = 0; r < rows; r++, val += k, idx += k) {
        int32_t a0 = 0, a1 = 0, a2 = 0, a3 = 0;
        for (int j = 0; j < k; j += 4) {
            uint64_t at = four_indices(idx + j);
            a0 += val[j] * (x[at & 0xffff] - 128);
            a1 += val[j + 1] * (x[at >> 16 & 0xffff] - 128);
            a2 += val[j + 2] * (x[at >> 32 & 0xffff] - 128);
            a3 += val[j + 3] * (x[at >> 48] - 128);
        }
        sum[r] = (a0 + a1) + (a2 + a3);
    }
}

static int16_t narrow(int64_t v, size_t *saturations)
{
    int16_t s = fixed_sat16(v);
    *saturations += s != v;
    return s;
}

size_t fixed_z_q16_scalar(const int32_t *sum_x, const int32_t *sum_h, const int32_t *bias, int n,
                          int shift, int16_t *z)
{
    size_t saturations = 0;
    for (int j = 0; j < n; j++)
        z[j] = narrow(fixed_round((int64_t)sum_x[j] + sum_h[j] + bias[j], shift), &saturations);
    return saturations;
}

size_t fixed_z_q8_scalar(const int32_t *sum_x, const int32_t *sum_h, const int32_t *m_x,
                         const int32_t *m_h, const int64_t *bias, int n, int shift, int16_t *z)
{
    size_t saturations = 0;
    for (int j = 0; j < n; j++)
        z[j] = narrow(
            fixed_round((int64_t)m_x[j] * sum_x[j] + (int64_t)m_h[j] * sum_h[j] + bias[j], shift),
            &saturations);
    return saturations;
}

size_t fixed_quantize_scalar(const float *x, int n, double times, int lo, int hi, int16_t *out,
                             size_t *nans)
{
    size_t saturations = 0;
    for (int i = 0; i < n; i++) {
        double v = floor(x[i] * times + 0.5);
        *nans += isnan(v) != 0;
        saturations += v < lo || v > hi;
        out[i] = (int16_t)(isnan(v) ? 0 : v < lo ? lo : v > hi ? hi : v);
    }
    return saturations;
}

void fixed_u8_scalar(const int16_t *r, int n, uint8_t *out)
{
    for (int i = 0; i < n; i++)
        out[i] = quant_u8(r[i]);
}

void fixed_floats_scalar(const int16_t *x, int n, float unit, float *out)
{
    for (int i = 0; i < n; i++)
        out[i] = (float)x[i] * unit;
}

size_t fixed_gates_scalar(const int16_t *z, int n, int f_c, int16_t *c, int16_t *h)
{
    size_t saturations = 0;
    for (int j = 0; j < n; j++) {
        int16_t i = fixed_sigmoid(z[j]), f = fixed_sigmoid(z[n + j]);
        c[j] = narrow(fixed_c(i, f, fixed_tanh(z[2 * n + j]), c[j], f_c), &saturations);
        h[j] = fixed_h(fixed_sigmoid(z[3 * n + j]), c[j], f_c);
    }
    return saturations;
}

void transpose16_scalar(const float *x, size_t x_stride, float *y, size_t y_stride)
{
    for (size_t i = 0; i < 16; i++)
        for (size_t j = 0; j < 16; j++)
            y[j * y_stride + i] = x[i * x_stride + j];
}

uint64_t load_words_scalar(const uint64_t *p, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum ^= p[i];
    return sum;
}

void fma_chains_scalar(float *v, int n)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < KERN_CHAINS; j++)
            v[j] = v[j] * 0.5f + 1;
}

void kern_init_scalar(struct kern *k)
{
#define STORE(result, name, args) k->name = name##_scalar;
    KERN_SLOTS(STORE)
#undef STORE
}
