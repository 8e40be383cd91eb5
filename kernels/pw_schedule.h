/* pw_schedule.h - the paced-window schedule: 64 rows of a row-balanced matrix walk over the columns
 * together.
 *
 * Every row keeps the same count, so all rows of a block can share one schedule. At step t a window
 * of `window` columns begins at off[t]; each row places up to `group` of its next nonzeros that lie
 * in the window, earliest column first (which is earliest deadline first), or idles. The window
 * moves at the pace of the column mass, and faster when every row has left its first columns
 * behind. A nonzero that the window passes is spilled. */
#ifndef KERNELS_PW_SCHEDULE_H
#define KERNELS_PW_SCHEDULE_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { PW_ROWS = 64, PW_IDLE = -1 };

/* How a block is to be scheduled. */
struct pw_rule {
    int window;        /* columns that one step sees */
    int group;         /* nonzeros that a row places in one step */
    double step_cost;  /* of one step of 64 rows, in any unit */
    double spill_cost; /* of one spilled nonzero, in that unit */
};

/* One block's schedule. */
struct pw_schedule {
    int steps;
    int32_t *off;  /* [steps] first column of the window */
    int32_t *slot; /* [steps][PW_ROWS][group] which nonzero of the row, or PW_IDLE */
    size_t n_spill;
    int32_t *spill_row, *spill; /* [n_spill] row of the block, nonzero of that row */
};

/* Schedules n_rows <= 64 rows of k ascending columns each, col [n_rows][k], out of `cols`. Tries
 * lengths upwards from k/group and keeps the cheapest. Release with pw_schedule_release. */
enum status pw_schedule_make(const int32_t *col, int n_rows, int k, int cols,
                             const struct pw_rule *rule, struct pw_schedule *out);
void pw_schedule_release(struct pw_schedule *s);

#endif
