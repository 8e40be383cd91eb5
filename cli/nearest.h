/* nearest.h - what a mistyped name was probably meant to be. */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include <stddef.h>

/* The one of n names that needs the fewest inserted, deleted or changed letters (Levenshtein
 * 1966) to become `name`, if those are at most two and fewer than its letters; else NULL. */
const char *nearest_name(const char *name, const char *const *names, size_t n);

#endif
