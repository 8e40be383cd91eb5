/* schedule.h - when, within a retraining, how much is pruned (SPEC 3). */
#ifndef MODEL_SCHEDULE_H
#define MODEL_SCHEDULE_H

#include "base/status.h"

#include <stddef.h>

enum schedule_kind {
    SCHEDULE_ONE_SHOT,  /* all before the first update */
    SCHEDULE_ITERATIVE, /* iterative:N - N times as much of what is left, retraining in between */
    SCHEDULE_GRADUAL    /* s_t = s_f*(1 - (1-t)^3), t up to 60 % of the updates; then frozen */
};

/* All zero is one-shot. */
struct schedule {
    enum schedule_kind kind;
    int rounds; /* iterative: 2..1000 */
};

enum { SCHEDULE_TEXT = 24, SCHEDULE_EVERY = 100 }; /* updates between masks of `gradual` */

/* Reads and writes "one-shot", "iterative:5", "gradual". E_USAGE for anything else. */
enum status schedule_parse(const char *text, struct schedule *out);
const char *schedule_text(const struct schedule *s, char room[SCHEDULE_TEXT]);

/* 1 if a mask is to be chosen before update number `update` (from 0) of `updates` in all. Update 0
 * always is one; after the last one the mask is that of the target and stays. */
int schedule_is_due(const struct schedule *s, size_t update, size_t updates);

/* The update before which the last mask is chosen. */
size_t schedule_last(const struct schedule *s, size_t updates);

/* The sparsity that the mask of this update has, on the way to `target`; from the last mask on it
 * is `target` itself, bit for bit. gradual: Zhu & Gupta 2017 from s_i = 0. iterative: round r of N
 * leaves (1-target)^(r/N);
 * N is at most the number of updates. */
double schedule_share(const struct schedule *s, double target, size_t update, size_t updates);

#endif
