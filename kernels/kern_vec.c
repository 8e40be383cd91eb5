/* Slots written on vectors of a register; meson compiles this file once for each level
 * (KERN_LEVEL). */
#include "kernels/kern.h"
#include "kernels/kern_math.h"

#define PASTE2(a, b) a##b
#define PASTE(a, b) PASTE2(a, b)

#define ALWAYS static inline __attribute__((always_inline))

/* The cell is done in two passes, since the processor looks ahead by about one vector of all of it,
 * too little to fill the time that a quotient or an exponential takes. m units, VEC at most. */
ALWAYS void state_part(float *zi, const float *p, const float *c_prev, float *c, int m, int stride)
{
    float *zf = zi + stride, *zg = zf + stride;
    vec_f old = vec_load(c_prev, m), i = vec_load(zi, m), f = vec_load(zf, m);
    if (p != NULL) {
        i += vec_load(p, m) * old;
        f += vec_load(p + stride, m) * old;
    }
    i = vec_sigmoid(i);
    f = vec_sigmoid(f);
    vec_f g = vec_tanh(vec_load(zg, m));
    vec_store(zi, i, m);
    vec_store(zf, f, m);
    vec_store(zg, g, m);
    vec_store(c, f * old + i * g, m);
}

ALWAYS void output_part(float *zo, const float *p_o, const float *c, float *tanh_c, float *h, int m)
{
    vec_f now = vec_load(c, m), o = vec_load(zo, m);
    if (p_o != NULL)
        o += vec_load(p_o, m) * now;
    o = vec_sigmoid(o);
    vec_f t = vec_tanh(now);
    vec_store(zo, o, m);
    vec_store(h, o * t, m);
    if (tanh_c != NULL)
        vec_store(tanh_c, t, m);
}

/* p + j, or NULL. */
#define AFTER(p, j) ((p) != NULL ? (p) + (j) : NULL)

static void cell_forward_vec(float *z, const float *p, const float *c_prev, float *c, float *tanh_c,
                             float *h, int n, int stride)
{
    int j = 0;
    for (; j + VEC <= n; j += VEC)
        state_part(z + j, AFTER(p, j), c_prev + j, c + j, VEC, stride);
    if (j < n)
        state_part(z + j, AFTER(p, j), c_prev + j, c + j, n - j, stride);
    float *zo = z + 3 * (size_t)stride;
    const float *p_o = AFTER(p, 2 * (size_t)stride);
    for (j = 0; j + VEC <= n; j += VEC)
        output_part(zo + j, AFTER(p_o, j), c + j, AFTER(tanh_c, j), h + j, VEC);
    if (j < n)
        output_part(zo + j, AFTER(p_o, j), c + j, AFTER(tanh_c, j), h + j, n - j);
}

ALWAYS void add_to(float *y, vec_f v, int m)
{
    vec_store(y, vec_load(y, m) + v, m);
}

ALWAYS void backward_part(float *gi, const float *p, const float *c_prev, const float *c,
                          const float *tanh_c, const float *dh, float *dc, float *dp, int m,
                          int stride)
{
    float *gf = gi + stride, *gg = gf + stride, *go = gg + stride;
    vec_f i = vec_load(gi, m), f = vec_load(gf, m), g = vec_load(gg, m), o = vec_load(go, m);
    vec_f t = vec_load(tanh_c, m), d = vec_load(dh, m), old = vec_load(c_prev, m);
    vec_f dzo = d * t * o * (1.0f - o);
    vec_f dct = vec_load(dc, m) + d * o * (1.0f - t * t);
    if (p != NULL)
        dct += dzo * vec_load(p + 2 * stride, m);
    vec_f dzi = dct * g * i * (1.0f - i);
    vec_f dzf = dct * old * f * (1.0f - f);
    vec_f back = dct * f;
    if (p != NULL)
        back += dzi * vec_load(p, m) + dzf * vec_load(p + stride, m);
    vec_store(gi, dzi, m);
    vec_store(gf, dzf, m);
    vec_store(gg, dct * i * (1.0f - g * g), m);
    vec_store(go, dzo, m);
    vec_store(dc, back, m);
    if (dp != NULL) {
        add_to(dp, dzi * old, m);
        add_to(dp + stride, dzf * old, m);
        add_to(dp + 2 * stride, dzo * vec_load(c, m), m);
    }
}

static void cell_backward_vec(float *gates, const float *p, const float *c_prev, const float *c,
                              const float *tanh_c, const float *dh, float *dc, float *dp, int n,
                              int stride)
{
    int j = 0;
    for (; j + VEC <= n; j += VEC)
        backward_part(gates + j, AFTER(p, j), c_prev + j, c + j, tanh_c + j, dh + j, dc + j,
                      AFTER(dp, j), VEC, stride);
    if (j < n)
        backward_part(gates + j, AFTER(p, j), c_prev + j, c + j, tanh_c + j, dh + j, dc + j,
                      AFTER(dp, j), n - j, stride);
}

static void exp_tile_vec(float *z, const float *bias, const float *shift, int rows, float *sum)
{
    enum { PARTS = KERN_TILE_N / VEC };
    vec_f s[PARTS], total[PARTS];
    for (int u = 0; u < PARTS; u++) {
        s[u] = vec_load(shift + u * VEC, VEC);
        total[u] = vec_load(sum + u * VEC, VEC);
    }
    for (int i = 0; i < rows; i++, z += KERN_TILE_N)
        for (int u = 0; u < PARTS; u++) {
            vec_f e = vec_exp(vec_load(z + u * VEC, VEC) + bias[i] - s[u]);
            vec_store(z + u * VEC, e, VEC);
            total[u] += e;
        }
    for (int u = 0; u < PARTS; u++)
        vec_store(sum + u * VEC, total[u], VEC);
}

/* Sixteen partial sums at every level, for the same bits: as many vectors as they fill. */
enum { SUMS = 16, SUM_PARTS = SUMS / VEC };

typedef float vec_4 __attribute__((vector_size(16)));

ALWAYS float sum_all(const vec_f *sums)
{
    vec_4 t[SUMS / 4];
    memcpy(t, sums, sizeof t);
    vec_4 v = (t[0] + t[2]) + (t[1] + t[3]);
    return (v[0] + v[2]) + (v[1] + v[3]);
}

/* n <= SUMS squares. */
ALWAYS void add_squares(vec_f *sums, const float *x, int n)
{
    for (int u = 0; u < SUM_PARTS && u * VEC < n; u++) {
        vec_f v = vec_load(x + u * VEC, n - u * VEC);
        sums[u] += v * v;
    }
}

/* In blocks, so that float sums stay short and exact enough, and the total is in double. */
static double sum_squares_vec(const float *x, size_t n)
{
    enum { BLOCK = 1024 };
    double total = 0;
    for (size_t at = 0; at < n; at += BLOCK) {
        vec_f sums[SUM_PARTS] = {{0}};
        size_t end = at + BLOCK < n ? at + BLOCK : n, i = at;
        for (; i + SUMS <= end; i += SUMS)
            add_squares(sums, x + i, SUMS);
        if (i < end)
            add_squares(sums, x + i, (int)(end - i));
        total += sum_all(sums);
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

typedef uint64_t vec_w __attribute__((vector_size(4 * VEC)));

static vec_w load_w(const uint64_t *p)
{
    vec_w v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Eight chains, so that the loads and not the XOR set the pace. */
static uint64_t load_words_vec(const uint64_t *p, size_t n)
{
    enum { WIDTH = VEC / 2, CHAINS = 8 };
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

/* y[16] += the row's products: VEC samples after VEC, so that sums stay in registers. */
ALWAYS void add_row(const float *val, const uint16_t *idx, int k, const float *x, float *y)
{
    vec_f a[4] = {{0}};
    for (int j = 0; j < k; j += 4)
        for (int u = 0; u < 4; u++)
            a[u] += val[j + u] * vec_load(x + 16 * (size_t)idx[j + u], VEC);
    vec_store(y, vec_load(y, VEC) + ((a[0] + a[1]) + (a[2] + a[3])), VEC);
}

static void rbs_gemm16_vec(const float *val, const uint16_t *idx, int rows, int k, const float *x,
                           float *y)
{
    for (int r = 0; r < rows; r++, val += k, idx += k, y += 16)
        for (int s = 0; s < 16; s += VEC)
            add_row(val, idx, k, x + s, y + s);
}

ALWAYS void add_products(vec_f *sums, const float *w, const float *x, int n)
{
    for (int u = 0; u < SUM_PARTS && u * VEC < n; u++)
        sums[u] += vec_load(w + u * VEC, n - u * VEC) * vec_load(x + u * VEC, n - u * VEC);
}

static void gemv_f32_vec(const float *w, int rows, int cols, const float *x, float *y)
{
    for (int r = 0; r < rows; r++, w += cols) {
        vec_f a[SUM_PARTS] = {{0}}, b[SUM_PARTS] = {{0}};
        int c = 0;
        for (; c + 2 * SUMS <= cols; c += 2 * SUMS) {
            add_products(a, w + c, x + c, SUMS);
            add_products(b, w + c + SUMS, x + c + SUMS, SUMS);
        }
        for (; c + SUMS <= cols; c += SUMS)
            add_products(a, w + c, x + c, SUMS);
        if (c < cols)
            add_products(a, w + c, x + c, cols - c);
        for (int u = 0; u < SUM_PARTS; u++)
            a[u] += b[u];
        y[r] += sum_all(a);
    }
}

#ifdef __AVX512F__
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

#endif

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
#ifdef __AVX512F__
    k->transpose16 = transpose16_vec;
#endif
    k->gemv_f32 = gemv_f32_vec;
    k->gemv_q16 = gemv_q16_vec;
    k->gemv_q8 = gemv_q8_vec;
    k->rbi_q16 = rbi_q16_vec;
    k->rbi_q8 = rbi_q8_vec;
    k->rbs_gemm8 = rbs_gemm8_vec;
    k->rbs_gemm16 = rbs_gemm16_vec;
    k->load_words = load_words_vec;
}
