/* objective.h - the loss of a batch by the net's task, and its gradient by outputs and
 * classifier. */
#ifndef MODEL_OBJECTIVE_H
#define MODEL_OBJECTIVE_H

#include "base/status.h"
#include "datasets/batch.h"
#include "model/bptt.h"
#include "model/distill.h"
#include "model/logits.h"
#include "model/loss.h"
#include "model/recipe.h"

#include <stddef.h>

/* A net that teaches runs beside the other on the same batches. */
struct teacher {
    struct bptt bptt;
    struct distill distill;
    float *rows; /* as struct objective's */
};

struct objective {
    const struct net *net;
    struct pool *pool;
    struct loss loss;        /* all tasks but ctc */
    struct teacher *teacher; /* NULL: none */
    /* one row a sequence */
    float *rows, *d_rows; /* [lanes][n_out] */
    int32_t *targets;     /* [lanes] */
    /* ctc */
    struct logits logits;
    float *z;      /* [steps*lanes][n_classes] */
    double *room;  /* [threads][ctc_room] */
    size_t room_n; /* of one thread */
    double *nll;   /* [lanes] */
};

struct objective_sum {
    double loss; /* what is made less: the NLL summed over the targets, with a teacher's share,
                          over `per` */
    double per;  /* lm: lanes, as Zaremba (SPEC 8) has it; else the targets of the batch */
    double nll;  /* summed over the targets, without a teacher */
    size_t n;    /* targets: words, reviews, frames, phones */
    size_t infeasible; /* ctc: sequences without an alignment, which count nothing */
};

/* Largest extents of the batches to come. */
struct objective_size {
    int steps, lanes, labels; /* labels: of CTC, a lane */
};

/* Work space. net,
 * teacher (NULL: none) and pool are borrowed. E_UNSUPPORTED for a teacher of a CTC net; errors of
 * distill_init. Call objective_release in any case. */
enum status objective_init(struct objective *o, const struct net *net, const struct net *teacher,
                           const struct recipe *r, struct objective_size size, struct pool *pool);
void objective_release(struct objective *o);

/* After bptt_forward of the batch: the sums, the gradient of `loss` by y to bptt->dy, and that by
 * the classifier to its place in grad. A teacher runs first, from its own state. */
void objective_gradient(struct objective *o, const struct batch *b, struct bptt *bptt, float *grad,
                        struct objective_sum *out);

/* State at zero: of the teacher, if there is one. */
void objective_reset(struct objective *o);

#endif
