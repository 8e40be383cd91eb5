/* case_weights.h - the [weights NAME] sections of a suite. */
#ifndef BENCH_CASE_WEIGHTS_H
#define BENCH_CASE_WEIGHTS_H

#include "bench/case.h"

/* How many weights a section stands for: one for each entry of its list `sparsity`, else one. */
size_t case_weights_count(const struct suite_section *c);

/* Adds the weights of one section to the list, which has room for them, once for each fold.
 * `seed` < 0: as it says.
 * `corpora` may be NULL for random weights. */
enum status case_weights(const struct suite *s, const struct suite_section *c,
                         struct corpora *corpora, long seed, struct bench_list *list);

/* The index of the weights (their first fold's) that a section names under a key; -1 if it names
 * none. E_USAGE if they do not stand before it. */
enum status case_weights_find(const struct suite *s, const struct suite_section *c,
                              const struct bench_list *list, const char *key, int *out);

/* Takes over what a section says of a recipe. */
enum status case_recipe(const struct suite *s, const struct suite_section *c, struct recipe *r);

#endif
