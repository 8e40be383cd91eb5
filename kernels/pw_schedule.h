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
    int32_t *bank; /* [steps][group] where each g's bank begins after off (pw_bank.h); else NULL */
    int32_t *slot; /* [steps][PW_ROWS][group] which nonzero of the row, or PW_IDLE */
    size_t n_spill;
    int32_t *spill_row, *spill; /* [n_spill] row of the block, nonzero of that row */
};

/* A block of n_rows <= 64 rows of at most k ascending columns each, col [n_rows][k], out of `cols`.
 * A shorter row ends with PW_NONE. */
enum { PW_NONE = INT32_MAX };
struct pw_block {
    const int32_t *col;
    int n_rows, k, cols;
};

/* What `steps` steps cost a block by the rule. */
double pw_schedule_cost(const struct pw_block *block, const struct pw_rule *rule, int steps);

/* The number of steps that costs n blocks least together: equal trip counts are predicted, which
 * saves more than a length for each block would. At least ceil(k/group). */
int pw_schedule_length(const struct pw_block *block, size_t n, const struct pw_rule *rule);

/* Schedules a block in `steps` steps. Release with pw_schedule_release. */
enum status pw_schedule_make(const struct pw_block *block, const struct pw_rule *rule, int steps,
                             struct pw_schedule *out);
void pw_schedule_release(struct pw_schedule *s);

#endif
