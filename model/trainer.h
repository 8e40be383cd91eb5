/* trainer.h - all that one training holds, and its single steps; shared by the files of train.h. */
#ifndef MODEL_TRAINER_H
#define MODEL_TRAINER_H

#include "datasets/batch.h"
#include "model/bptt.h"
#include "model/checkpoint.h"
#include "model/objective.h"
#include "model/optim.h"
#include "model/train.h"

struct trainer {
    struct net *net;
    const struct train_job *job;
    const struct recipe *recipe;
    struct batcher *batcher;
    struct pool *pool;
    struct bptt bptt;
    struct objective objective;
    struct optim optim;
    float *grad;                  /* [n_data] */
    float *state, *teacher_state; /* h and c, as stored; NULL where none is carried */
    int laid_out;                 /* the epoch, from 0, that the batcher stands at */
    float *shadow, *best;         /* [n_data], NULL where not needed */
    int has_shadow, has_best;     /* 1: holds weights */
    int is_final;                 /* 1: the mask moves no more */
    size_t per_epoch;             /* batches of one epoch */
    size_t steps;                 /* batches in all */
    struct checkpoint at;         /* where training stands; .rng is the live generator */
    double lr, norm;              /* of the last update */
    size_t tokens, infeasible;    /* of this process */
    int64_t busy_ns, softmax_ns, start_ns, saved_ns;
};

enum { TRAINER_STREAM_INIT = 1, TRAINER_STREAM_DROPOUT = 2 };

/* Makes all of it for a job, at its start. Call trainer_release in any case. */
enum status trainer_init(struct trainer *t, struct net *net, const struct train_job *job);
void trainer_release(struct trainer *t);

/* The keep of bptt.h that a recipe asks for. */
struct bptt_keep trainer_keep(const struct recipe *r);

/* Writes or reads the checkpoint, if the job has one. */
enum status trainer_save(struct trainer *t);
enum status trainer_resume(struct trainer *t);

/* The mask of the update to come. */
enum status trainer_mask(struct trainer *t);

/* One batch: forward, loss, backward, clip, update. */
enum status trainer_step(struct trainer *t);

/* Epoch, from 1, of a chunk, from 0. */
int trainer_epoch(const struct trainer *t, size_t step);

/* The point after the chunk that was done last. */
struct train_point trainer_point(const struct trainer *t);

#endif
