#include "kernels/pw.h"

#include "base/mem.h"
#include "kernels/pw_bank.h"
#include "kernels/quant.h"
#include "kernels/rbs.h"

#include <string.h>

/* What is being packed: the counts and columns come from the portable format. */
struct packing {
    struct pw *m;
    const struct rbs *from;
    struct pw_block *block;       /* [n_blocks] */
    struct pw_schedule *schedule; /* [n_blocks] */
    int32_t *col;                 /* [rows][k] columns to place, then PW_NONE */
    int32_t *at;                  /* [rows][k] which nonzero of `from` stands there */
};

int pw_block_rows(const struct pw *m, size_t b)
{
    int left = m->rows - (int)b * PW_ROWS;
    return left < PW_ROWS ? left : PW_ROWS;
}

static size_t nonzero_at(const struct rbs *from, int row, int j)
{
    return (size_t)row * (size_t)from->k_padded + (size_t)j;
}

/* The columns of one row. A weight that became 0 as an integer needs no slot; in f32 it keeps one,
 * since 0 times infinity is not 0. */
static void read_row(struct packing *p, int row)
{
    const struct pw *m = p->m;
    size_t to = (size_t)row * (size_t)m->k, end = to + (size_t)m->k;
    for (int j = 0; j < m->k; j++) {
        size_t at = nonzero_at(p->from, row, j);
        if (quant_needed(m->precision) && p->from->val[at] == 0)
            continue;
        p->col[to] = p->from->idx[at];
        p->at[to++] = j;
    }
    while (to < end)
        p->col[to++] = PW_NONE;
}

static enum status read_columns(struct packing *p)
{
    struct pw *m = p->m;
    TRY(mem_new(&p->col, (size_t)m->rows, (size_t)m->k * sizeof *p->col));
    TRY(mem_new(&p->at, (size_t)m->rows, (size_t)m->k * sizeof *p->at));
    TRY(mem_new(&p->block, (size_t)m->n_blocks, sizeof *p->block));
    for (int r = 0; r < m->rows; r++)
        read_row(p, r);
    for (int b = 0; b < m->n_blocks; b++)
        p->block[b] = (struct pw_block){p->col + (size_t)b * PW_ROWS * (size_t)m->k,
                                        pw_block_rows(m, (size_t)b), m->k, m->cols};
    return OK;
}

/* Where the i-th placed nonzero of a row lies in `from`. */
static size_t placed_at(const struct packing *p, int row, int32_t i)
{
    return nonzero_at(p->from, row, p->at[(size_t)row * (size_t)p->m->k + (size_t)i]);
}

static void release_schedules(struct packing *p)
{
    for (int b = 0; p->schedule != NULL && b < p->m->n_blocks; b++)
        pw_schedule_release(&p->schedule[b]);
}

static enum status schedule_block(struct packing *p, int b, int steps)
{
    const struct pw_rule *rule = &p->m->format->rule;
    return p->m->format->bank ? pw_bank_make(&p->block[b], rule, &p->schedule[b])
                              : pw_schedule_make(&p->block[b], rule, steps, &p->schedule[b]);
}

/* Schedules all blocks in a format; *cost is what they take by its rule. */
static enum status schedule_all(struct packing *p, const struct pw_format *format, double *cost)
{
    struct pw *m = p->m;
    release_schedules(p);
    m->format = format;
    int steps = format->bank ? 0 : pw_schedule_length(p->block, (size_t)m->n_blocks, &format->rule);
    for (int b = 0; b < m->n_blocks; b++) {
        TRY(schedule_block(p, b, steps));
        m->step[b + 1] = m->step[b] + (size_t)p->schedule[b].steps;
        m->spill_start[b + 1] = m->spill_start[b] + p->schedule[b].n_spill;
    }
    *cost = (double)m->step[m->n_blocks] * format->rule.step_cost +
            (double)m->spill_start[m->n_blocks] * format->rule.spill_cost;
    return OK;
}

/* The cheapest format of the precision. */
static enum status choose_format(struct packing *p, unsigned flags)
{
    const struct pw_format *best = NULL, *const *f = pw_formats_of(p->m->precision, flags);
    double least = 0, cost;
    if (*f == NULL)
        return fail(E_UNSUPPORTED, "no fast format for %s here", precision_name(p->m->precision));
    for (; *f != NULL; f++) {
        TRY(schedule_all(p, *f, &cost));
        if (best == NULL || cost < least) {
            best = *f;
            least = cost;
        }
    }
    return p->m->format == best ? OK : schedule_all(p, best, &cost);
}

static unsigned char *step_of(const struct pw *m, size_t step)
{
    return m->stream + step * m->format->step_bytes;
}

/* The slots of one step of block b. */
static void write_step(struct packing *p, int b, int t)
{
    struct pw *m = p->m;
    const struct pw_schedule *s = &p->schedule[b];
    int group = m->format->rule.group;
    size_t step = m->step[b] + (size_t)t;
    m->off[step] = s->off[t];
    for (int g = 0; s->bank != NULL && g < group; g++)
        m->base[step] |= (uint32_t)s->bank[t * group + g] << m->format->base_bits * g;
    for (int i = 0; i < PW_ROWS * group; i++) {
        int row = i / group;
        int32_t j = s->slot[(size_t)t * PW_ROWS * (size_t)group + (size_t)i];
        if (j == PW_IDLE)
            continue;
        size_t at = placed_at(p, b * PW_ROWS + row, j);
        int32_t from = s->off[t] + (s->bank != NULL ? s->bank[t * group + i % group] : 0);
        struct pw_slot slot = {p->from->idx[at] - from, p->from->val[at]};
        m->format->put(step_of(m, step), row, i % group, slot);
        if (m->zero != NULL)
            m->zero[b * PW_ROWS + row] -= 128 * (int32_t)slot.value;
    }
}

static void write_block(struct packing *p, int b)
{
    struct pw *m = p->m;
    const struct pw_schedule *s = &p->schedule[b];
    for (int t = 0; t < s->steps; t++)
        write_step(p, b, t);
    for (size_t i = 0; i < s->n_spill; i++) {
        int row = b * PW_ROWS + s->spill_row[i];
        size_t at = placed_at(p, row, s->spill[i]);
        m->spill[m->spill_start[b] + i] =
            (struct pw_spill){row, p->from->idx[at], p->from->val[at]};
    }
}

static enum status pack(struct packing *p, unsigned flags)
{
    struct pw *m = p->m;
    size_t n = (size_t)m->n_blocks;
    TRY(mem_new(&p->schedule, n, sizeof *p->schedule));
    TRY(read_columns(p));
    TRY(mem_new(&m->step, n + 1, sizeof *m->step));
    TRY(mem_new(&m->spill_start, n + 1, sizeof *m->spill_start));
    if (m->precision == PREC_Q8)
        TRY(mem_new(&m->zero, n * PW_ROWS, sizeof *m->zero));
    TRY(choose_format(p, flags));
    TRY(mem_new(&m->off, m->step[n], sizeof *m->off));
    if (m->format->bank)
        TRY(mem_new(&m->base, m->step[n], sizeof *m->base));
    TRY(mem_new(&m->stream, m->step[n], m->format->step_bytes));
    TRY(mem_new(&m->spill, m->spill_start[n], sizeof *m->spill));
    for (int b = 0; b < m->n_blocks; b++)
        write_block(p, b);
    return OK;
}

enum status pw_pack(const float *w, int rows, int cols, int k, enum precision precision,
                    unsigned flags, struct pw *out)
{
    struct rbs from;
    *out = (struct pw){.rows = rows,
                       .cols = cols,
                       .k = k,
                       .precision = precision,
                       .n_blocks = (rows + PW_ROWS - 1) / PW_ROWS};
    TRY(rbs_pack(w, rows, cols, k, &from));
    struct packing p = {.m = out, .from = &from};
    enum status s = pack(&p, flags);
    release_schedules(&p);
    mem_free(p.schedule);
    mem_free(p.col);
    mem_free(p.at);
    mem_free(p.block);
    rbs_release(&from);
    if (s != OK)
        pw_release(out);
    return s;
}

void pw_release(struct pw *m)
{
    mem_free(m->step);
    mem_free(m->off);
    mem_free(m->base);
    mem_free(m->stream);
    mem_free(m->spill_start);
    mem_free(m->spill);
    mem_free(m->zero);
    *m = (struct pw){0};
}

struct pw_span pw_span_of(const struct pw *m, size_t lo, size_t hi)
{
    size_t at = m->step[lo], steps = m->step[lo + 1] - at, end = lo + 1;
    while (end < hi && m->step[end + 1] - m->step[end] == steps)
        end++;
    return (struct pw_span){step_of(m, at), m->off + at, m->base != NULL ? m->base + at : NULL,
                            (int)steps, (int)(end - lo)};
}

static void unpack_step(const struct pw *m, size_t b, const struct pw_span *s, int t, float *w)
{
    int group = m->format->rule.group;
    for (int i = 0; i < pw_block_rows(m, b) * group; i++) {
        struct pw_slot slot = pw_span_slot(m->format, s, t, i / group, i % group);
        size_t row = b * PW_ROWS + (size_t)(i / group);
        if (slot.value != 0) /* else an idle slot, or a kept zero */
            w[row * (size_t)m->cols + (size_t)slot.column] = slot.value;
    }
}

void pw_unpack(const struct pw *m, float *w)
{
    memset(w, 0, (size_t)m->rows * (size_t)m->cols * sizeof *w);
    for (size_t b = 0; b < (size_t)m->n_blocks; b++) {
        struct pw_span s = pw_span_of(m, b, b + 1);
        for (int t = 0; t < s.steps; t++)
            unpack_step(m, b, &s, t, w);
    }
    for (size_t i = 0; i < pw_spilled(m); i++)
        w[(size_t)m->spill[i].row * (size_t)m->cols + (size_t)m->spill[i].col] = m->spill[i].val;
}

const char *pw_format_name(const struct pw *m)
{
    return m->format->bank ? "bank" : "paced-window";
}

static size_t steps_in_all(const struct pw *m)
{
    return m->n_blocks != 0 ? m->step[m->n_blocks] : 0;
}

size_t pw_slots(const struct pw *m)
{
    return m->n_blocks != 0 ? steps_in_all(m) * PW_ROWS * (size_t)m->format->rule.group : 0;
}

size_t pw_spilled(const struct pw *m)
{
    return m->n_blocks != 0 ? m->spill_start[m->n_blocks] : 0;
}

size_t pw_weight_bytes(const struct pw *m)
{
    return m->n_blocks != 0 ? pw_slots(m) * m->format->value_size + pw_spilled(m) * sizeof(float)
                            : 0;
}

/* Bytes of off and base. */
static size_t step_words(const struct pw *m)
{
    return sizeof *m->off + (m->base != NULL ? sizeof *m->base : 0);
}

size_t pw_index_bytes(const struct pw *m)
{
    return m->n_blocks != 0 ? steps_in_all(m) * (m->format->index_bytes + step_words(m)) +
                                  pw_spilled(m) * 2 * sizeof(int32_t)
                            : 0;
}

void pw_facts(const struct pw *m, struct lstm_facts *add)
{
    add->macs += (double)(pw_slots(m) + pw_spilled(m));
    add->weight_bytes += (double)pw_weight_bytes(m);
    add->index_bytes += (double)pw_index_bytes(m);
    add->spilled += (double)pw_spilled(m);
}
