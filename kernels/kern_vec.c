/* Slots written on 16-float vectors; meson compiles this file once for each level (KERN_LEVEL). */
#include "kernels/kern.h"
#include "kernels/kern_math.h"

#define PASTE2(a, b) a##b
#define PASTE(a, b) PASTE2(a, b)

static void cell_forward_vec(float *z, const float *p, const float *c_prev, float *c, float *tanh_c,
                             float *h, int n, int stride)
{
    for (int j = 0; j < n; j += VEC) {
        int m = n - j;
        float *zi = z + j, *zf = zi + stride, *zg = zf + stride, *zo = zg + stride;
        vec_f old = vec_load(c_prev + j, m);
        vec_f i = vec_load(zi, m), f = vec_load(zf, m), o = vec_load(zo, m);
        if (p != NULL) {
            i += vec_load(p + j, m) * old;
            f += vec_load(p + stride + j, m) * old;
        }
        i = vec_sigmoid(i);
        f = vec_sigmoid(f);
        vec_f g = vec_tanh(vec_load(zg, m));
        vec_f now = f * old + i * g;
        if (p != NULL)
            o += vec_load(p + 2 * stride + j, m) * now;
        o = vec_sigmoid(o);
        vec_f t = vec_tanh(now);
        vec_store(zi, i, m);
        vec_store(zf, f, m);
        vec_store(zg, g, m);
        vec_store(zo, o, m);
        vec_store(c + j, now, m);
        vec_store(h + j, o * t, m);
        if (tanh_c != NULL)
            vec_store(tanh_c + j, t, m);
    }
}

static void add_to(float *y, vec_f v, int m)
{
    vec_store(y, vec_load(y, m) + v, m);
}

static void cell_backward_vec(float *gates, const float *p, const float *c_prev, const float *c,
                              const float *tanh_c, const float *dh, float *dc, float *dp, int n,
                              int stride)
{
    for (int j = 0; j < n; j += VEC) {
        int m = n - j;
        float *gi = gates + j, *gf = gi + stride, *gg = gf + stride, *go = gg + stride;
        vec_f i = vec_load(gi, m), f = vec_load(gf, m), g = vec_load(gg, m), o = vec_load(go, m);
        vec_f t = vec_load(tanh_c + j, m), d = vec_load(dh + j, m), old = vec_load(c_prev + j, m);
        vec_f dzo = d * t * o * (1.0f - o);
        vec_f dct = vec_load(dc + j, m) + d * o * (1.0f - t * t);
        if (p != NULL)
            dct += dzo * vec_load(p + 2 * stride + j, m);
        vec_f dzi = dct * g * i * (1.0f - i);
        vec_f dzf = dct * old * f * (1.0f - f);
        vec_f back = dct * f;
        if (p != NULL)
            back += dzi * vec_load(p + j, m) + dzf * vec_load(p + stride + j, m);
        vec_store(gi, dzi, m);
        vec_store(gf, dzf, m);
        vec_store(gg, dct * i * (1.0f - g * g), m);
        vec_store(go, dzo, m);
        vec_store(dc + j, back, m);
        if (dp != NULL) {
            add_to(dp + j, dzi * old, m);
            add_to(dp + stride + j, dzf * old, m);
            add_to(dp + 2 * stride + j, dzo * vec_load(c + j, m), m);
        }
    }
}

static void exp_tile_vec(float *z, const float *bias, const float *shift, int rows, float *sum)
{
    vec_f s0 = vec_load(shift, VEC), s1 = vec_load(shift + VEC, VEC);
    vec_f sum0 = vec_load(sum, VEC), sum1 = vec_load(sum + VEC, VEC);
    for (int i = 0; i < rows; i++, z += KERN_TILE_N) {
        vec_f e0 = vec_exp(vec_load(z, VEC) + bias[i] - s0);
        vec_f e1 = vec_exp(vec_load(z + VEC, VEC) + bias[i] - s1);
        vec_store(z, e0, VEC);
        vec_store(z + VEC, e1, VEC);
        sum0 += e0;
        sum1 += e1;
    }
    vec_store(sum, sum0, VEC);
    vec_store(sum + VEC, sum1, VEC);
}

/* In blocks, so that float sums stay short and exact enough, and the total is in double. */
static double sum_squares_vec(const float *x, size_t n)
{
    enum { BLOCK = 1024 };
    double total = 0;
    for (size_t at = 0; at < n; at += BLOCK) {
        vec_f sum = {0};
        size_t end = at + BLOCK < n ? at + BLOCK : n;
        for (size_t i = at; i < end; i += VEC) {
            vec_f v = vec_load(x + i, (int)(end - i));
            sum += v * v;
        }
        total += vec_sum(sum);
    }
    return total;
}

static void axpy_vec(float a, const float *x, float *y, size_t n)
{
    size_t i = 0;
    for (; i + VEC <= n; i += VEC)
        vec_store(y + i, vec_load(y + i, VEC) + a * vec_load(x + i, VEC), VEC);
    for (; i < n; i++)
        y[i] += a * x[i];
}

typedef float vec_8 __attribute__((vector_size(32)));

static vec_8 load_8(const float *p)
{
    vec_8 v;
    memcpy(&v, p, sizeof v);
    return v;
}

static void rbs_gemm8_vec(const float *val, const uint16_t *idx, int rows, int k, const float *x,
                          float *y)
{
    for (int r = 0; r < rows; r++) {
        vec_8 a[4] = {{0}};
        for (int j = 0; j < k; j += 4)
            for (int u = 0; u < 4; u++)
                a[u] += val[j + u] * load_8(x + 8 * (size_t)idx[j + u]);
        vec_8 sum = load_8(y + 8 * (size_t)r) + ((a[0] + a[1]) + (a[2] + a[3]));
        memcpy(y + 8 * (size_t)r, &sum, sizeof sum);
        val += k;
        idx += k;
    }
}

typedef uint64_t vec_w __attribute__((vector_size(64)));

static vec_w load_w(const uint64_t *p)
{
    vec_w v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Eight chains, so that the loads and not the XOR set the pace. */
static uint64_t load_words_vec(const uint64_t *p, size_t n)
{
    enum { WIDTH = 8, CHAINS = 8 };
    vec_w a[CHAINS] = {{0}}, all = {0};
    uint64_t sum = 0;
    size_t i = 0;
    for (; i + WIDTH * CHAINS <= n; i += WIDTH * CHAINS)
        for (int u = 0; u < CHAINS; u++)
            a[u] ^= load_w(p + i + (size_t)(WIDTH * u));
    for (int u = 0; u < CHAINS; u++)
        all ^= a[u];
    for (int u = 0; u < WIDTH; u++)
        sum ^= all[u];
    for (; i < n; i++)
        sum ^= p[i];
    return sum;
}

static void rbs_gemm16_vec(const float *val, const uint16_t *idx, int rows, int k, const float *x,
                           float *y)
{
    for (int r = 0; r < rows; r++) {
        vec_f a[4] = {{0}};
        for (int j = 0; j < k; j += 4)
            for (int u = 0; u < 4; u++)
                a[u] += val[j + u] * vec_load(x + 16 * (size_t)idx[j + u], VEC);
        float *to = y + 16 * (size_t)r;
        vec_store(to, vec_load(to, VEC) + ((a[0] + a[1]) + (a[2] + a[3])), VEC);
        val += k;
        idx += k;
    }
}

static void gemv_f32_vec(const float *w, int rows, int cols, const float *x, float *y)
{
    for (int r = 0; r < rows; r++, w += cols) {
        vec_f a[2] = {{0}};
        int c = 0;
        for (; c + 2 * VEC <= cols; c += 2 * VEC)
            for (int u = 0; u < 2; u++)
                a[u] += vec_load(w + c + u * VEC, VEC) * vec_load(x + c + u * VEC, VEC);
        for (; c < cols; c += VEC)
            a[0] += vec_load(w + c, cols - c) * vec_load(x + c, cols - c);
        y[r] += vec_sum(a[0] + a[1]);
    }
}

/* Row i of the lower or upper halves of a and b, taken in turn: four such rounds transpose. */
static vec_f interleave_low(vec_f a, vec_f b)
{
    return __builtin_shuffle(a, b, (vec_i){0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23});
}

static vec_f interleave_high(vec_f a, vec_f b)
{
    return __builtin_shuffle(a, b,
                             (vec_i){8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31});
}

static void transpose16_vec(const float *x, size_t x_stride, float *y, size_t y_stride)
{
    vec_f a[16], b[16];
    for (size_t i = 0; i < 16; i++)
        a[i] = vec_load(x + i * x_stride, VEC);
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 8; i++) {
            b[2 * i] = interleave_low(a[i], a[i + 8]);
            b[2 * i + 1] = interleave_high(a[i], a[i + 8]);
        }
        memcpy(a, b, sizeof a);
    }
    for (size_t j = 0; j < 16; j++)
        vec_store(y + j * y_stride, a[j], VEC);
}

/* The compiler's own dot products, at this level's width. */
static void gemv_q16_vec(const int16_t *w, int rows, int cols, const int16_t *x, int32_t *sum)
{
    for (int r = 0; r < rows; r++, w += cols) {
        int32_t a = 0;
        for (int c = 0; c < cols; c++)
            a += w[c] * x[c];
        sum[r] += a;
    }
}

static void gemv_q8_vec(const int8_t *w, int rows, int cols, const uint8_t *x, int32_t *sum)
{
    for (int r = 0; r < rows; r++, w += cols) {
        int32_t a = 0;
        for (int c = 0; c < cols; c++)
            a += w[c] * x[c];
        sum[r] += a;
    }
}

typedef int16_t vec_8h __attribute__((vector_size(16)));
typedef int32_t vec_4i __attribute__((vector_size(16)));

/* Eight products in one pmaddwd, once the eight words are gathered by pinsrw. */
static int32_t sum_4(vec_4i a)
{
    return (a[0] + a[1]) + (a[2] + a[3]);
}

static vec_8h load_8h(const int16_t *p)
{
    vec_8h v;
    memcpy(&v, p, sizeof v);
    return v;
}

static void rbi_q16_vec(const int16_t *val, const uint16_t *idx, int rows, int k, const int16_t *x,
                        int32_t *sum)
{
    for (int r = 0; r < rows; r++, val += k, idx += k) {
        vec_4i a = {0};
        for (int j = 0; j < k; j += 8) {
            const uint16_t *i = idx + j;
            vec_8h v = {x[i[0]], x[i[1]], x[i[2]], x[i[3]], x[i[4]], x[i[5]], x[i[6]], x[i[7]]};
            a += (vec_4i)__builtin_ia32_pmaddwd128(v, load_8h(val + j));
        }
        sum[r] = sum_4(a);
    }
}

static void rbi_q8_vec(const int16_t *val, const uint16_t *idx, int rows, int k, const uint8_t *x,
                       int32_t *sum)
{
    for (int r = 0; r < rows; r++, val += k, idx += k) {
        vec_4i a = {0};
        for (int j = 0; j < k; j += 8) {
            const uint16_t *i = idx + j;
            vec_8h v = {x[i[0]], x[i[1]], x[i[2]], x[i[3]], x[i[4]], x[i[5]], x[i[6]], x[i[7]]};
            a += (vec_4i)__builtin_ia32_pmaddwd128(v - 128, load_8h(val + j));
        }
        sum[r] = sum_4(a);
    }
}

void PASTE(kern_init_, KERN_LEVEL)(struct kern *k)
{
    k->cell_forward = cell_forward_vec;
    k->cell_backward = cell_backward_vec;
    k->exp_tile = exp_tile_vec;
    k->sum_squares = sum_squares_vec;
    k->axpy = axpy_vec;
    k->transpose16 = transpose16_vec;
    k->gemv_f32 = gemv_f32_vec;
    k->gemv_q16 = gemv_q16_vec;
    k->gemv_q8 = gemv_q8_vec;
    k->rbi_q16 = rbi_q16_vec;
    k->rbi_q8 = rbi_q8_vec;
    k->rbs_gemm8 = rbs_gemm8_vec;
    k->rbs_gemm16 = rbs_gemm16_vec;
    k->load_words = load_words_vec;
}
