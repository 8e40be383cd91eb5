/* The dense backend: OpenBLAS on the unpruned storage of the weights. In sequence mode W_x x of all
 * steps is one GEMM. */
#include "base/cpu.h"
#include "base/mem.h"
#include "kernels/cpu_plan.h"
#include "kernels/fixed_dense.h"
#include "kernels/gemm.h"
#include "kernels/kern.h"

#include <stdio.h>

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

static const struct cpu_products products = {input, recurrent, project};

static enum status supports(const struct lstm_net *net, const struct lstm_options *opt)
{
    return cpu_supports("dense", net, opt);
}

static enum status prepare(const struct lstm_net *net, const struct lstm_options *opt, void **plan)
{
    struct cpu_plan *p;
    char isa[64];
    int fixed = quant_needed(opt->precision);
    TRY(mem_new(&p, 1, sizeof *p));
    enum status st = fixed ? fixed_stack_new(net, opt, &fixed_product_dense, &p->fixed)
                           : cpu_stack_init(&p->stack, net, opt, &products, 0);
    if (st != OK) {
        mem_free(p);
        return st;
    }
    snprintf(p->variant, sizeof p->variant, "%s",
             fixed ? cpu_isa_name(kern_get()->flags, isa) : gemm_blas_name());
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
    out->macs = (double)lstm_n_weights(&p->stack.net);
    out->weight_bytes = out->macs * sizeof(float);
    out->gate_bytes = 4.0 * y->n_hid * (y->n_in + lstm_n_rec(y)) * sizeof(float);
}

static void release(void *plan)
{
    cpu_plan_clear(plan);
    mem_free(plan);
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
