#include "kernels/lstm.h"

#include "base/mem.h"

#include <limits.h>

int lstm_takes(const struct lstm_backend *backend, enum precision precision)
{
    return backend->only == 0 || (backend->only >> precision & 1) != 0;
}

struct lstm_plan {
    const struct lstm_backend *backend;
    void *impl;
    int max_batch, max_steps;
};

int lstm_n_rec(const struct lstm_layer *layer)
{
    return layer->n_proj != 0 ? layer->n_proj : layer->n_hid;
}

size_t lstm_n_weights(const struct lstm_net *net)
{
    size_t n = 0;
    for (int l = 0; l < net->n_layers; l++) {
        const struct lstm_layer *y = &net->layer[l];
        size_t columns = (size_t)y->n_in + (size_t)lstm_n_rec(y);
        n += 4 * (size_t)y->n_hid * columns + (size_t)y->n_proj * (size_t)y->n_hid;
    }
    return n;
}

size_t lstm_n_kept(const struct lstm_net *net)
{
    size_t n = 0;
    for (int l = 0; l < net->n_layers; l++) {
        const struct lstm_layer *y = &net->layer[l];
        n += 4 * (size_t)y->n_hid * (size_t)(y->k_x + y->k_h) + (size_t)y->n_proj * (size_t)y->k_r;
    }
    return n;
}

size_t lstm_h_size(const struct lstm_net *net, int batch)
{
    size_t n = 0;
    for (int l = 0; l < net->n_layers; l++)
        n += (size_t)lstm_n_rec(&net->layer[l]);
    return n * (size_t)batch;
}

size_t lstm_c_size(const struct lstm_net *net, int batch)
{
    size_t n = 0;
    for (int l = 0; l < net->n_layers; l++)
        n += (size_t)net->layer[l].n_hid;
    return n * (size_t)batch;
}

static enum status check_layer(const struct lstm_layer *y, int l)
{
    if (y->n_in < 1 || y->n_hid < 1 || y->n_proj < 0 || y->n_hid > INT_MAX / 4)
        return fail(E_FORMAT, "layer %d: impossible sizes n_in %d, n_hid %d, n_proj %d", l, y->n_in,
                    y->n_hid, y->n_proj);
    if (y->w_x == NULL || y->w_h == NULL || y->bias == NULL || (y->n_proj != 0) != (y->w_r != NULL))
        return fail(E_FORMAT, "layer %d: a matrix or the bias is missing", l);
    if (y->k_x < 0 || y->k_x > y->n_in || y->k_h < 0 || y->k_h > lstm_n_rec(y) || y->k_r < 0 ||
        y->k_r > y->n_hid)
        return fail(E_FORMAT, "layer %d: kept weights %d, %d, %d are out of range", l, y->k_x,
                    y->k_h, y->k_r);
    return OK;
}

enum status lstm_check(const struct lstm_net *net)
{
    if (net->n_layers < 1 || net->n_layers > LSTM_MAX_LAYERS)
        return fail(E_FORMAT, "%d LSTM layers (expected 1 to %d)", net->n_layers, LSTM_MAX_LAYERS);
    for (int l = 0; l < net->n_layers; l++) {
        TRY(check_layer(&net->layer[l], l));
        if (l > 0 && net->layer[l].n_in != lstm_n_rec(&net->layer[l - 1]))
            return fail(E_FORMAT, "layer %d: reads %d values, but layer %d writes %d", l,
                        net->layer[l].n_in, l - 1, lstm_n_rec(&net->layer[l - 1]));
    }
    return OK;
}

static enum status check_options(struct lstm_options *opt)
{
    opt->max_batch = opt->max_batch != 0 ? opt->max_batch : 1;
    opt->max_steps = opt->max_steps != 0 ? opt->max_steps : 1;
    opt->threads = opt->threads != 0 ? opt->threads : 1;
    if (opt->max_batch < 1 || opt->max_steps < 1 || opt->threads < 1)
        return fail(E_USAGE, "batch %d, steps %d, threads %d: each must be at least 1",
                    opt->max_batch, opt->max_steps, opt->threads);
    if (opt->max_steps > INT_MAX / opt->max_batch)
        return fail(E_USAGE, "%d steps of batch %d are too many for one call", opt->max_steps,
                    opt->max_batch);
    return OK;
}

enum status lstm_prepare(const struct lstm_backend *backend, const struct lstm_net *net,
                         const struct lstm_options *opt, struct lstm_plan **out)
{
    struct lstm_options o = *opt;
    struct lstm_plan *plan;
    *out = NULL;
    TRY(lstm_check(net));
    TRY(check_options(&o));
    TRY(backend->supports(net, &o));
    TRY(mem_new(&plan, 1, sizeof *plan));
    *plan =
        (struct lstm_plan){.backend = backend, .max_batch = o.max_batch, .max_steps = o.max_steps};
    enum status s = backend->prepare(net, &o, &plan->impl);
    if (s != OK) {
        mem_free(plan);
        return s;
    }
    *out = plan;
    return OK;
}

enum status lstm_run(struct lstm_plan *plan, const struct lstm_io *io)
{
    if (io->batch < 1 || io->batch > plan->max_batch || io->steps < 1 ||
        io->steps > plan->max_steps)
        return fail(E_USAGE, "%d steps of batch %d (prepared for %d of %d)", io->steps, io->batch,
                    plan->max_steps, plan->max_batch);
    for (int b = 0; io->len != NULL && b < io->batch; b++)
        if (io->len[b] < 0 || io->len[b] > io->steps)
            return fail(E_USAGE, "length %d of sample %d is not in 0..%d", io->len[b], b,
                        io->steps);
    return plan->backend->run(plan->impl, io);
}

enum status lstm_gates(struct lstm_plan *plan)
{
    if (plan->backend->gates == NULL)
        return fail(E_UNSUPPORTED, "backend %s: the gate product cannot be run apart from a step",
                    plan->backend->name);
    plan->backend->gates(plan->impl);
    return OK;
}

const char *lstm_variant(const struct lstm_plan *plan)
{
    return plan->backend->variant(plan->impl);
}

void lstm_facts(const struct lstm_plan *plan, struct lstm_facts *out)
{
    *out = (struct lstm_facts){0};
    plan->backend->facts(plan->impl, out);
}

void lstm_release(struct lstm_plan *plan)
{
    if (plan == NULL)
        return;
    plan->backend->release(plan->impl);
    mem_free(plan);
}
