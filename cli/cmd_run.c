/* cmd_run.c - brds run: a bare LSTM stack on tensors, as PyTorch's nn.LSTM. */
#include "base/log.h"
#include "cli/command.h"
#include "cli/run_tensors.h"
#include "cli/shared_options.h"
#include "model/calibrate.h"

/* The file's calibration, else one of the input at hand: the scales then depend on it. */
static enum status get_quant(const struct options *o, const struct net *net,
                             const struct run_tensors *t, enum precision precision,
                             struct quant *out)
{
    const char *in = options_text(o, "in");
    const struct lstm_io io = {
        .steps = t->steps, .batch = t->batch, .x = t->x, .h = t->h, .c = t->c, .len = t->len};
    int found;
    if (!quant_needed(precision))
        return OK;
    TRY(calibrate_stored(net, in, &found, out));
    if (found)
        return OK;
    log_warn("%s: holds no calibration for %s; calibrating on this input, so that other inputs "
             "run in other scales (brds calibrate keeps one)",
             in, precision_name(precision));
    return calibrate_input(&net->lstm, &io, shared_threads(o), out);
}

static enum status run_net(const struct options *o, const struct lstm_backend *backend,
                           enum precision precision, const struct net *net)
{
    const char *out = options_text(o, "output");
    struct run_tensors t;
    struct lstm_plan *plan = NULL;
    struct quant quant;
    enum status s;
    TRY(run_tensors_read(options_text(o, "input"), &net->lstm, &t));
    struct lstm_options opt = {.precision = precision,
                               .max_batch = t.batch,
                               .max_steps = run_tensors_chunk(&t),
                               .threads = shared_threads(o),
                               .device = options_text(o, "device")};
    TRY_OUT(get_quant(o, net, &t, precision, &quant));
    opt.quant = quant_needed(precision) ? &quant : NULL;
    TRY_OUT(lstm_prepare(backend, &net->lstm, &opt, &plan));
    TRY_OUT(run_tensors_run(&t, plan));
    TRY_OUT(run_tensors_write(&t, out));
    log_note("%s: %d steps of batch %d (%s, %s)", out, t.steps, t.batch, backend->name,
             lstm_variant(plan));
out:
    lstm_release(plan);
    run_tensors_release(&t);
    return s;
}

static enum status run(const struct options *o)
{
    const struct lstm_backend *backend;
    enum precision precision;
    struct net *net;
    TRY(shared_backend(o, &backend, &precision));
    TRY(shared_check_out(options_text(o, "output")));
    TRY(shared_net(o, 0, &net));
    enum status s = run_net(o, backend, precision, net);
    net_release(net);
    return s;
}

static const struct option_info options[] = {
    {"in", 'w', OPTION_TEXT, "FILE", .needed = 1, .help = "weights (safetensors)"},
    {"input", 'i', OPTION_TEXT, "FILE", .needed = 1,
     .help = "safetensors with input [steps,batch,n_in], and if wanted h0, c0 and len"},
    {"output", 'o', OPTION_TEXT, "FILE", .needed = 1,
     .help = "write output, hn and cn there, whole or not at all"},
    OPTION_BACKEND,
    OPTION_PRECISION,
    OPTION_THREADS,
    OPTION_PREFIX,
    OPTION_DEVICE,
    {0},
};

const struct command cmd_run = {
    .name = "run",
    .about = "Runs an LSTM stack on tensors, as PyTorch's nn.LSTM.",
    .operands = "",
    .details = "Reads    input [steps,batch,n_in]; if there, h0 [layers,batch,n_rec] and\n"
               "         c0 [layers,batch,n_hid], else zeros; len [batch], the true lengths\n"
               "Writes   output [steps,batch,n_rec], zero behind a sample's length;\n"
               "         hn and cn, the state at each sample's true end\n"
               "\n"
               "Where layers differ in width, h0_l0 [batch,n_rec], h0_l1, .. stand for h0, and\n"
               "likewise c0, hn and cn. Embedding and classifier of the file are not used.\n"
               "q16 and q8 take the calibration in the file; without one they calibrate on the\n"
               "input first.\n",
    .options = options,
    .run = run,
};
