#include "kernels/pw_schedule.h"

#include "base/mem.h"

/* A walk over the columns, with or without writing down what it does. */
struct walk {
    const struct pw_block *block;
    int steps;
    const struct pw_rule *rule;
    int at[PW_ROWS]; /* next nonzero of each row */
    size_t n_spill;
    struct pw_schedule *out; /* NULL: only count */
};

static int32_t next_col(const struct walk *w, int r)
{
    return w->at[r] < w->block->k
               ? w->block->col[(size_t)r * (size_t)w->block->k + (size_t)w->at[r]]
               : PW_NONE;
}

/* Where step t looks: centred on the pace, or at the first column that any row still needs. */
static int32_t place_window(const struct walk *w, int t)
{
    int window = w->rule->window, last = w->block->cols > window ? w->block->cols - window : 0;
    double pace = w->block->cols * (t + 0.5) / w->steps - window / 2.0;
    int32_t off = pace > 0 ? (int32_t)pace : 0, needed = PW_NONE;
    for (int r = 0; r < w->block->n_rows; r++)
        needed = next_col(w, r) < needed ? next_col(w, r) : needed;
    off = needed > off ? needed : off;
    return off < last ? off : last;
}

static void spill(struct walk *w, int r)
{
    if (w->out != NULL) {
        w->out->spill_row[w->n_spill] = r;
        w->out->spill[w->n_spill] = w->at[r];
    }
    w->n_spill++;
    w->at[r]++;
}

static void step_row(struct walk *w, int t, int r, int32_t off)
{
    int group = w->rule->group;
    while (next_col(w, r) < off)
        spill(w, r);
    for (int g = 0; g < group; g++) {
        int fits = next_col(w, r) < off + w->rule->window;
        if (w->out != NULL)
            w->out->slot[((size_t)t * PW_ROWS + (size_t)r) * (size_t)group + (size_t)g] =
                fits ? w->at[r] : PW_IDLE;
        w->at[r] += fits;
    }
}

/* Walks `steps` steps; the number of nonzeros spilled, which is what remains at the end too. */
static size_t walk(struct walk *w)
{
    w->n_spill = 0;
    for (int r = 0; r < PW_ROWS; r++)
        w->at[r] = 0;
    for (int t = 0; t < w->steps; t++) {
        int32_t off = place_window(w, t);
        if (w->out != NULL)
            w->out->off[t] = off;
        for (int r = 0; r < w->block->n_rows; r++)
            step_row(w, t, r, off);
    }
    for (int r = 0; r < w->block->n_rows; r++)
        while (next_col(w, r) != PW_NONE)
            spill(w, r);
    return w->n_spill;
}

double pw_schedule_cost(const struct pw_block *block, const struct pw_rule *rule, int steps)
{
    struct walk w = {.block = block, .steps = steps, .rule = rule};
    return steps * rule->step_cost + (double)walk(&w) * rule->spill_cost;
}

int pw_schedule_length(const struct pw_block *block, size_t n, const struct pw_rule *rule)
{
    int least = n != 0 ? (block->k + rule->group - 1) / rule->group : 0, best = least;
    double best_cost = 0;
    for (int steps = least; n != 0; steps += 1 + steps / 64) {
        double cost = 0, steps_alone = (double)n * rule->step_cost * steps;
        if (steps != least && steps_alone >= best_cost)
            break;
        for (size_t i = 0; i < n; i++)
            cost += pw_schedule_cost(&block[i], rule, steps);
        if (steps == least || cost < best_cost) {
            best = steps;
            best_cost = cost;
        }
    }
    return best;
}

static enum status allocate(struct pw_schedule *s, int group)
{
    size_t n = (size_t)s->steps * PW_ROWS * (size_t)group;
    TRY(mem_new(&s->off, (size_t)s->steps, sizeof *s->off));
    TRY(mem_new(&s->slot, n, sizeof *s->slot));
    for (size_t i = 0; i < n; i++)
        s->slot[i] = PW_IDLE;
    TRY(mem_new(&s->spill_row, s->n_spill, sizeof *s->spill_row));
    return mem_new(&s->spill, s->n_spill, sizeof *s->spill);
}

enum status pw_schedule_make(const struct pw_block *block, const struct pw_rule *rule, int steps,
                             struct pw_schedule *out)
{
    struct walk w = {.block = block, .steps = steps, .rule = rule};
    *out = (struct pw_schedule){.steps = steps};
    if (block->k == 0)
        return OK;
    out->n_spill = walk(&w);
    enum status s = allocate(out, rule->group);
    if (s != OK) {
        pw_schedule_release(out);
        return s;
    }
    w.out = out;
    walk(&w);
    return OK;
}

void pw_schedule_release(struct pw_schedule *s)
{
    mem_free(s->off);
    mem_free(s->bank);
    mem_free(s->slot);
    mem_free(s->spill_row);
    mem_free(s->spill);
    *s = (struct pw_schedule){0};
}
