#include "kernels/pw.h"

#include "base/mem.h"
#include "kernels/kern.h"
#include "kernels/rbs.h"

#include <string.h>

/* In cycles, measured on Zen 4: a step streams 320 bytes, a spilled weight is a scalar update. */
static const struct pw_rule rule = {
    .window = PW_WINDOW, .group = 1, .step_cost = 12, .spill_cost = 7};

static unsigned char index_byte(int32_t column)
{
    return (unsigned char)((column & 31) | (column & 32 ? 0x80 : 0));
}

/* What is being packed: the counts and columns come from the portable format. */
struct packing {
    struct pw *m;
    const struct rbs *from;
    struct pw_schedule *schedule; /* [n_blocks] */
    int32_t *col;                 /* [PW_ROWS][k] of one block */
};

static int rows_of(const struct pw *m, int block)
{
    int left = m->rows - block * PW_ROWS;
    return left < PW_ROWS ? left : PW_ROWS;
}

static size_t nonzero_at(const struct rbs *from, int row, int j)
{
    return (size_t)row * (size_t)from->k_padded + (size_t)j;
}

static enum status schedule_block(struct packing *p, int b)
{
    struct pw *m = p->m;
    for (int r = 0; r < rows_of(m, b); r++)
        for (int j = 0; j < m->k; j++)
            p->col[(size_t)r * (size_t)m->k + (size_t)j] =
                p->from->idx[nonzero_at(p->from, b * PW_ROWS + r, j)];
    TRY(pw_schedule_make(p->col, rows_of(m, b), m->k, m->cols, &rule, &p->schedule[b]));
    m->step[b + 1] = m->step[b] + (size_t)p->schedule[b].steps;
    m->spill_start[b + 1] = m->spill_start[b] + p->schedule[b].n_spill;
    return OK;
}

static void write_block(struct packing *p, int b)
{
    struct pw *m = p->m;
    const struct pw_schedule *s = &p->schedule[b];
    for (int t = 0; t < s->steps; t++) {
        unsigned char *step = m->stream + (m->step[b] + (size_t)t) * PW_STEP_BYTES;
        m->off[m->step[b] + (size_t)t] = s->off[t];
        for (int r = 0; r < PW_ROWS; r++) {
            int32_t j = s->slot[(size_t)t * PW_ROWS + (size_t)r];
            if (j == PW_IDLE)
                continue;
            size_t at = nonzero_at(p->from, b * PW_ROWS + r, j);
            step[pw_index_at(r)] = index_byte(p->from->idx[at] - s->off[t]);
            memcpy(step + PW_ROWS + (size_t)r * sizeof(float), &p->from->val[at], sizeof(float));
        }
    }
    for (size_t i = 0; i < s->n_spill; i++) {
        int row = b * PW_ROWS + s->spill_row[i];
        size_t at = nonzero_at(p->from, row, s->spill[i]);
        m->spill[m->spill_start[b] + i] =
            (struct pw_spill){row, p->from->idx[at], p->from->val[at]};
    }
}

static enum status pack(struct packing *p)
{
    struct pw *m = p->m;
    size_t n = (size_t)m->n_blocks;
    TRY(mem_new(&p->schedule, n, sizeof *p->schedule));
    TRY(mem_new(&p->col, PW_ROWS, (size_t)m->k * sizeof *p->col));
    TRY(mem_new(&m->step, n + 1, sizeof *m->step));
    TRY(mem_new(&m->spill_start, n + 1, sizeof *m->spill_start));
    for (int b = 0; b < m->n_blocks; b++)
        TRY(schedule_block(p, b));
    TRY(mem_new(&m->off, m->step[n], sizeof *m->off));
    TRY(mem_new(&m->stream, m->step[n], PW_STEP_BYTES));
    TRY(mem_new(&m->spill, m->spill_start[n], sizeof *m->spill));
    for (int b = 0; b < m->n_blocks; b++)
        write_block(p, b);
    return OK;
}

enum status pw_pack(const float *w, int rows, int cols, int k, struct pw *out)
{
    struct rbs from;
    *out =
        (struct pw){.rows = rows, .cols = cols, .k = k, .n_blocks = (rows + PW_ROWS - 1) / PW_ROWS};
    TRY(rbs_pack(w, rows, cols, k, &from));
    struct packing p = {.m = out, .from = &from};
    enum status s = pack(&p);
    for (int b = 0; p.schedule != NULL && b < out->n_blocks; b++)
        pw_schedule_release(&p.schedule[b]);
    mem_free(p.schedule);
    mem_free(p.col);
    rbs_release(&from);
    if (s != OK)
        pw_release(out);
    return s;
}

void pw_release(struct pw *m)
{
    mem_free(m->step);
    mem_free(m->off);
    mem_free(m->stream);
    mem_free(m->spill_start);
    mem_free(m->spill);
    *m = (struct pw){0};
}

void pw_unpack(const struct pw *m, float *w)
{
    memset(w, 0, (size_t)m->rows * (size_t)m->cols * sizeof *w);
    for (int b = 0; b < m->n_blocks; b++) {
        for (size_t t = m->step[b]; t < m->step[b + 1]; t++) {
            const unsigned char *step = m->stream + t * PW_STEP_BYTES;
            for (int r = 0; r < rows_of(m, b); r++) {
                float val;
                memcpy(&val, step + PW_ROWS + (size_t)r * sizeof val, sizeof val);
                int32_t col = m->off[t] + pw_index_column(step[pw_index_at(r)]);
                if (val != 0) /* an idle slot, or a kept zero */
                    w[(size_t)(b * PW_ROWS + r) * (size_t)m->cols + (size_t)col] = val;
            }
        }
    }
    for (size_t i = 0; m->n_blocks != 0 && i < m->spill_start[m->n_blocks]; i++)
        w[(size_t)m->spill[i].row * (size_t)m->cols + (size_t)m->spill[i].col] = m->spill[i].val;
}

size_t pw_slots(const struct pw *m)
{
    return m->n_blocks != 0 ? m->step[m->n_blocks] * PW_ROWS : 0;
}

size_t pw_spilled(const struct pw *m)
{
    return m->n_blocks != 0 ? m->spill_start[m->n_blocks] : 0;
}

size_t pw_weight_bytes(const struct pw *m)
{
    return (pw_slots(m) + pw_spilled(m)) * sizeof(float);
}

size_t pw_index_bytes(const struct pw *m)
{
    size_t steps = pw_slots(m) / PW_ROWS;
    return pw_slots(m) + steps * sizeof *m->off + pw_spilled(m) * 2 * sizeof(int32_t);
}

size_t pw_scratch(const struct pw *m)
{
    return m->cols < PW_WINDOW ? PW_WINDOW : 0;
}

struct product {
    const struct pw *m;
    const float *x;
    float *y;
};

static void add_spill(const struct pw *m, int b, const float *x, float *y)
{
    for (size_t i = m->spill_start[b]; i < m->spill_start[b + 1]; i++)
        y[m->spill[i].row] += m->spill[i].val * x[m->spill[i].col];
}

static void blocks_part(void *ctx, int part, int parts)
{
    const struct product *p = ctx;
    const struct pw *m = p->m;
    size_t lo, hi;
    pool_share((size_t)m->n_blocks, 1, part, parts, &lo, &hi);
    for (size_t b = lo; b < hi; b++) {
        float rest[PW_ROWS] = {0}, *y = p->y + b * PW_ROWS;
        int n = rows_of(m, (int)b), whole = n == PW_ROWS;
        kern_get()->pw_block(m->stream + m->step[b] * PW_STEP_BYTES, m->off + m->step[b],
                             (int)(m->step[b + 1] - m->step[b]), p->x, whole ? y : rest);
        for (int r = 0; !whole && r < n; r++)
            y[r] += rest[r];
        add_spill(m, (int)b, p->x, p->y);
    }
}

void pw_mul(const struct pw *m, struct pool *pool, const float *x, float *y, float *scratch)
{
    struct product p = {m, x, y};
    if (m->k == 0)
        return;
    if (m->cols < PW_WINDOW) { /* the window would read past the end of x */
        memset(scratch, 0, PW_WINDOW * sizeof *scratch);
        memcpy(scratch, x, (size_t)m->cols * sizeof *x);
        p.x = scratch;
    }
    pool_run(pool, blocks_part, &p);
}
