#include "fpga/host/fpga_backend.h"

#include "base/mem.h"
#include "fpga/fpga_defs.h"
#include "fpga/host/fpga_driver.h"
#include "kernels/cpu_fixed.h"
#include "kernels/fixed_cell.h"
#include "kernels/kern.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct plan {
    struct lstm_net net;
    struct fpga_driver driver;
    struct quant_layer q[LSTM_MAX_LAYERS];
    struct fpga_program program;
    struct fpga_image image, state;
    int16_t *x, *y; /* [max_steps][beats*4] */
    int16_t *r, *c; /* of all layers, one sample */
    int16_t *dumped;
    float *h_new, *c_new; /* as io's h and c, until the whole call has succeeded */
    struct fixed_counts counts;
    uint64_t counters[FPGA_COUNTERS]; /* of the driver; sequences side by side count once */
};

static enum status supports(const struct lstm_net *net, const struct lstm_options *opt)
{
    if (!lstm_takes(&fpga_backend, opt->precision))
        return fail(E_UNSUPPORTED, "backend fpga: computes in q16 only");
    return fixed_supports(net, opt);
}

static void release(void *plan)
{
    struct plan *k = plan;
    fpga_driver_close(&k->driver);
    for (int l = 0; l < LSTM_MAX_LAYERS; l++)
        quant_layer_release(&k->q[l]);
    fpga_program_release(&k->program);
    void *all[] = {k->image.bytes, k->state.bytes, k->x,     k->y,    k->r,
                   k->c,           k->dumped,      k->h_new, k->c_new};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        mem_free(all[i]);
    mem_free(k);
}

/* Beats of the widest dump: of r, of c, or of one cell a beat. */
static size_t widest(const struct fpga_program *g)
{
    size_t beats = 0;
    for (int l = 0; l < g->n_layers; l++) {
        size_t r = (size_t)g->layer[l].r_words, c = (size_t)g->layer[l].c_words;
        beats = r > beats ? r : beats;
        beats = c > beats ? c : beats;
    }
    return beats;
}

static enum status allocate(struct plan *k, const struct lstm_options *opt)
{
    size_t steps = (size_t)opt->max_steps, beats = widest(&k->program);
    size_t x_bytes = steps * (size_t)k->program.x_beats * 8;
    size_t y_bytes = steps * (size_t)k->program.y_beats * 8;
    TRY(mem_new(&k->x, x_bytes, 1));
    TRY(mem_new(&k->y, y_bytes, 1));
    TRY(mem_new(&k->r, lstm_h_size(&k->net, 1), sizeof *k->r));
    TRY(mem_new(&k->c, lstm_c_size(&k->net, 1), sizeof *k->c));
    TRY(mem_new(&k->dumped, beats, 8));
    TRY(mem_new(&k->h_new, lstm_h_size(&k->net, opt->max_batch), sizeof *k->h_new));
    TRY(mem_new(&k->c_new, lstm_c_size(&k->net, opt->max_batch), sizeof *k->c_new));
    TRY(fpga_image_new_state(&k->program, &k->state));
    return k->driver.device.ops->reserve(k->driver.device.ctx, x_bytes,
                                         y_bytes > 8 * beats ? y_bytes : 8 * beats);
}

static enum status fill(struct plan *k, const struct lstm_options *opt)
{
    struct fpga_packing how;
    const char *uri = opt->device != NULL ? opt->device : "model:large";
    size_t n = strcspn(uri, "?");
    char device[256];
    TRY(fpga_packing_parse(uri[n] == '?' ? uri + n + 1 : "", &how));
    snprintf(device, sizeof device, "%.*s", (int)n, uri);
    TRY(fpga_driver_open(device, &k->driver));
    for (int l = 0; l < k->net.n_layers; l++)
        TRY(quant_layer_make(&k->net, l, PREC_Q16, opt->quant, &k->q[l]));
    TRY(fpga_program_make(&k->net, k->q, &k->driver.p, &how, &k->program));
    TRY(fpga_image_make(&k->program, k->q, &k->image));
    TRY(allocate(k, opt));
    return fpga_driver_load(&k->driver, &k->image);
}

static enum status prepare(const struct lstm_net *net, const struct lstm_options *opt, void **out)
{
    struct plan *k;
    TRY(mem_new(&k, 1, sizeof *k));
    k->net = *net;
    enum status s = fill(k, opt);
    if (s != OK) {
        release(k);
        return s;
    }
    *out = k;
    return OK;
}

/* n floats as int16 of `bits` fraction bits, counted. */
static void quantize(struct plan *k, const float *from, int n, int bits, int16_t *to)
{
    k->counts.saturations += kern_get()->fixed_quantize(from, n, ldexp(1, bits), INT16_MIN,
                                                        INT16_MAX, to, &k->counts.nans);
}

/* The state of sample b into k->r and k->c, layer by layer. */
static void load_state(struct plan *k, const struct lstm_io *io, int b)
{
    const float *h = io->h, *c = io->c;
    int16_t *r16 = k->r, *c16 = k->c;
    for (int l = 0; l < k->net.n_layers; l++) {
        int n_rec = lstm_n_rec(&k->net.layer[l]), n_hid = k->net.layer[l].n_hid;
        quantize(k, h + (size_t)b * (size_t)n_rec, n_rec, k->q[l].f_r, r16);
        quantize(k, c + (size_t)b * (size_t)n_hid, n_hid, k->q[l].f_c, c16);
        h += (size_t)io->batch * (size_t)n_rec;
        c += (size_t)io->batch * (size_t)n_hid;
        r16 += n_rec;
        c16 += n_hid;
    }
}

/* k->r and k->c as the new state of sample b. */
static void store_state(struct plan *k, int batch, int b)
{
    float *h = k->h_new, *c = k->c_new;
    const int16_t *r16 = k->r, *c16 = k->c;
    for (int l = 0; l < k->net.n_layers; l++) {
        int n_rec = lstm_n_rec(&k->net.layer[l]), n_hid = k->net.layer[l].n_hid;
        const struct quant_layer *q = &k->q[l];
        kern_get()->fixed_floats(r16, n_rec, ldexpf(1, -q->f_r), h + (size_t)b * (size_t)n_rec);
        kern_get()->fixed_floats(c16, n_hid, ldexpf(1, -q->f_c), c + (size_t)b * (size_t)n_hid);
        h += (size_t)batch * (size_t)n_rec;
        c += (size_t)batch * (size_t)n_hid;
        r16 += n_rec;
        c16 += n_hid;
    }
}

/* Sample b over its `steps` >= 1 true steps. */
static enum status run_sample(struct plan *k, const struct lstm_io *io, int b, int steps)
{
    int n_in = k->net.layer[0].n_in, top = k->net.n_layers - 1;
    int n_out = lstm_n_rec(&k->net.layer[top]);
    size_t x_row = 4 * (size_t)k->program.x_beats, y_row = 4 * (size_t)k->program.y_beats;
    for (int t = 0; t < steps; t++) {
        size_t row = (size_t)t * (size_t)io->batch + (size_t)b;
        quantize(k, io->x + row * (size_t)n_in, n_in, k->q[0].f_x, k->x + (size_t)t * x_row);
    }
    load_state(k, io, b);
    fpga_image_state(&k->program, &k->net, k->r, k->c, &k->state);
    const struct fpga_sequence s = {.program = &k->program,
                                    .image = &k->image,
                                    .state = &k->state,
                                    .net = &k->net,
                                    .steps = steps,
                                    .x = k->x,
                                    .y = k->y,
                                    .r = k->r,
                                    .c = k->c,
                                    .dumped = k->dumped};
    TRY(fpga_driver_run(&k->driver, &s));
    store_state(k, io->batch, b);
    for (int t = 0; io->y != NULL && t < steps; t++) {
        size_t row = (size_t)t * (size_t)io->batch + (size_t)b;
        kern_get()->fixed_floats(k->y + (size_t)t * y_row, n_out, ldexpf(1, -k->q[top].f_r),
                                 io->y + row * (size_t)n_out);
    }
    return OK;
}

/* Adds the counters of sample b's run to *sum, those of the batch: of sequences that run side by
 * side the longest counts, but every saturation. */
static void count(const struct plan *k, int b, uint64_t side[FPGA_COUNTERS],
                  uint64_t sum[FPGA_COUNTERS])
{
    const uint64_t *now = k->driver.counters;
    if (b % fpga_params_simd(&k->driver.p) == 0)
        memset(side, 0, FPGA_COUNTERS * sizeof *side);
    sum[FPGA_COUNT_SATURATIONS] += now[FPGA_COUNT_SATURATIONS];
    if (now[FPGA_COUNT_CYCLES] <= side[FPGA_COUNT_CYCLES])
        return;
    for (int i = 0; i < FPGA_COUNTERS; i++) {
        sum[i] += i != FPGA_COUNT_SATURATIONS ? now[i] - side[i] : 0;
        side[i] = now[i];
    }
}

static enum status run_samples(struct plan *k, const struct lstm_io *io)
{
    uint64_t side[FPGA_COUNTERS] = {0}, sum[FPGA_COUNTERS] = {0};
    size_t n_out = (size_t)lstm_n_rec(&k->net.layer[k->net.n_layers - 1]);
    size_t rows = (size_t)io->steps * (size_t)io->batch;
    memcpy(k->h_new, io->h, lstm_h_size(&k->net, io->batch) * sizeof *io->h);
    memcpy(k->c_new, io->c, lstm_c_size(&k->net, io->batch) * sizeof *io->c);
    if (io->y != NULL)
        memset(io->y, 0, rows * n_out * sizeof *io->y);
    for (int b = 0; b < io->batch; b++) {
        int steps = io->len != NULL ? io->len[b] : io->steps;
        memset(k->driver.counters, 0, sizeof k->driver.counters);
        if (steps > 0)
            TRY(run_sample(k, io, b, steps));
        count(k, b, side, sum);
    }
    for (int i = 0; i < FPGA_COUNTERS; i++)
        k->counters[i] += sum[i];
    memcpy(io->h, k->h_new, lstm_h_size(&k->net, io->batch) * sizeof *io->h);
    memcpy(io->c, k->c_new, lstm_c_size(&k->net, io->batch) * sizeof *io->c);
    return OK;
}

static enum status run(void *plan, const struct lstm_io *io)
{
    struct plan *k = plan;
    struct fixed_counts before = k->counts;
    size_t n_out = (size_t)lstm_n_rec(&k->net.layer[k->net.n_layers - 1]);
    enum status s = run_samples(k, io);
    if (s == OK)
        return OK;
    k->counts = before;
    for (size_t i = 0; io->y != NULL && i < (size_t)io->steps * (size_t)io->batch * n_out; i++)
        io->y[i] = NAN;
    return s;
}

static const char *variant(const void *plan)
{
    const struct plan *k = plan;
    return k->driver.device.name;
}

static void facts(const void *plan, struct lstm_facts *out)
{
    const struct plan *k = plan;
    const struct fpga_driver *d = &k->driver;
    double macs = fpga_params_macs(&d->p), words = macs * (double)fpga_program_issue(&k->program);
    const uint64_t *n = k->counters;
    out->macs = words;
    out->weight_bytes = words * FPGA_WEIGHT_BITS / 8;
    out->index_bytes = words * (d->p.dw + (d->p.what_if.pool != 0)) / 8;
    out->saturations = (double)k->counts.saturations + (double)n[FPGA_COUNT_SATURATIONS];
    out->nans = (double)k->counts.nans;
    out->device_macs = macs * fpga_params_simd(&d->p);
    out->device_modelled = fpga_params_modelled(&d->p);
    out->device_simd = fpga_params_simd(&d->p);
    out->device_bus = d->p.what_if.bus;
    out->device_steps = (double)d->steps;
    out->device_cycles = (double)n[FPGA_COUNT_CYCLES];
    out->device_issue = (double)n[FPGA_COUNT_ISSUE];
    out->device_gap = (double)n[FPGA_COUNT_GAP];
    out->device_stall_x = (double)n[FPGA_COUNT_STALL_X];
    out->device_stall_h = (double)n[FPGA_COUNT_STALL_H];
    out->device_drain = (double)n[FPGA_COUNT_DRAIN];
    out->device_nonzero = (double)n[FPGA_COUNT_NONZERO];
    out->device_toggles = (double)n[FPGA_COUNT_TOGGLES];
}

const struct lstm_backend fpga_backend = {
    .name = "fpga",
    .about = "row-balanced accelerator: bit-exact model, or RTL in simulation",
    .only = 1u << PREC_Q16,
    .supports = supports,
    .prepare = prepare,
    .run = run,
    .variant = variant,
    .facts = facts,
    .release = release,
};
