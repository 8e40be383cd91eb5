/* distill.h - learning from a teacher (Hinton 2015): the loss is the true words' and the
 * teacher's. */
#ifndef MODEL_DISTILL_H
#define MODEL_DISTILL_H

#include "base/status.h"
#include "kernels/pool.h"
#include "model/logits.h"
#include "model/net.h"

#include <stddef.h>
#include <stdint.h>

struct distill {
    const struct net *student, *teacher;
    struct pool *pool;
    double weight, temperature;
    struct logits own, taught; /* of student and teacher */
    float *z, *teacher_z;      /* [block][n_classes] logits; z becomes their gradient */
    float *work;               /* [threads][3][n_classes] */
    double *nll, *total;       /* [block] */
};

/* Nets and pool are borrowed. E_USAGE unless both nets have classifiers of as many words; weight is
 * within 0..1, temperature over 0. */
enum status distill_init(struct distill *d, const struct net *student, const struct net *teacher,
                         double weight, double temperature, struct pool *pool);
void distill_release(struct distill *d);

/* As loss_gradient (loss.h) of the student's outputs y [rows][n_rec], for
 * (1-weight)*NLL + weight*T^2*KL(teacher at T || student at T), y_teacher [rows][its n_rec]; rows
 * with NO_TARGET count nothing. Returns that sum, *nll gets the sum of the NLL alone. */
double distill_gradient(struct distill *d, int rows, const float *y, const float *y_teacher,
                        const int32_t *targets, float scale, float *dy, float *grad, double *nll);

#endif
