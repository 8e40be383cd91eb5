#include "base/mem.h"
#include "fpga/fpga_defs.h"
#include "fpga/host/fpga_crc.h"
#include "fpga/host/fpga_model.h"

#include <string.h>

static uint32_t power_of_two(int n)
{
    uint32_t p = 1;
    while (p < (uint32_t)n)
        p *= 2;
    return p;
}

enum status fpga_memory_new(const struct fpga_params *p, struct fpga_memory *m)
{
    size_t macs = (size_t)fpga_params_macs(p), cells = (size_t)p->rows * (size_t)p->ew;
    uint32_t values = power_of_two(p->values);
    *m = (struct fpga_memory){.p = *p, .value_mask = values - 1};
    enum status s;
    TRY_OUT(mem_new(&m->sum, 4 * (size_t)p->units, sizeof *m->sum));
    TRY_OUT(mem_new(&m->column, macs, sizeof *m->column));
    TRY_OUT(mem_new(&m->operands, macs, sizeof *m->operands));
    TRY_OUT(mem_new(&m->value, values, sizeof *m->value));
    TRY_OUT(mem_new(&m->bias, 4 * cells, sizeof *m->bias));
    TRY_OUT(mem_new(&m->peephole, 4 * cells, sizeof *m->peephole));
    TRY_OUT(mem_new(&m->cell, cells, sizeof *m->cell));
    TRY_OUT(mem_new(&m->pass, (size_t)p->passes, sizeof *m->pass));
out:
    if (s != OK)
        fpga_memory_release(m);
    return s;
}

void fpga_memory_release(struct fpga_memory *m)
{
    void *all[] = {m->word, m->sum,      m->column, m->operands, m->value,
                   m->bias, m->peephole, m->cell,   m->pass};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        mem_free(all[i]);
    *m = (struct fpga_memory){0};
}

void fpga_memory_rest(struct fpga_memory *m)
{
    memset(m->operands, 0, (size_t)fpga_params_macs(&m->p) * sizeof *m->operands);
    m->nonzero = m->toggles = 0;
}

static uint64_t beat_at(const unsigned char *bytes, size_t i)
{
    uint64_t beat = 0;
    for (int j = 0; j < 8; j++)
        beat |= (uint64_t)bytes[8 * i + (size_t)j] << 8 * j;
    return beat;
}

/* A section being read. */
struct section {
    uint32_t type, address, count;
    int outside; /* it leaves its memory: its payload is swallowed */
};

/* Words that its memory has; 0 for an unknown type. */
static uint64_t section_size(const struct fpga_params *p, uint32_t type)
{
    switch (type) {
    case FPGA_SECTION_WEIGHTS:
        return (uint64_t)p->words;
    case FPGA_SECTION_BIAS:
    case FPGA_SECTION_PEEPHOLE:
    case FPGA_SECTION_CELL:
        return (uint64_t)p->rows;
    case FPGA_SECTION_VECTOR:
        return (uint64_t)p->values / FPGA_VECTOR_WIDTH;
    case FPGA_SECTION_PASS:
        return (uint64_t)p->passes;
    default:
        return 0;
    }
}

/* Beats of one of its words. */
static uint64_t word_beats(const struct fpga_params *p, uint32_t type)
{
    return type == FPGA_SECTION_WEIGHTS    ? (uint64_t)fpga_params_macs(p) / 2
           : type == FPGA_SECTION_BIAS     ? 2 * (uint64_t)p->ew
           : type == FPGA_SECTION_PEEPHOLE ? (uint64_t)p->ew
           : type == FPGA_SECTION_PASS     ? FPGA_PASS_BEATS
                                           : 1;
}

/* Room for words up to `end`. */
static enum status reach_words(struct fpga_memory *m, uint32_t end)
{
    size_t row = (size_t)fpga_params_macs(&m->p) * sizeof *m->word;
    if (end <= m->n_words)
        return OK;
    TRY(mem_grow(&m->word, m->n_words, end, row));
    m->n_words = end;
    return OK;
}

/* Bits above the distance (and, in a pool, the mark) are not stored. */
static uint32_t word_of(const struct fpga_memory *m, uint32_t v)
{
    return v & (uint32_t)(((uint64_t)1 << (16 + m->p.dw + (m->p.what_if.pool != 0))) - 1);
}

/* Beat i of word `at` of a section. A pass is read whole with its last beat. */
static void put_beat(struct fpga_memory *m, uint32_t type, uint32_t at, size_t i, uint64_t beat,
                     const unsigned char *bytes)
{
    size_t unit = (size_t)at * (size_t)m->p.ew;
    switch (type) {
    case FPGA_SECTION_WEIGHTS:
        m->word[(size_t)at * (size_t)fpga_params_macs(&m->p) + 2 * i] = word_of(m, (uint32_t)beat);
        m->word[(size_t)at * (size_t)fpga_params_macs(&m->p) + 2 * i + 1] =
            word_of(m, (uint32_t)(beat >> 32));
        break;
    case FPGA_SECTION_BIAS:
        m->bias[4 * unit + 2 * i] = (int32_t)(uint32_t)beat;
        m->bias[4 * unit + 2 * i + 1] = (int32_t)(beat >> 32);
        break;
    case FPGA_SECTION_PEEPHOLE:
        for (size_t j = 0; j < 3; j++)
            m->peephole[4 * (unit + i) + j] = (int16_t)(beat >> 16 * j);
        break;
    case FPGA_SECTION_CELL:
        for (size_t j = 0; j < (size_t)m->p.ew; j++)
            m->cell[unit + j] = (int16_t)(beat >> 16 * j);
        break;
    case FPGA_SECTION_VECTOR:
        for (size_t j = 0; j < FPGA_VECTOR_WIDTH; j++)
            m->value[FPGA_VECTOR_WIDTH * (size_t)at + j] = (int16_t)(beat >> 16 * j);
        break;
    default:
        if (i == FPGA_PASS_BEATS - 1)
            fpga_pass_read(bytes + 8 - FPGA_PASS_BYTES, &m->pass[at]);
    }
}

/* What is there of a section's payload, of `left` beats; *n is how much that is. */
static enum status put_payload(struct fpga_memory *m, const struct section *s,
                               const unsigned char *bytes, size_t left, size_t *n_out)
{
    uint64_t per_word = word_beats(&m->p, s->type), beats = s->count * per_word;
    size_t n = *n_out = beats < left ? (size_t)beats : left;
    if (s->type == FPGA_SECTION_WEIGHTS && !s->outside)
        TRY(reach_words(m, s->address + (uint32_t)((n + per_word - 1) / per_word)));
    for (size_t i = 0; i < n && !s->outside; i++)
        put_beat(m, s->type, s->address + (uint32_t)(i / per_word), i % per_word, beat_at(bytes, i),
                 bytes + 8 * i);
    return OK;
}

enum status fpga_memory_load(struct fpga_memory *m, const unsigned char *bytes, size_t n_bytes,
                             uint32_t *err)
{
    size_t n = n_bytes / 8, payload;
    *err = 0;
    for (size_t i = 0; i < n; i += 1 + payload) {
        uint64_t header = beat_at(bytes, i);
        struct section s = {(uint32_t)header & 255, (uint32_t)(header >> 8) & 0xffffff,
                            (uint32_t)(header >> 32), 0};
        uint64_t size = section_size(&m->p, s.type);
        if (s.type == FPGA_SECTION_END) {
            *err |= s.count != fpga_crc(0, bytes, 8 * i) ? FPGA_ERR_CRC : 0;
            *err |= i + 1 < n ? FPGA_ERR_OVERRUN : 0;
            return OK;
        }
        if (size == 0) {
            *err |= FPGA_ERR_CONFIG | (i + 1 == n ? FPGA_ERR_UNDERRUN : 0);
            return OK;
        }
        s.outside = (uint64_t)s.address + s.count > size;
        *err |= s.outside ? FPGA_ERR_ADDRESS : 0;
        TRY(put_payload(m, &s, bytes + 8 * (i + 1), n - i - 1, &payload));
    }
    *err |= FPGA_ERR_UNDERRUN;
    return OK;
}
