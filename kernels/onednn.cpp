/* oneDNN behind a C door. No exception leaves this file. */
#include "kernels/onednn.h"

#include <omp.h>
#include <oneapi/dnnl/dnnl.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <new>
#include <vector>

using dnnl::memory;
typedef memory::data_type type;
typedef memory::format_tag tag;

namespace
{

/* oneDNN takes its number of threads from OpenMP's setting in the calling thread, both when it
 * makes a primitive and when it runs one. */
class with_threads
{
  public:
    explicit with_threads(int n) : before(omp_get_max_threads())
    {
        omp_set_num_threads(n);
    }
    ~with_threads()
    {
        omp_set_num_threads(before);
    }
    with_threads(const with_threads &) = delete;
    with_threads &operator=(const with_threads &) = delete;

  private:
    int before;
};

/* Weights in the library's order; extents that like the same order share one. */
struct packed {
    memory layer, iter, projection;
};

/* The primitive of one extent with its arguments, bound once. */
struct bound {
    int steps, batch;
    dnnl::lstm_forward primitive;
    std::vector<memory> held;
    std::vector<dnnl_exec_arg_t> args;
};

uint16_t to_bf16(float x)
{
    uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    if (std::isnan(x))
        return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

float from_bf16(uint16_t v)
{
    uint32_t bits = (uint32_t)v << 16;
    float x;
    std::memcpy(&x, &bits, sizeof x);
    return x;
}

} // namespace

struct onednn_layer {
    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream{engine};
    int n_in, n_hid, n_proj, n_rec, threads;
    type in_type, iter_type, weight_type;
    float scale; /* q8: u8 = scale*x + 128 */
    std::vector<float> weight_scale, projection_scale;
    std::vector<packed> weights;
    std::vector<bound> extents;
    memory bias, peephole;
    memory x, y, r_in, r_out, c_in, c_out; /* for the largest extent */
    char name[96];
};

namespace
{

void put(type t, float scale, const float *from, size_t n, void *to)
{
    if (t == type::f32)
        std::memcpy(to, from, n * sizeof *from);
    else if (t == type::bf16)
        for (size_t i = 0; i < n; i++)
            ((uint16_t *)to)[i] = to_bf16(from[i]);
    else
        for (size_t i = 0; i < n; i++) {
            float v = std::nearbyintf(from[i] * scale) + 128;
            ((uint8_t *)to)[i] = (uint8_t)(!(v > 0) ? 0 : v > 255 ? 255 : v); /* NaN gives 0 */
        }
}

void get(type t, const void *from, size_t n, float *to)
{
    if (t == type::f32)
        std::memcpy(to, from, n * sizeof *to);
    else
        for (size_t i = 0; i < n; i++)
            to[i] = from_bf16(((const uint16_t *)from)[i]);
}

/* The state crosses in f32 with q8 too: the library quantizes it inside. */
void choose_types(struct onednn_layer *m, enum precision p)
{
    m->in_type = p == PREC_F32 ? type::f32 : p == PREC_BF16 ? type::bf16 : type::u8;
    m->iter_type = p == PREC_BF16 ? type::bf16 : type::f32;
    m->weight_type = p == PREC_F32 ? type::f32 : p == PREC_BF16 ? type::bf16 : type::s8;
}

float largest_of(const float *w, int n)
{
    float largest = 0;
    for (int i = 0; i < n; i++)
        largest = std::fmax(largest, std::fabs(w[i]));
    return largest;
}

float scale_for(float largest)
{
    return largest > 0 ? 127 / largest : 1;
}

/* A scale a row; W_x and W_h share it, since the library adds their products before scaling. */
void choose_scales(struct onednn_layer *m, const struct lstm_layer *y, float range)
{
    m->scale = scale_for(range);
    for (size_t row = 0; row < 4 * (size_t)m->n_hid; row++) {
        float x = largest_of(y->w_x + row * (size_t)m->n_in, m->n_in);
        float h = largest_of(y->w_h + row * (size_t)m->n_rec, m->n_rec);
        m->weight_scale.push_back(scale_for(std::fmax(x, h)));
    }
    for (size_t row = 0; row < (size_t)m->n_proj; row++)
        m->projection_scale.push_back(
            scale_for(largest_of(y->w_r + row * (size_t)m->n_hid, m->n_hid)));
}

dnnl::primitive_attr attributes(const struct onednn_layer *m)
{
    dnnl::primitive_attr a;
    if (m->weight_type == type::s8) {
        a.set_rnn_data_qparams(m->scale, 128);
        a.set_rnn_weights_qparams(1 << 3 | 1 << 4, m->weight_scale);
        if (m->n_proj != 0)
            a.set_rnn_weights_projection_qparams(1 << 3, m->projection_scale);
    }
    return a;
}

dnnl::lstm_forward::primitive_desc describe(const struct onednn_layer *m, int steps, int batch,
                                            int has_peephole)
{
    memory::dim t = steps, b = batch, in = m->n_in, hid = m->n_hid, rec = m->n_rec;
    memory::desc none;
    memory::desc state({1, 1, b, rec}, m->iter_type, tag::ldnc);
    memory::desc cell({1, 1, b, hid}, type::f32, tag::ldnc);
    dnnl::lstm_forward::desc d(
        dnnl::prop_kind::forward_inference, dnnl::rnn_direction::unidirectional_left2right,
        memory::desc({t, b, in}, m->in_type, tag::tnc), state, cell,
        memory::desc({1, 1, in, 4, hid}, m->weight_type, tag::any),
        memory::desc({1, 1, rec, 4, hid}, m->weight_type, tag::any),
        has_peephole ? memory::desc({1, 1, 3, hid}, type::f32, tag::ldgo) : none,
        m->n_proj != 0 ? memory::desc({1, 1, hid, rec}, m->weight_type, tag::any) : none,
        memory::desc({1, 1, 4, hid}, type::f32, tag::ldgo),
        memory::desc({t, b, rec}, m->iter_type, tag::tnc), state, cell);
    return dnnl::lstm_forward::primitive_desc(d, attributes(m), m->engine);
}

/* PyTorch's [rows][cols], a row an output, as [cols][rows]: the library reorders no other for s8 */
std::vector<float> transposed(const float *w, size_t rows, size_t cols)
{
    std::vector<float> t(rows * cols);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++)
            t[c * rows + r] = w[r * cols + c];
    return t;
}

memory pack(struct onednn_layer *m, const float *w, const memory::dims &dims, tag order,
            const memory::desc &wanted)
{
    size_t cols = (size_t)dims[2], rows = 1;
    for (size_t i = 3; i < dims.size(); i++)
        rows *= (size_t)dims[i];
    std::vector<float> values = transposed(w, rows, cols);
    memory plain({dims, type::f32, order}, m->engine, values.data());
    memory out(wanted, m->engine);
    dnnl::reorder::primitive_desc d(m->engine, plain.get_desc(), m->engine, wanted, attributes(m));
    dnnl::reorder(d).execute(m->stream, plain, out);
    m->stream.wait();
    return out;
}

const packed &pack_for(struct onednn_layer *m, const struct lstm_layer *y,
                       const dnnl::lstm_forward::primitive_desc &d)
{
    memory::desc layer = d.weights_layer_desc(), iter = d.weights_iter_desc(), projection;
    if (m->n_proj != 0)
        projection = d.weights_projection_desc();
    for (const packed &p : m->weights)
        if (p.layer.get_desc() == layer && p.iter.get_desc() == iter &&
            (m->n_proj == 0 || p.projection.get_desc() == projection))
            return p;
    memory::dim in = m->n_in, hid = m->n_hid, rec = m->n_rec;
    packed p;
    p.layer = pack(m, y->w_x, {1, 1, in, 4, hid}, tag::ldigo, layer);
    p.iter = pack(m, y->w_h, {1, 1, rec, 4, hid}, tag::ldigo, iter);
    if (m->n_proj != 0)
        p.projection = pack(m, y->w_r, {1, 1, hid, rec}, tag::ldio, projection);
    m->weights.push_back(p);
    return m->weights.back();
}

/* A view of a buffer for an extent that needs a part of it. */
memory view(struct onednn_layer *m, const memory::desc &d, const memory &buffer)
{
    return memory(d, m->engine, buffer.get_data_handle());
}

void bind(struct onednn_layer *m, const struct lstm_layer *y, int steps, int batch)
{
    dnnl::lstm_forward::primitive_desc d = describe(m, steps, batch, y->peephole != nullptr);
    const packed &w = pack_for(m, y, d);
    bound b{steps, batch, dnnl::lstm_forward(d), {}, {}};
    auto add = [&b](int arg, const memory &v) {
        b.held.push_back(v);
        b.args.push_back({arg, v.get()});
    };
    add(DNNL_ARG_SRC_LAYER, view(m, d.src_layer_desc(), m->x));
    add(DNNL_ARG_SRC_ITER, view(m, d.src_iter_desc(), m->r_in));
    add(DNNL_ARG_SRC_ITER_C, view(m, d.src_iter_c_desc(), m->c_in));
    add(DNNL_ARG_WEIGHTS_LAYER, w.layer);
    add(DNNL_ARG_WEIGHTS_ITER, w.iter);
    if (y->peephole != nullptr)
        add(DNNL_ARG_WEIGHTS_PEEPHOLE, m->peephole);
    if (m->n_proj != 0)
        add(DNNL_ARG_WEIGHTS_PROJECTION, w.projection);
    add(DNNL_ARG_BIAS, m->bias);
    add(DNNL_ARG_DST_LAYER, view(m, d.dst_layer_desc(), m->y));
    add(DNNL_ARG_DST_ITER, view(m, d.dst_iter_desc(), m->r_out));
    add(DNNL_ARG_DST_ITER_C, view(m, d.dst_iter_c_desc(), m->c_out));
    const dnnl_version_t *v = dnnl_version();
    std::snprintf(m->name, sizeof m->name, "onednn %d.%d.%d %s", v->major, v->minor, v->patch,
                  d.impl_info_str());
    m->extents.push_back(b);
}

memory buffer(struct onednn_layer *m, const memory::dims &dims, type t)
{
    memory::dims strides{dims[1], 1};
    return memory(memory::desc(dims, t, strides), m->engine);
}

memory copy_of(struct onednn_layer *m, const memory::desc &d, const float *from)
{
    memory out(d, m->engine);
    std::memcpy(out.get_data_handle(), from, d.get_size());
    return out;
}

void build(struct onednn_layer *m, const struct lstm_layer *y, const struct onednn_extent *extent,
           int n)
{
    memory::dim rows = 1, lanes = 1, in = m->n_in, hid = m->n_hid, rec = m->n_rec;
    for (int i = 0; i < n; i++) {
        rows = std::max(rows, (memory::dim)extent[i].steps * extent[i].batch);
        lanes = std::max(lanes, (memory::dim)extent[i].batch);
    }
    m->bias = copy_of(m, {{1, 1, 4, hid}, type::f32, tag::ldgo}, y->bias);
    if (y->peephole != nullptr)
        m->peephole = copy_of(m, {{1, 1, 3, hid}, type::f32, tag::ldgo}, y->peephole);
    m->x = buffer(m, {rows, in}, m->in_type);
    m->y = buffer(m, {rows, rec}, m->iter_type);
    m->r_in = buffer(m, {lanes, rec}, m->iter_type);
    m->r_out = buffer(m, {lanes, rec}, m->iter_type);
    m->c_in = buffer(m, {lanes, hid}, type::f32);
    m->c_out = buffer(m, {lanes, hid}, type::f32);
    for (int i = 0; i < n; i++)
        bind(m, y, extent[i].steps, extent[i].batch);
}

} // namespace

enum status onednn_layer_new(const struct lstm_layer *y, enum precision precision, float range,
                             const struct onednn_extent *extent, int n, int threads,
                             struct onednn_layer **out)
{
    struct onednn_layer *m = nullptr;
    *out = nullptr;
    try {
        with_threads guard(threads);
        m = new onednn_layer();
        m->n_in = y->n_in;
        m->n_hid = y->n_hid;
        m->n_proj = y->n_proj;
        m->n_rec = y->n_proj != 0 ? y->n_proj : y->n_hid;
        m->threads = threads;
        choose_types(m, precision);
        if (precision == PREC_Q8)
            choose_scales(m, y, range);
        build(m, y, extent, n);
        *out = m;
        return OK;
    } catch (const dnnl::error &e) {
        delete m;
        if (e.status == dnnl_out_of_memory)
            return fail(E_NOMEM, "memory: oneDNN cannot have what it needs");
        return fail(E_UNSUPPORTED, "backend onednn: %s in %s: %s",
                    y->peephole != nullptr ? "peepholes"
                    : y->n_proj != 0       ? "a projection"
                                           : "an LSTM",
                    precision == PREC_F32    ? "f32"
                    : precision == PREC_BF16 ? "bf16"
                                             : "q8",
                    e.what());
    } catch (const std::exception &e) {
        delete m;
        return fail(E_NOMEM, "memory: oneDNN: %s", e.what());
    }
}

void onednn_layer_release(struct onednn_layer *m)
{
    delete m;
}

enum status onednn_layer_run(struct onednn_layer *m, int extent, const float *x, float *r, float *c,
                             float *out)
{
    with_threads guard(m->threads);
    const bound &b = m->extents[(size_t)extent];
    size_t lanes = (size_t)b.batch, rows = lanes * (size_t)b.steps;
    size_t n_c = lanes * (size_t)m->n_hid, n_r = lanes * (size_t)m->n_rec;
    put(m->in_type, m->scale, x, rows * (size_t)m->n_in, m->x.get_data_handle());
    put(m->iter_type, m->scale, r, n_r, m->r_in.get_data_handle());
    std::memcpy(m->c_in.get_data_handle(), c, n_c * sizeof *c);
    dnnl_status_t s = dnnl_primitive_execute(b.primitive.get(), m->stream.get(), (int)b.args.size(),
                                             b.args.data());
    if (s == dnnl_success)
        s = dnnl_stream_wait(m->stream.get());
    if (s != dnnl_success)
        return fail(E_DEVICE, "oneDNN: status %d", (int)s);
    get(m->iter_type, m->y.get_data_handle(), rows * (size_t)m->n_rec, out);
    get(m->iter_type, m->r_out.get_data_handle(), n_r, r);
    std::memcpy(c, m->c_out.get_data_handle(), n_c * sizeof *c);
    return OK;
}

const char *onednn_layer_variant(const struct onednn_layer *m)
{
    return m->name;
}
