/* judge.h - what outputs are worth by the net's task: NLL, and right or wrong. */
#ifndef MODEL_JUDGE_H
#define MODEL_JUDGE_H

#include "base/status.h"
#include "datasets/batch.h"
#include "kernels/pool.h"
#include "model/logits.h"
#include "model/loss.h"
#include "model/net.h"

#include <stddef.h>

/* Sums over what was judged. */
struct verdict {
    double nll; /* nats, over n targets: words, reviews, frames, labels */
    size_t n;
    double wrong;      /* of `judged`: reviews, frames; ctc: edits over reference phones */
    size_t judged;     /* 0 of a language model */
    size_t infeasible; /* ctc: sequences without an alignment; they have no NLL */
};

/* Adds one sum to another. */
void verdict_add(struct verdict *to, const struct verdict *v);

/* Work space for batches of up to these extents. */
struct judge {
    const struct net *net;
    const struct dataset *ds;
    struct loss loss;      /* lm */
    struct logits logits;  /* the others */
    float *rows;           /* classify: [lanes][n_out] */
    int32_t *targets;      /* classify: [lanes] */
    float *z;              /* [rows][n_classes] */
    double *share;         /* [n_scored] posterior of the folded classes */
    double *room;          /* ctc */
    int32_t *heard, *said; /* ctc: [steps], [labels] folded phones */
    int *edits;            /* [labels + 1] */
};

/* net, ds and pool are borrowed. Call judge_release in any case. */
enum status judge_init(struct judge *j, const struct net *net, const struct dataset *ds,
                       const struct batcher *batcher, struct pool *pool);
void judge_release(struct judge *j);

/* Adds what the outputs y [steps][lanes][n_out] of a batch are worth.
 * classify: the class of the largest logit. frames: the posteriors of the classes that the data set
 * folds into one are summed, the largest sum wins (Lee & Hon 1989). ctc: the greedy decoding
 * against the labels, both without the classes that are not scored and then folded; equal
 * neighbours stay. each[i] (NULL: not wanted) gets the share of item i of the split. */
void judge_batch(struct judge *j, const struct batch *b, const float *y, struct verdict *sum,
                 struct verdict *each);

#endif
