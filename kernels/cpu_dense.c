/* The dense backend: OpenBLAS on the unpruned storage of the weights; our own kernels in bf16, q16
 * and q8, and in f32 where BRDS_CPU holds the level below the machine's. In sequence mode W_x x of
 * all steps is one GEMM. */
#include "base/cpu.h"
#include "base/mem.h"
#include "kernels/cpu_plan.h"
#include "kernels/dense_rows.h"
#include "kernels/fixed_dense.h"
#include "kernels/gemm.h"
#include "kernels/kern.h"

#include <stdio.h>
#include <string.h>

struct dense_layer {
    struct dense_bf16 x, h, r;
};

struct dense_plan {
    struct cpu_plan cpu; /* in bf16 cpu.stack.own points to layer[] */
    struct dense_layer layer[LSTM_MAX_LAYERS];
};

static void input(const struct cpu_stack *s, int l, int n, const float *x, float *z)
{
    const struct lstm_layer *y = &s->net.layer[l];
    gemm_nt(s->pool, n, 4 * y->n_hid, y->n_in, x, y->w_x, 1, z);
}

static void recurrent(const struct cpu_stack *s, int l, int n, const float *r, float *z)
{
    const struct lstm_layer *y = &s->net.layer[l];
    gemm_nt(s->pool, n, 4 * y->n_hid, lstm_n_rec(y), r, y->w_h, 1, z);
}

static void project(const struct cpu_stack *s, int l, int n, const float *h, float *r)
{
    const struct lstm_layer *y = &s->net.layer[l];
    gemm_nt(s->pool, n, y->n_proj, y->n_hid, h, y->w_r, 0, r);
}

static const struct cpu_products blas = {input, recurrent, project};

static void own_input(const struct cpu_stack *s, int l, int n, const float *x, float *z)
{
    const struct lstm_layer *y = &s->net.layer[l];
    dense_f32_mul(s->pool, n, 4 * y->n_hid, y->n_in, x, y->w_x, z);
}

static void own_recurrent(const struct cpu_stack *s, int l, int n, const float *r, float *z)
{
    const struct lstm_layer *y = &s->net.layer[l];
    dense_f32_mul(s->pool, n, 4 * y->n_hid, lstm_n_rec(y), r, y->w_h, z);
}

static void own_project(const struct cpu_stack *s, int l, int n, const float *h, float *r)
{
    const struct lstm_layer *y = &s->net.layer[l];
    memset(r, 0, (size_t)n * (size_t)y->n_proj * sizeof *r);
    dense_f32_mul(s->pool, n, y->n_proj, y->n_hid, h, y->w_r, r);
}

static const struct cpu_products own = {own_input, own_recurrent, own_project};

static const struct dense_layer *packed(const struct cpu_stack *s, int l)
{
    return (const struct dense_layer *)s->own + l;
}

static void bf16_input(const struct cpu_stack *s, int l, int n, const float *x, float *z)
{
    dense_bf16_mul(&packed(s, l)->x, s->pool, n, x, z, s->scratch);
}

static void bf16_recurrent(const struct cpu_stack *s, int l, int n, const float *r, float *z)
{
    dense_bf16_mul(&packed(s, l)->h, s->pool, n, r, z, s->scratch);
}

static void bf16_project(const struct cpu_stack *s, int l, int n, const float *h, float *r)
{
    const struct dense_bf16 *m = &packed(s, l)->r;
    memset(r, 0, (size_t)n * (size_t)m->rows * sizeof *r);
    dense_bf16_mul(m, s->pool, n, h, r, s->scratch);
}

static const struct cpu_products bf16 = {bf16_input, bf16_recurrent, bf16_project};

static enum status supports(const struct lstm_net *net, const struct lstm_options *opt)
{
    return cpu_supports("dense", PREC_BF16, net, opt);
}

static enum status pack_bf16(const struct lstm_net *net, struct dense_plan *p, size_t *widest)
{
    for (int l = 0; l < net->n_layers; l++) {
        const struct lstm_layer *y = &net->layer[l];
        struct dense_layer *d = &p->layer[l];
        TRY(dense_bf16_pack(y->w_x, 4 * y->n_hid, y->n_in, &d->x));
        TRY(dense_bf16_pack(y->w_h, 4 * y->n_hid, lstm_n_rec(y), &d->h));
        if (y->n_proj != 0)
            TRY(dense_bf16_pack(y->w_r, y->n_proj, y->n_hid, &d->r));
        const struct dense_bf16 *m[] = {&d->x, &d->h, &d->r};
        for (int i = 0; i < 3; i++)
            *widest = (size_t)m[i]->cols_padded > *widest ? (size_t)m[i]->cols_padded : *widest;
    }
    return OK;
}

static void release_layers(struct dense_plan *p)
{
    for (int l = 0; l < LSTM_MAX_LAYERS; l++) {
        dense_bf16_release(&p->layer[l].x);
        dense_bf16_release(&p->layer[l].h);
        dense_bf16_release(&p->layer[l].r);
    }
}

/* 1 if OpenBLAS would run at a level that ours may not. */
static int held_down(void)
{
    return kern_get()->flags != cpu_flags_found();
}

static enum status prepare_floats(const struct lstm_net *net, const struct lstm_options *opt,
                                  struct dense_plan *p)
{
    size_t widest = 0;
    if (opt->precision == PREC_F32)
        return cpu_stack_init(&p->cpu.stack, net, opt, held_down() ? &own : &blas, 0);
    enum status st = pack_bf16(net, p, &widest);
    if (st == OK)
        st = cpu_stack_init(&p->cpu.stack, net, opt, &bf16, widest);
    p->cpu.stack.own = p->layer;
    return st;
}

static enum status prepare(const struct lstm_net *net, const struct lstm_options *opt, void **plan)
{
    struct dense_plan *p;
    char isa[64];
    int fixed = quant_needed(opt->precision);
    TRY(mem_new(&p, 1, sizeof *p));
    enum status st = fixed ? fixed_stack_new(net, opt, &fixed_product_dense, &p->cpu.fixed)
                           : prepare_floats(net, opt, p);
    if (st != OK) {
        release_layers(p);
        mem_free(p);
        return st;
    }
    snprintf(p->cpu.variant, sizeof p->cpu.variant, "%s",
             opt->precision == PREC_F32 && !held_down() ? gemm_blas_name()
                                                        : cpu_isa_name(kern_get()->flags, isa));
    *plan = p;
    return OK;
}

static void facts(const void *plan, struct lstm_facts *out)
{
    const struct cpu_plan *p = plan;
    if (p->fixed != NULL) {
        fixed_stack_facts(p->fixed, out);
        return;
    }
    const struct lstm_layer *y = &p->stack.net.layer[0];
    double size = p->stack.opt.precision == PREC_BF16 ? sizeof(uint16_t) : sizeof(float);
    out->macs = (double)lstm_n_weights(&p->stack.net);
    out->weight_bytes = out->macs * size;
    out->gate_bytes = 4.0 * y->n_hid * (y->n_in + lstm_n_rec(y)) * size;
}

static void release(void *plan)
{
    struct dense_plan *p = plan;
    cpu_plan_clear(&p->cpu);
    release_layers(p);
    mem_free(p);
}

const struct lstm_backend cpu_dense_backend = {
    .name = "dense",
    .about = "dense matrices through OpenBLAS, one GEMM for W_x x of a sequence",
    .supports = supports,
    .prepare = prepare,
    .run = cpu_plan_run,
    .gates = cpu_plan_gates,
    .variant = cpu_plan_variant,
    .facts = facts,
    .release = release,
};
