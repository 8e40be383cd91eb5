/* pw_bank.h - the bank schedule: 64 rows that keep the same number of weights in each bank of 16
 * columns walk over the banks together.
 *
 * It fits the patterns bank:B (Cao 2019) and nm:N:M whose B or M divides 16, but asks nothing of
 * the pattern: a bank takes as many slots as its fullest row holds, so any block can be scheduled,
 * at a price that the packer compares with the paced window's. Where a pattern's banks are wider
 * than 16 columns, the paced window finds no idle slot either. */
#ifndef KERNELS_PW_BANK_H
#define KERNELS_PW_BANK_H

#include "kernels/pw_schedule.h"

/* Slots that the banks of one row of the block take, and the steps of `group` slots, each step
 * within `window` columns from its first bank. */
int pw_bank_steps(const struct pw_block *block, const struct pw_rule *rule);

/* Schedules a block: nothing is spilled. Release with pw_schedule_release. */
enum status pw_bank_make(const struct pw_block *block, const struct pw_rule *rule,
                         struct pw_schedule *out);

#endif
