#include "brds/brds.h"

#include "brds/registry.h"
#include "model/calibrate.h"
#include "model/weights.h"

/* The public handles are our own structs under other names. */
static struct net *net_of(const brds_model *m)
{
    return (struct net *)(uintptr_t)m;
}

static int code(enum status s)
{
    return status_exit_code(s);
}

const char *brds_version(void)
{
    return BRDS_VERSION;
}

const char *brds_error(void)
{
    return status_message();
}

const char *brds_backend_name(int index)
{
    const struct lstm_backend *b = index >= 0 ? registry_at((size_t)index) : NULL;
    return b != NULL ? b->name : NULL;
}

int brds_model_open(const char *path, const char *prefix, brds_model **out)
{
    struct net *net;
    enum status s = weights_load(path, prefix, &net);
    *out = (brds_model *)net;
    return code(s);
}

void brds_model_close(brds_model *model)
{
    net_release(net_of(model));
}

int brds_model_layers(const brds_model *model)
{
    return net_of(model)->lstm.n_layers;
}

int brds_model_inputs(const brds_model *model)
{
    return net_of(model)->lstm.layer[0].n_in;
}

int brds_model_outputs(const brds_model *model)
{
    const struct lstm_net *lstm = &net_of(model)->lstm;
    return lstm_n_rec(&lstm->layer[lstm->n_layers - 1]);
}

long brds_model_h_size(const brds_model *model, int batch)
{
    return (long)lstm_h_size(&net_of(model)->lstm, batch);
}

long brds_model_c_size(const brds_model *model, int batch)
{
    return (long)lstm_c_size(&net_of(model)->lstm, batch);
}

int brds_plan_open(const brds_model *model, const char *backend, const char *precision,
                   int max_batch, int max_steps, int threads, const char *device, brds_plan **out)
{
    const struct lstm_backend *b;
    struct lstm_plan *plan = NULL;
    struct quant quant;
    int found = 0;
    struct lstm_options o = {
        .max_batch = max_batch, .max_steps = max_steps, .threads = threads, .device = device};
    *out = NULL;
    enum status s = registry_find(backend, &b);
    if (s == OK)
        s = precision_parse(precision, &o.precision);
    if (s == OK && quant_needed(o.precision))
        s = calibrate_stored(net_of(model), "model", &found, &quant);
    o.quant = found ? &quant : NULL;
    if (s == OK)
        s = lstm_prepare(b, &net_of(model)->lstm, &o, &plan);
    *out = (brds_plan *)plan;
    return code(s);
}

void brds_plan_close(brds_plan *plan)
{
    lstm_release((struct lstm_plan *)plan);
}

int brds_plan_run(brds_plan *plan, int steps, int batch, const float *x, float *y, float *h,
                  float *c, const int *len)
{
    struct lstm_io io = {steps, batch, x, y, h, c, len};
    return code(lstm_run((struct lstm_plan *)plan, &io));
}
