/* cpu_stack.h - what the f32 CPU backends share: walking layers and steps, the cell, lengths and
 * state. A backend adds only its three products. */
#ifndef KERNELS_CPU_STACK_H
#define KERNELS_CPU_STACK_H

#include "kernels/lstm.h"
#include "kernels/pool.h"

struct cpu_stack;

/* The products of one layer. Rows of x, z, r, h are samples; `layer` counts from 0. */
struct cpu_products {
    /* z[n][4*n_hid] += x[n][n_in] W_x^T */
    void (*input)(const struct cpu_stack *s, int layer, int n, const float *x, float *z);
    /* z[n][4*n_hid] += r[n][n_rec] W_h^T */
    void (*recurrent)(const struct cpu_stack *s, int layer, int n, const float *r, float *z);
    /* r[n][n_proj] = h[n][n_hid] W_r^T */
    void (*project)(const struct cpu_stack *s, int layer, int n, const float *h, float *r);
};

struct cpu_stack {
    struct lstm_net net; /* shapes and borrowed weights */
    struct lstm_options opt;
    const struct cpu_products *products;
    struct pool *pool;
    void *own;    /* the backend's packed weights */
    float *z;     /* [max_steps*max_batch][4*n_hid] pre-activations of one layer */
    float *y[2];  /* [max_steps][max_batch][n_rec]: outputs of this layer and of the one before */
    float *h;     /* [max_batch][n_hid] before a projection; else unused */
    float *r, *c; /* [max_batch][n_rec], [max_batch][n_hid]: state while some lanes have ended */
    float *gate_x, *gate_r; /* operands of cpu_stack_gates */
    float *scratch;         /* for the products; NULL if n_scratch was 0 */
};

/* Makes the pool and the work space, with n_scratch floats for the products. */
enum status cpu_stack_init(struct cpu_stack *s, const struct lstm_net *net,
                           const struct lstm_options *opt, const struct cpu_products *products,
                           size_t n_scratch);
void cpu_stack_release(struct cpu_stack *s);

/* lstm_backend.run for a stack. Never allocates, never fails. */
void cpu_stack_run(struct cpu_stack *s, const struct lstm_io *io);

/* lstm_backend.gates for a stack. */
void cpu_stack_gates(struct cpu_stack *s);

/* `supports` of a backend that runs f32, q16, q10, q8 and one float format more. */
enum status cpu_supports(const char *backend, enum precision also, const struct lstm_net *net,
                         const struct lstm_options *opt);

#endif
