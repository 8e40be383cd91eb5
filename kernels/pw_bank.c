#include "kernels/pw_bank.h"

#include "base/mem.h"
#include "kernels/pw_format.h"

/* A walk over the banks, with or without writing down what it does. */
struct walk {
    const struct pw_block *block;
    const struct pw_rule *rule;
    int at[PW_ROWS];         /* next nonzero of each row */
    int step, g, bank;       /* the slot at hand and the bank in it; bank -1: none yet */
    int first;               /* bank of the step's first slot */
    struct pw_schedule *out; /* NULL: only count */
};

static int32_t next_col(const struct walk *w, int r)
{
    return w->at[r] < w->block->k
               ? w->block->col[(size_t)r * (size_t)w->block->k + (size_t)w->at[r]]
               : PW_NONE;
}

/* The first bank that any row still needs; PW_NONE / PW_BANK past the end. */
static int next_bank(const struct walk *w)
{
    int32_t least = PW_NONE;
    for (int r = 0; r < w->block->n_rows; r++)
        least = next_col(w, r) < least ? next_col(w, r) : least;
    return least / PW_BANK;
}

/* The next slot for `bank`: in this step if there is room and the window reaches, else in
 * another. */
static void take_slot(struct walk *w, int bank)
{
    int far = (bank - w->first + 1) * PW_BANK > w->rule->window;
    if (w->step < 0 || w->g + 1 == w->rule->group || far) {
        w->step++;
        w->g = 0;
        w->first = bank;
    } else {
        w->g++;
    }
    w->bank = bank;
}

/* A single slot's last bank begins within the row, so that no load passes its end; those that share
 * a window begin at multiples of 16, where an index can be joined to its base by OR. */
static int32_t bank_start(const struct walk *w, int bank)
{
    int32_t start = bank * PW_BANK, last = w->block->cols > PW_BANK ? w->block->cols - PW_BANK : 0;
    return w->rule->group == 1 && start > last ? last : start;
}

static void fill_slot(struct walk *w)
{
    int32_t end = (w->bank + 1) * PW_BANK;
    size_t group = (size_t)w->rule->group, at = (size_t)w->step * group + (size_t)w->g;
    if (w->out != NULL && w->g == 0)
        w->out->off[w->step] = bank_start(w, w->bank);
    if (w->out != NULL)
        w->out->bank[at] = bank_start(w, w->bank) - w->out->off[w->step];
    for (int r = 0; r < w->block->n_rows; r++) {
        if (next_col(w, r) >= end)
            continue;
        if (w->out != NULL)
            w->out->slot[((size_t)w->step * PW_ROWS + (size_t)r) * group + (size_t)w->g] = w->at[r];
        w->at[r]++;
    }
}

static int walk(struct walk *w)
{
    int bank;
    w->step = w->bank = w->first = -1;
    w->g = 0;
    for (int r = 0; r < PW_ROWS; r++)
        w->at[r] = 0;
    while ((bank = next_bank(w)) != PW_NONE / PW_BANK) {
        take_slot(w, bank);
        fill_slot(w);
    }
    return w->step + 1;
}

int pw_bank_steps(const struct pw_block *block, const struct pw_rule *rule)
{
    struct walk w = {.block = block, .rule = rule};
    return walk(&w);
}

enum status pw_bank_make(const struct pw_block *block, const struct pw_rule *rule,
                         struct pw_schedule *out)
{
    struct walk w = {.block = block, .rule = rule};
    *out = (struct pw_schedule){0};
    size_t steps = (size_t)walk(&w), group = (size_t)rule->group;
    enum status s = mem_new(&out->off, steps, sizeof *out->off);
    if (s == OK)
        s = mem_new(&out->bank, steps, group * sizeof *out->bank);
    if (s == OK)
        s = mem_new(&out->slot, steps, PW_ROWS * group * sizeof *out->slot);
    if (s != OK) {
        pw_schedule_release(out);
        return s;
    }
    for (size_t i = 0; i < steps * PW_ROWS * group; i++)
        out->slot[i] = PW_IDLE;
    out->steps = (int)steps;
    w.out = out;
    walk(&w);
    return OK;
}
