/* bptt.h - forward and backward of a net over one batch. */
#ifndef MODEL_BPTT_H
#define MODEL_BPTT_H

#include "base/rng.h"
#include "base/status.h"
#include "datasets/batch.h"
#include "kernels/pool.h"
#include "kernels/tiles.h"
#include "model/net.h"

#include <stddef.h>
#include <stdint.h>

/* What one layer remembers from forward to backward. T steps, B lanes. */
struct bptt_layer {
    float *x;      /* [T*B][n_in] input, after dropout */
    float *mask;   /* [T*B][n_in] dropout of the input; NULL without dropout */
    float *z;      /* [T*B][4*n_hid] gates, then their gradient */
    float *c;      /* [(T+1)*B][n_hid]; block 0 is the state before */
    float *tanh_c; /* [T*B][n_hid] */
    float *h;      /* [T*B][n_hid] before the projection; NULL without */
    float *r;      /* [(T+1)*B][n_rec]; block 0 is the state before */
    float *dr;     /* [T*B][n_rec] gradient of r, kept for W_r; NULL without projection */
};

/* 1 - dropout of the first layer's input, between layers, and of the output; each in (0, 1]. */
struct bptt_keep {
    float in, between, out;
};

struct bptt {
    const struct net *net;
    struct pool *pool;
    int max_steps, max_lanes, steps, lanes; /* of the chunk at hand */
    struct bptt_keep keep;                  /* 1 - dropout */
    struct rng *rng;                        /* draws the dropout masks */
    struct bptt_layer layer[LSTM_MAX_LAYERS];
    float *y, *y_mask;   /* [T*B][n_out] output after dropout; its mask or NULL */
    float *dy;           /* [T*B][widest] gradient flowing down */
    float *dx;           /* [T*B][widest] */
    float *dh, *dc, *dr; /* [B][widest] */
    float *dp;           /* [3][widest] peephole gradient */
    float *panels;       /* [threads][panel_size] W_h of the layer at hand, each thread's units */
    size_t panel_size;
    struct tiles tiles;
    int32_t *touched; /* embedding rows that the chunk used, each once */
    size_t n_touched;
    uint8_t *seen; /* [n_vocab] */
};

/* Makes the work space. net, pool and rng are borrowed; rng may be NULL without dropout. */
enum status bptt_init(struct bptt *b, const struct net *net, int max_steps, int max_lanes,
                      struct bptt_keep keep, struct rng *rng, struct pool *pool);
void bptt_release(struct bptt *b);

/* State at zero, as at the start of an epoch. */
void bptt_reset(struct bptt *b);
/* Copies the carried state out of or into the work space: h per layer [lanes][n_rec], then c per
 * layer [lanes][n_hid] (lstm_h_size + lstm_c_size floats). */
void bptt_get_state(const struct bptt *b, int lanes, float *state);
void bptt_set_state(struct bptt *b, int lanes, const float *state);

/* Runs the batch's tokens or frames from the carried state; b->y [steps*lanes][n_out] is the
 * output. Lanes run on through their padding, which leads back to nothing: nothing there has a
 * gradient. The state is carried on by bptt_backward, which needs the one before. */
void bptt_forward(struct bptt *b, const struct batch *batch);

/* What bptt_backward does last: the state after the chunk is where the next one starts. For a net
 * that only runs. */
void bptt_carry(struct bptt *b);

/* Takes the gradient of y from b->dy and writes that of every LSTM parameter to grad [n_data]; adds
 * that of the embedding to the rows of `touched`, which must be zero before; of a tied net, hold
 * the gradient of the classifier. Pruned entries are not masked here. */
void bptt_backward(struct bptt *b, const struct batch *batch, float *grad);

/* Zeroes the touched embedding rows of grad and forgets them. */
void bptt_clear_touched(struct bptt *b, float *grad);

#endif
