/* cpu_fixed.h - what the q16 and q8 CPU backends share: integers in and out, layers and steps, the
 * cell, lengths and state. A backend adds only its matrix product. */
#ifndef KERNELS_CPU_FIXED_H
#define KERNELS_CPU_FIXED_H

#include "kernels/lstm.h"
#include "kernels/pool.h"
#include "kernels/quant.h"

#include <stdint.h>

/* The product of one backend. An operand is int16 (q16, q10) or uint8 with zero point 128 (q8); it
 * may be read up to FIXED_X_PAD elements past its `cols`, which hold 0 or 128. Operands of n
 * samples lie `stride` elements apart. */
struct fixed_product {
    /* Packs w [rows][cols] with at most k nonzeros a row; w is borrowed. */
    enum status (*pack)(const int16_t *w, int rows, int cols, int k, enum precision precision,
                        void **out);
    /* sum[n][rows] = x[n][cols] * m^T, exact; q8 counts x as u8 - 128. */
    void (*mul)(const void *m, struct pool *pool, int n, const void *x, size_t stride,
                int32_t *sum);
    void (*facts)(const void *m, struct lstm_facts *add);
    void (*release)(void *m);
};
enum { FIXED_X_PAD = 256 };

struct fixed_stack;

/* `prepare`, `run`, `gates`, `facts` and `release` of a backend in q16 or q8. `product` is kept. */
enum status fixed_stack_new(const struct lstm_net *net, const struct lstm_options *opt,
                            const struct fixed_product *product, struct fixed_stack **out);
void fixed_stack_run(struct fixed_stack *s, const struct lstm_io *io);
void fixed_stack_gates(struct fixed_stack *s);
void fixed_stack_facts(const struct fixed_stack *s, struct lstm_facts *out);
void fixed_stack_release(struct fixed_stack *s);

/* W_h of layer 0 as the product packed it. */
const void *fixed_stack_packed_h(const struct fixed_stack *s);

/* `supports` for q16 and q8: E_USAGE without a calibration of as many layers. */
enum status fixed_supports(const struct lstm_net *net, const struct lstm_options *opt);

/* Plain loops over dense storage: the meaning of every other product. */
extern const struct fixed_product fixed_product_plain;

#endif
