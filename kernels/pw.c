#include "kernels/pw.h"

#include "base/mem.h"
#include "kernels/kern.h"
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

static int rows_of(const struct pw *m, int block)
{
    int left = m->rows - block * PW_ROWS;
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
        if (m->precision != PREC_F32 && p->from->val[at] == 0)
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
        p->block[b] = (struct pw_block){p->col + (size_t)b * PW_ROWS * (size_t)m->k, rows_of(m, b),
                                        m->k, m->cols};
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

/* Schedules all blocks in a format; *cost is what they take by its rule. */
static enum status schedule_all(struct packing *p, const struct pw_format *format, double *cost)
{
    struct pw *m = p->m;
    release_schedules(p);
    m->format = format;
    int steps = pw_schedule_length(p->block, (size_t)m->n_blocks, &format->rule);
    for (int b = 0; b < m->n_blocks; b++) {
        TRY(pw_schedule_make(&p->block[b], &format->rule, steps, &p->schedule[b]));
        m->step[b + 1] = m->step[b] + (size_t)p->schedule[b].steps;
        m->spill_start[b + 1] = m->spill_start[b] + p->schedule[b].n_spill;
    }
    *cost = (double)m->step[m->n_blocks] * format->rule.step_cost +
            (double)m->spill_start[m->n_blocks] * format->rule.spill_cost;
    return OK;
}

/* The cheapest format of the precision. */
static enum status choose_format(struct packing *p)
{
    const struct pw_format *best = NULL, *f;
    double least = 0, cost;
    for (int i = 0; (f = pw_format_of(p->m->precision, i)) != NULL; i++) {
        TRY(schedule_all(p, f, &cost));
        if (best == NULL || cost < least) {
            best = f;
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
    for (int i = 0; i < PW_ROWS * group; i++) {
        int row = i / group;
        int32_t j = s->slot[(size_t)t * PW_ROWS * (size_t)group + (size_t)i];
        if (j == PW_IDLE)
            continue;
        size_t at = placed_at(p, b * PW_ROWS + row, j);
        struct pw_slot slot = {p->from->idx[at] - s->off[t], p->from->val[at]};
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

static enum status pack(struct packing *p)
{
    struct pw *m = p->m;
    size_t n = (size_t)m->n_blocks;
    TRY(mem_new(&p->schedule, n, sizeof *p->schedule));
    TRY(read_columns(p));
    TRY(mem_new(&m->step, n + 1, sizeof *m->step));
    TRY(mem_new(&m->spill_start, n + 1, sizeof *m->spill_start));
    if (m->precision == PREC_Q8)
        TRY(mem_new(&m->zero, n * PW_ROWS, sizeof *m->zero));
    TRY(choose_format(p));
    TRY(mem_new(&m->off, m->step[n], sizeof *m->off));
    TRY(mem_new(&m->stream, m->step[n], m->format->step_bytes));
    TRY(mem_new(&m->spill, m->spill_start[n], sizeof *m->spill));
    for (int b = 0; b < m->n_blocks; b++)
        write_block(p, b);
    return OK;
}

enum status pw_pack(const float *w, int rows, int cols, int k, enum precision precision,
                    struct pw *out)
{
    struct rbs from;
    *out = (struct pw){.rows = rows,
                       .cols = cols,
                       .k = k,
                       .precision = precision,
                       .n_blocks = (rows + PW_ROWS - 1) / PW_ROWS};
    TRY(rbs_pack(w, rows, cols, k, &from));
    struct packing p = {.m = out, .from = &from};
    enum status s = pack(&p);
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
    mem_free(m->stream);
    mem_free(m->spill_start);
    mem_free(m->spill);
    mem_free(m->zero);
    *m = (struct pw){0};
}

void pw_unpack(const struct pw *m, float *w)
{
    memset(w, 0, (size_t)m->rows * (size_t)m->cols * sizeof *w);
    for (int b = 0; b < m->n_blocks; b++)
        for (size_t t = m->step[b]; t < m->step[b + 1]; t++)
            for (int i = 0; i < rows_of(m, b) * m->format->rule.group; i++) {
                int row = i / m->format->rule.group, g = i % m->format->rule.group;
                struct pw_slot slot = m->format->get(step_of(m, t), row, g);
                size_t at = (size_t)(b * PW_ROWS + row) * (size_t)m->cols;
                if (slot.value != 0) /* else an idle slot, or a kept zero */
                    w[at + (size_t)(m->off[t] + slot.column)] = slot.value;
            }
    for (size_t i = 0; i < pw_spilled(m); i++)
        w[(size_t)m->spill[i].row * (size_t)m->cols + (size_t)m->spill[i].col] = m->spill[i].val;
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

size_t pw_index_bytes(const struct pw *m)
{
    return m->n_blocks != 0 ? steps_in_all(m) * (m->format->index_bytes + sizeof *m->off) +
                                  pw_spilled(m) * 2 * sizeof(int32_t)
                            : 0;
}

size_t pw_scratch(const struct pw *m)
{
    return m->cols < PW_F32_WINDOW ? PW_F32_WINDOW : 0;
}

struct product {
    const struct pw *m;
    const void *x;
    float *y;     /* f32 */
    int32_t *sum; /* the integer formats: [n][rows] */
    int n;
    size_t stride;
};

static void blocks_f32(void *ctx, int part, int parts)
{
    const struct product *p = ctx;
    const struct pw *m = p->m;
    const float *x = p->x;
    size_t lo, hi;
    pool_share((size_t)m->n_blocks, 1, part, parts, &lo, &hi);
    for (size_t b = lo; b < hi; b++) {
        float rest[PW_ROWS] = {0}, *y = p->y + b * PW_ROWS;
        int n = rows_of(m, (int)b), whole = n == PW_ROWS;
        kern_get()->pw_f32(step_of(m, m->step[b]), m->off + m->step[b],
                           (int)(m->step[b + 1] - m->step[b]), x, whole ? y : rest);
        for (int r = 0; !whole && r < n; r++)
            y[r] += rest[r];
        for (size_t i = m->spill_start[b]; i < m->spill_start[b + 1]; i++)
            p->y[m->spill[i].row] += m->spill[i].val * x[m->spill[i].col];
    }
}

void pw_mul(const struct pw *m, struct pool *pool, const float *x, float *y, float *scratch)
{
    struct product p = {.m = m, .x = x, .y = y};
    if (m->k == 0)
        return;
    if (m->cols < PW_F32_WINDOW) { /* the window would read past the end of x */
        memset(scratch, 0, PW_F32_WINDOW * sizeof *scratch);
        memcpy(scratch, x, (size_t)m->cols * sizeof *x);
        p.x = scratch;
    }
    pool_run(pool, blocks_f32, &p);
}

static void spill_q16(const struct pw *m, size_t b, const int16_t *x, int32_t *sum)
{
    for (size_t i = m->spill_start[b]; i < m->spill_start[b + 1]; i++)
        sum[m->spill[i].row] += (int32_t)m->spill[i].val * x[m->spill[i].col];
}

static void spill_q8(const struct pw *m, size_t b, const uint8_t *x, int32_t *sum)
{
    for (size_t i = m->spill_start[b]; i < m->spill_start[b + 1]; i++)
        sum[m->spill[i].row] += (int32_t)m->spill[i].val * (x[m->spill[i].col] - 128);
}

/* Up to PW_LANES samples of one block: sum [samples][PW_ROWS]. */
static void block_fixed(const struct pw *m, size_t b, int samples, const void *x, size_t stride,
                        int32_t *sum)
{
    const struct kern *k = kern_get();
    const unsigned char *stream = step_of(m, m->step[b]);
    const int32_t *off = m->off + m->step[b];
    int steps = (int)(m->step[b + 1] - m->step[b]);
    for (int i = 0; i < samples; i++) {
        if (m->zero != NULL)
            memcpy(sum + i * PW_ROWS, m->zero + b * PW_ROWS, PW_ROWS * sizeof *sum);
        else
            memset(sum + i * PW_ROWS, 0, PW_ROWS * sizeof *sum);
    }
    if (samples == PW_LANES) {
        if (m->precision == PREC_Q8)
            (m->format->wide ? k->pw_q8_wide_x4 : k->pw_q8_x4)(stream, off, steps, x, stride, sum);
        else
            (m->precision == PREC_Q16 ? k->pw_q16_x4 : k->pw_q10_x4)(stream, off, steps, x, stride,
                                                                     sum);
        return;
    }
    for (int i = 0; i < samples; i++, sum += PW_ROWS) {
        if (m->precision == PREC_Q8)
            (m->format->wide ? k->pw_q8_wide : k->pw_q8)(
                stream, off, steps, (const uint8_t *)x + (size_t)i * stride, sum);
        else
            (m->precision == PREC_Q16 ? k->pw_q16 : k->pw_q10)(
                stream, off, steps, (const int16_t *)x + (size_t)i * stride, sum);
    }
}

/* One sample's share of a block: spill added, written where it belongs. */
static void finish_block(const struct product *p, size_t b, int sample, const int32_t *sum)
{
    const struct pw *m = p->m;
    size_t at = (size_t)sample * p->stride;
    int32_t *y = p->sum + (size_t)sample * (size_t)m->rows;
    memcpy(y + b * PW_ROWS, sum, (size_t)rows_of(m, (int)b) * sizeof *y);
    if (m->precision != PREC_Q8)
        spill_q16(m, b, (const int16_t *)p->x + at, y);
    else
        spill_q8(m, b, (const uint8_t *)p->x + at, y);
}

static void blocks_fixed(void *ctx, int part, int parts)
{
    const struct product *p = ctx;
    const struct pw *m = p->m;
    size_t lo, hi, size = m->precision != PREC_Q8 ? 2 : 1;
    pool_share((size_t)m->n_blocks, 1, part, parts, &lo, &hi);
    for (size_t b = lo; b < hi; b++)
        for (int i = 0; i < p->n; i += PW_LANES) {
            int32_t sum[PW_LANES * PW_ROWS];
            int samples = p->n - i < PW_LANES ? p->n - i : PW_LANES;
            const char *x = (const char *)p->x + (size_t)i * p->stride * size;
            block_fixed(m, b, samples, x, p->stride, sum);
            for (int j = 0; j < samples; j++)
                finish_block(p, b, i + j, sum + j * PW_ROWS);
        }
}

void pw_mul_fixed(const struct pw *m, struct pool *pool, int n, const void *x, size_t stride,
                  int32_t *sum)
{
    struct product p = {.m = m, .x = x, .sum = sum, .n = n, .stride = stride};
    if (m->k == 0)
        memset(sum, 0, (size_t)n * (size_t)m->rows * sizeof *sum);
    else
        pool_run(pool, blocks_fixed, &p);
}
