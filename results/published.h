/* published.h - figures of other systems as they were published (published.csv, built in). */
#ifndef RESULTS_PUBLISHED_H
#define RESULTS_PUBLISHED_H

#include "base/status.h"
#include "results/sheet_out.h"

/* Appends them as a table: what was derived from other figures is marked with a dagger, what was
 * read from memory with a double dagger. No ratio to figures of ours is made. */
enum status published_write(struct sheet_out *out);

#endif
