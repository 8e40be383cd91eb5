/* case_weights.h - the [weights NAME] sections of a suite. */
#ifndef BENCH_CASE_WEIGHTS_H
#define BENCH_CASE_WEIGHTS_H

#include "bench/case.h"

/* Adds the weights of one section to the list, which has room for them. `seed` < 0: as it says. */
enum status case_weights(const struct suite *s, const struct suite_section *c,
                         const struct dataset *ds, long seed, struct bench_list *list);

#endif
