/* The dense backend: OpenBLAS on the unpruned storage of the weights. In sequence mode W_x x of all
 * steps is one GEMM. */
#include "base/mem.h"
#include "kernels/cpu_stack.h"
#include "kernels/gemm.h"

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
    return cpu_supports_f32("dense", opt);
}

static enum status prepare(const struct lstm_net *net, const struct lstm_options *opt, void **plan)
{
    struct cpu_stack *s;
    TRY(mem_new(&s, 1, sizeof *s));
    enum status st = cpu_stack_init(s, net, opt, &products, 0);
    if (st != OK) {
        mem_free(s);
        return st;
    }
    *plan = s;
    return OK;
}

static enum status run(void *plan, const struct lstm_io *io)
{
    cpu_stack_run(plan, io);
    return OK;
}

static const char *variant(const void *plan)
{
    return gemm_blas_name();
}

static void facts(const void *plan, struct lstm_facts *out)
{
    const struct cpu_stack *s = plan;
    out->macs = (double)lstm_n_weights(&s->net);
    out->weight_bytes = out->macs * sizeof(float);
}

static void release(void *plan)
{
    cpu_stack_release(plan);
    mem_free(plan);
}

const struct lstm_backend cpu_dense_backend = {
    .name = "dense",
    .about = "dense matrices through OpenBLAS, one GEMM for W_x x of a sequence",
    .supports = supports,
    .prepare = prepare,
    .run = run,
    .variant = variant,
    .facts = facts,
    .release = release,
};
