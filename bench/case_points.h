/* case_points.h - the [points NAME] sections of a suite. */
#ifndef BENCH_CASE_POINTS_H
#define BENCH_CASE_POINTS_H

#include "bench/case.h"

/* How many points a section stands for: one for each entry of its list `overall`, else one. */
size_t case_points_count(const struct suite_section *c);

/* Adds the points of one section to the list, which has room for them, once for each fold of
 * their parent, which stands before them. */
enum status case_points(const struct suite *s, const struct suite_section *c,
                        struct bench_list *list);

/* The index of points by name, or by NAME@OVERALL if `overall` is not NULL; -1 if there are
 * none. */
int case_points_find(const struct bench_list *list, const char *name, const char *overall);

/* A word of a list `overall`: over 0 and under 1. */
enum status case_overall(const struct suite *s, const struct suite_section *c, const char *word,
                         double *out);

#endif
