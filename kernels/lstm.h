/* lstm.h - the one interface behind which every LSTM backend runs.
 *
 * A stack of unidirectional LSTM layers, gate order I F G O as in PyTorch (SPEC 2):
 *   i = s(W_x x + W_h r + b + p_i*c)      f likewise with p_f      g = tanh(W_x x + W_h r + b)
 *   c' = f*c + i*g      o = s(W_x x + W_h r + b + p_o*c')      h' = o*tanh(c')
 *   r' = W_r h' with a projection, else r' = h'.
 * Hochreiter & Schmidhuber 1997; peepholes: Gers 2000; projection: Sak 2014. */
#ifndef KERNELS_LSTM_H
#define KERNELS_LSTM_H

#include "base/status.h"
#include "kernels/precision.h"

#include <stddef.h>

enum { LSTM_MAX_LAYERS = 32 };

/* A borrowed view of one layer. n_rec = n_proj if n_proj != 0, else n_hid. A zero is a pruned
 * weight; every row of w_x holds at most k_x nonzeros, of w_h at most k_h, of w_r at most k_r. */
struct lstm_layer {
    int n_in, n_hid, n_proj; /* n_proj = 0: no projection */
    const float *w_x;        /* [4*n_hid][n_in] */
    const float *w_h;        /* [4*n_hid][n_rec] */
    const float *w_r;        /* [n_proj][n_hid], NULL without projection */
    const float *bias;       /* [4*n_hid], the sum of PyTorch's two */
    const float *peephole;   /* [3][n_hid] in the order i f o, or NULL */
    int k_x, k_h, k_r;       /* weights kept in every row; k_r is 0 without projection */
};

/* A stack: layer l+1 reads what layer l writes, so layer[l+1].n_in = n_rec of layer l. */
struct lstm_net {
    int n_layers;
    struct lstm_layer layer[LSTM_MAX_LAYERS];
};

/* n_proj if the layer projects, else n_hid. */
int lstm_n_rec(const struct lstm_layer *layer);

/* Weights of the matrices of the whole stack: all of them, or those kept (k a row). */
size_t lstm_n_weights(const struct lstm_net *net);
size_t lstm_n_kept(const struct lstm_net *net);

struct quant;

/* What a plan is prepared for. Zero-initialise for f32, batch 1, one step, one thread. */
struct lstm_options {
    enum precision precision;
    int max_batch;             /* largest io.batch; 0 means 1 */
    int max_steps;             /* most io.steps of one call; 0 means 1 */
    int threads;               /* 0 means 1 */
    int pin;                   /* 1: worker threads are pinned, one a processor */
    const char *device;        /* device URI of an accelerator, or NULL */
    const struct quant *quant; /* calibration (quant.h), needed by q16 and q8; else NULL */
};

/* One call. h and c carry the state: read at the start, updated to each lane's true end. Rows of y
 * at and after a lane's length are zero. */
struct lstm_io {
    int steps, batch;
    const float *x; /* [steps][batch][n_in of layer 0] */
    float *y;       /* [steps][batch][n_rec of the last layer], or NULL */
    float *h;       /* per layer in turn [batch][n_rec of that layer] */
    float *c;       /* per layer in turn [batch][n_hid of that layer] */
    const int *len; /* [batch], each 0..steps, or NULL: all lanes have `steps` */
};

/* What the backend alone knows, for one time step of one sample. */
struct lstm_facts {
    double macs;         /* multiply-accumulates executed, padding included */
    double weight_bytes; /* bytes of weights (not indices) streamed */
    double index_bytes;  /* bytes of indices streamed */
    double spilled;      /* weights that a packed format keeps in a list beside its stream */
    double saturations;  /* q formats: values clipped since prepare, in all */
    double nans;         /* q formats: NaN inputs taken as 0 since prepare, in all */
    double gate_bytes;   /* bytes of weights and indices that `gates` streams */
    /* Of an accelerator, summed over all sequences since prepare; all 0 on a CPU. A sequence's
     * cycles count from the first x accepted to the last h out, each as exactly one of issue,
     * static gap, wait for x, wait for room for h, drain. */
    double device_macs, device_steps, device_cycles; /* multipliers, steps, cycles */
    double device_issue, device_gap, device_stall_x, device_stall_h, device_drain;
    double device_simd;  /* sequences that run side by side; their cycles count once */
    double device_bus;   /* bytes a cycle at which weights are streamed; 0: they are resident */
    int device_modelled; /* 1: parts of this are computed as no RTL does them */
    /* Products of which neither operand is 0, and bits of operands that changed between a
     * multiplier's products; both 0 where the device does not count them. */
    double device_nonzero, device_toggles;
};

/* A backend. All functions but `supports` see only plans that its own `prepare` made. */
struct lstm_backend {
    const char *name;  /* "ref", "dense", "sparse", ... */
    const char *about; /* one line for `brds info` */
    int foreign;       /* 1: formats that alter weights are a library's own, near ours, not equal */
    unsigned only;     /* 1 << precision for each that it takes; 0: `supports` tells */
    /* OK, or E_UNSUPPORTED / E_ABSENT with the reason. The net has passed lstm_check. */
    enum status (*supports)(const struct lstm_net *net, const struct lstm_options *opt);
    /* Packs, quantizes, loads the device; may be slow. The weights are borrowed until release. */
    enum status (*prepare)(const struct lstm_net *net, const struct lstm_options *opt, void **plan);
    /* Many steps in one call; never allocates. A CPU backend always succeeds. On a device error y
     * is NaN, h and c are as before the call, and the next run works. */
    enum status (*run)(void *plan, const struct lstm_io *io);
    /* The gate products W_x x + W_h r of layer 0 for one sample, on operands that the plan holds;
     * for measuring only. Never allocates, touches no state. NULL where the backend cannot. */
    void (*gates)(void *plan);
    /* What runs: "avx512", "openblas 0.3.21 SkylakeX", "double". */
    const char *(*variant)(const void *plan);
    void (*facts)(const void *plan, struct lstm_facts *out);
    void (*release)(void *plan);
};

/* 0 if the backend takes no net in that precision. */
int lstm_takes(const struct lstm_backend *backend, enum precision precision);

/* A prepared stack: a backend and its plan, with the shape kept for checking. */
struct lstm_plan;

/* E_FORMAT if shapes do not chain, a count is out of 0..columns, a pointer that must be there is
 * NULL, or there are no or too many layers. */
enum status lstm_check(const struct lstm_net *net);

/* Checks net and options (E_USAGE: one below 1, or max_steps*max_batch beyond an int), asks
 * `supports`, prepares. On failure *out is NULL. Release with lstm_release. */
enum status lstm_prepare(const struct lstm_backend *backend, const struct lstm_net *net,
                         const struct lstm_options *opt, struct lstm_plan **out);

/* Runs one call; E_USAGE if batch or steps exceed what the plan was prepared for or a length is out
 * of range. */
enum status lstm_run(struct lstm_plan *plan, const struct lstm_io *io);

/* Computes the gate products once; E_UNSUPPORTED if the backend has them only as part of a step. */
enum status lstm_gates(struct lstm_plan *plan);

const char *lstm_variant(const struct lstm_plan *plan);
void lstm_facts(const struct lstm_plan *plan, struct lstm_facts *out);
void lstm_release(struct lstm_plan *plan);

/* Floats of a whole h or c state for `batch` samples. */
size_t lstm_h_size(const struct lstm_net *net, int batch);
size_t lstm_c_size(const struct lstm_net *net, int batch);

/* The CPU backends. The list where backends meet is brds/registry.c. */
extern const struct lstm_backend cpu_ref_backend;    /* plain C in double precision */
extern const struct lstm_backend cpu_dense_backend;  /* OpenBLAS */
extern const struct lstm_backend cpu_sparse_backend; /* row-balanced packed formats */
extern const struct lstm_backend cpu_onednn_backend; /* oneDNN, where it is built in */

#endif
