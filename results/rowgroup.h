/* rowgroup.h - which rows may be compared with each other. */
#ifndef RESULTS_ROWGROUP_H
#define RESULTS_ROWGROUP_H

#include "base/status.h"
#include "results/rowfile.h"

#include <stdint.h>

/* The columns that must be equal for rows to stand in one table. */
enum { ROWGROUP_COLUMNS = 11 };
extern const enum column rowgroup_column[ROWGROUP_COLUMNS];

#define ROWGROUP_NONE SIZE_MAX /* of a row that is left out */

struct rowgroups {
    size_t *of; /* [n rows] the group of each row, or ROWGROUP_NONE */
    size_t n;   /* number of groups, in the order in which they first occur */
};

/* Fills *g; release it in any case. A row that never ran (skip, fail) does not know all of its
 * settings and goes where what it knows fits; a `fail` or `invalid` row whose case came again later
 * on the same host is left out. E_NOMEM. */
enum status rowgroups_make(struct rowgroups *g, const struct rows *rows);
void rowgroups_release(struct rowgroups *g);

/* The row that knows a group best: the first that ran, else the first. */
const struct row *rowgroups_leader(const struct rowgroups *g, const struct rows *rows, size_t id);

#endif
