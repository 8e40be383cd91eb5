/* A pass of the accelerator in integers; sums are modulo 2^32, as its accumulators are. */
#include "fpga/fpga_defs.h"
#include "fpga/host/fpga_model.h"
#include "kernels/fixed.h"

/* Adds the products of word `at` of all multipliers to their lanes' sums. */
static void add_products(struct fpga_memory *m, uint32_t at)
{
    int per_lane = m->p.lane_macs;
    const uint32_t *w = m->word + (size_t)at * (size_t)fpga_params_macs(&m->p);
    uint32_t *column = m->column;
    for (int lane = 0; lane < 4 * m->p.units; lane++) {
        uint32_t sum = 0;
        for (int i = 0; i < per_lane; i++, w++, column++) {
            *column = (*column + (*w >> 16)) & m->value_mask;
            sum += (uint32_t)((int16_t)*w * m->value[*column]);
        }
        m->sum[lane] += sum;
    }
}

/* The same of words of one pool: the bit above the distance is where a multiplier begins with h. */
static void add_pooled(struct fpga_memory *m, const struct fpga_pass *p, uint32_t at, int odd)
{
    int macs = fpga_params_macs(&m->p);
    uint32_t mark = (uint32_t)1 << (16 + m->p.dw);
    const uint32_t *w = m->word + (size_t)at * (size_t)macs;
    for (int i = 0; i < macs; i++) {
        uint32_t from = w[i] & mark ? p->h_base[odd] : m->column[i];
        m->column[i] = (from + ((w[i] & (mark - 1)) >> 16)) & m->value_mask;
        m->sum[i / m->p.lane_macs] += (uint32_t)((int16_t)w[i] * m->value[m->column[i]]);
    }
}

/* Counts those products' activity. */
static void count_activity(struct fpga_memory *m, uint32_t at)
{
    int macs = fpga_params_macs(&m->p);
    const uint32_t *w = m->word + (size_t)at * (size_t)macs;
    for (int i = 0; i < macs; i++) {
        uint32_t weight = w[i] << 16, value = (uint16_t)m->value[m->column[i]];
        if (weight == 0)
            continue;
        m->nonzero += value != 0;
        m->toggles += (uint64_t)__builtin_popcount((weight | value) ^ m->operands[i]);
        m->operands[i] = weight | value;
    }
}

/* The sums of all lanes over a group whose words begin at `word`. */
static void group_sums(struct fpga_memory *m, const struct fpga_pass *p, uint32_t word, int odd)
{
    int macs = fpga_params_macs(&m->p), per_lane = m->p.lane_macs;
    int is_pool = m->p.what_if.pool && !p->project;
    for (int i = 0; i < macs; i++)
        m->column[i] = !is_pool && p->select >> i % per_lane & 1 ? p->h_base[odd] : p->x_base[odd];
    for (int lane = 0; lane < 4 * m->p.units; lane++)
        m->sum[lane] = 0;
    for (uint32_t at = word; at < word + p->kc && at < m->n_words; at++) {
        if (is_pool)
            add_pooled(m, p, at, odd);
        else
            add_products(m, at);
        if (m->p.activity)
            count_activity(m, at);
    }
}

/* v / 2^shift rounded half up, saturated; the sum of v and the half wraps. */
static int16_t narrow(uint32_t v, uint32_t shift, uint64_t *clipped)
{
    int32_t r = (int32_t)(v + (1u << ((shift - 1) & 31))) >> shift;
    int16_t s = fixed_sat16(r);
    *clipped += s != r;
    return s;
}

/* Adds a peephole's product. */
static uint32_t peep(uint32_t sum, int16_t p, int16_t c, uint32_t shift)
{
    return sum + ((uint32_t)(p * c) << shift);
}

/* The cell of one unit; returns h. */
static int16_t cell(struct fpga_memory *m, const struct fpga_pass *p, size_t unit,
                    const uint32_t sum[4], uint64_t *clipped)
{
    const int32_t *b = m->bias + 4 * unit;
    const int16_t *w = m->peephole + 4 * unit;
    int f_c = FIXED_G_BITS - (int)p->c_shift;
    int16_t c = m->cell[unit];
    uint32_t v[4];
    for (int i = 0; i < 4; i++)
        v[i] = sum[i] + (uint32_t)b[i];
    int16_t zi = narrow(peep(v[0], w[0], c, p->p_shift), p->shift, clipped);
    int16_t zf = narrow(peep(v[1], w[1], c, p->p_shift), p->shift, clipped);
    int16_t zg = narrow(v[2], p->shift, clipped);
    int64_t raw = fixed_c(fixed_sigmoid(zi), fixed_sigmoid(zf), fixed_tanh(zg), c, f_c);
    c = m->cell[unit] = fixed_sat16(raw);
    *clipped += c != raw;
    int16_t zo = narrow(peep(v[3], w[2], c, p->p_shift), p->shift, clipped);
    return fixed_h(fixed_sigmoid(zo), c, f_c);
}

/* The four rows of one unit of a group. */
static void unit_rows(struct fpga_memory *m, const struct fpga_pass *p, uint32_t group, int unit,
                      int odd, uint64_t *clipped)
{
    uint32_t at = group * (uint32_t)m->p.units + (uint32_t)unit;
    const uint32_t *sum = m->sum + 4 * unit;
    int16_t *out = m->value;
    if (!p->project && at < p->rows) {
        size_t row = (size_t)p->cell * (size_t)m->p.ew + at;
        if (row >= (size_t)m->p.rows * (size_t)m->p.ew)
            return;
        out[(p->out_base[odd] + at) & m->value_mask] = cell(m, p, row, sum, clipped);
    }
    for (uint32_t gate = 0; p->project && gate < 4 && 4 * at + gate < p->rows; gate++)
        out[(p->out_base[odd] + 4 * at + gate) & m->value_mask] =
            narrow(sum[gate], p->shift, clipped);
}

uint64_t fpga_memory_pass(struct fpga_memory *m, const struct fpga_pass *p, int odd)
{
    uint64_t clipped = 0;
    for (uint32_t group = 0; group < p->groups; group++) {
        group_sums(m, p, p->word + group * p->kc, odd);
        for (int unit = 0; unit < m->p.units; unit++)
            unit_rows(m, p, group, unit, odd, &clipped);
    }
    return clipped;
}
