/* The sparse backend: W_x, W_h and W_r packed with their own counts, rows without pointers. */
#include "base/cpu.h"
#include "base/mem.h"
#include "kernels/cpu_plan.h"
#include "kernels/fixed_sparse.h"
#include "kernels/kern.h"
#include "kernels/packed.h"
#include "kernels/rounded_net.h"

#include <stdio.h>
#include <string.h>

struct packed_layer {
    struct packed x, h, r;
};

struct sparse_plan {
    struct cpu_plan cpu; /* in f32 cpu.stack.own points to layer[] */
    struct packed_layer layer[LSTM_MAX_LAYERS];
};

static const struct packed_layer *packed(const struct cpu_stack *s, int l)
{
    return (const struct packed_layer *)s->own + l;
}

static void input(const struct cpu_stack *s, int l, int n, const float *x, float *z)
{
    packed_mul(&packed(s, l)->x, s->pool, n, x, z, s->scratch);
}

static void recurrent(const struct cpu_stack *s, int l, int n, const float *r, float *z)
{
    packed_mul(&packed(s, l)->h, s->pool, n, r, z, s->scratch);
}

static void project(const struct cpu_stack *s, int l, int n, const float *h, float *r)
{
    const struct packed *m = &packed(s, l)->r;
    memset(r, 0, (size_t)n * (size_t)m->rows * sizeof *r);
    packed_mul(m, s->pool, n, h, r, s->scratch);
}

static const struct cpu_products products = {input, recurrent, project};

static enum status supports(const struct lstm_net *net, const struct lstm_options *opt)
{
    for (int l = 0; l < net->n_layers; l++) {
        const struct lstm_layer *y = &net->layer[l];
        if (y->n_in > RBS_MAX_COLUMNS || y->n_hid > RBS_MAX_COLUMNS)
            return fail(E_UNSUPPORTED, "backend sparse: layer %d has more than %d columns", l,
                        RBS_MAX_COLUMNS);
    }
    return cpu_supports("sparse", PREC_F27, net, opt);
}

/* W_x sees all samples of a call at once, W_h and W_r those of one step. */
static enum status pack_layer(const struct lstm_layer *y, const struct lstm_options *opt,
                              struct packed_layer *p)
{
    size_t batch = (size_t)opt->max_batch, most = batch * (size_t)opt->max_steps;
    unsigned flags = kern_get()->flags;
    enum precision prec = opt->precision;
    TRY(packed_make(y->w_x, 4 * y->n_hid, y->n_in, y->k_x, prec, flags, most, &p->x));
    TRY(packed_make(y->w_h, 4 * y->n_hid, lstm_n_rec(y), y->k_h, prec, flags, batch, &p->h));
    if (y->n_proj != 0)
        TRY(packed_make(y->w_r, y->n_proj, y->n_hid, y->k_r, prec, flags, batch, &p->r));
    return OK;
}

static void release_layers(struct sparse_plan *p)
{
    for (int l = 0; l < LSTM_MAX_LAYERS; l++) {
        packed_release(&p->layer[l].x);
        packed_release(&p->layer[l].h);
        packed_release(&p->layer[l].r);
    }
}

static size_t most_scratch(const struct sparse_plan *p, int n_layers)
{
    size_t most = 0;
    for (int l = 0; l < n_layers; l++) {
        const struct packed *m[] = {&p->layer[l].x, &p->layer[l].h, &p->layer[l].r};
        for (int i = 0; i < 3; i++)
            most = packed_scratch(m[i]) > most ? packed_scratch(m[i]) : most;
    }
    return most;
}

static enum status pack_layers(const struct lstm_net *net, const struct lstm_options *opt,
                               struct sparse_plan *p)
{
    for (int l = 0; l < net->n_layers; l++) {
        enum status st = pack_layer(&net->layer[l], opt, &p->layer[l]);
        if (st != OK)
            return fail_in(st, "layer %d", l);
    }
    return OK;
}

/* In f32 or f27. */
static enum status prepare_floats(const struct lstm_net *net, const struct lstm_options *opt,
                                  struct sparse_plan *p)
{
    struct rounded_net rounded = {.net = *net};
    if (rounded_net_needed(opt->precision))
        TRY(rounded_net_make(net, opt->precision, &rounded));
    enum status st = pack_layers(&rounded.net, opt, p);
    rounded_net_release(&rounded);
    TRY(st);
    TRY(cpu_stack_init(&p->cpu.stack, net, opt, &products, most_scratch(p, net->n_layers)));
    p->cpu.stack.own = p->layer;
    return OK;
}

static enum status prepare(const struct lstm_net *net, const struct lstm_options *opt, void **plan)
{
    struct sparse_plan *p;
    char isa[64];
    int fixed = quant_needed(opt->precision);
    TRY(mem_new(&p, 1, sizeof *p));
    enum status st = fixed ? fixed_stack_new(net, opt, &fixed_product_sparse, &p->cpu.fixed)
                           : prepare_floats(net, opt, p);
    if (st != OK) {
        release_layers(p);
        mem_free(p);
        return st;
    }
    snprintf(p->cpu.variant, sizeof p->cpu.variant, "%s %s", cpu_isa_name(kern_get()->flags, isa),
             fixed ? fixed_sparse_format(fixed_stack_packed_h(p->cpu.fixed))
                   : packed_format(&p->layer[0].h));
    *plan = p;
    return OK;
}

static void facts(const void *plan, struct lstm_facts *out)
{
    const struct sparse_plan *p = plan;
    if (p->cpu.fixed != NULL)
        fixed_stack_facts(p->cpu.fixed, out);
    for (int l = 0; p->cpu.fixed == NULL && l < p->cpu.stack.net.n_layers; l++) {
        const struct packed *m[] = {&p->layer[l].x, &p->layer[l].h, &p->layer[l].r};
        for (int i = 0; i < 3; i++) {
            packed_facts(m[i], out);
            if (l == 0 && i == 1)
                out->gate_bytes = out->weight_bytes + out->index_bytes;
        }
    }
}

static void release(void *plan)
{
    struct sparse_plan *p = plan;
    cpu_plan_clear(&p->cpu);
    release_layers(p);
    mem_free(p);
}

const struct lstm_backend cpu_sparse_backend = {
    .name = "sparse",
    .about = "row-balanced packed weights, pruned ones never touched",
    .supports = supports,
    .prepare = prepare,
    .run = cpu_plan_run,
    .gates = cpu_plan_gates,
    .variant = cpu_plan_variant,
    .facts = facts,
    .release = release,
};
