#include "fpga/host/fpga_pool.h"

#include "fpga/fpga_defs.h"
#include "fpga/host/fpga_chain.h"

#include <string.h>

/* A row on its way to the multipliers. */
struct row {
    struct fpga_chains c;
    int in_h[FPGA_MAX_CHAINS]; /* 1: the chain has begun with h */
};

static void start_h(struct row *r)
{
    memset(r->c.at, 0, sizeof r->c.at);
}

int fpga_pool_longest(const struct fpga_matrix *x, const struct fpga_matrix *h,
                      const struct fpga_params *of)
{
    int words = 0;
    for (int row = 0; row < x->rows; row++) {
        struct row r = {.in_h = {0}};
        fpga_chains_start(&r.c, of->lane_macs, of->dw);
        for (int v = 0; v < 2; v++) {
            const struct fpga_matrix *m = v == 0 ? x : h;
            const float *kept = m->kept + (size_t)row * (size_t)m->cols;
            for (int i = 0; i < m->cols; i++)
                if (kept[i] != 0)
                    fpga_chains_put(&r.c, i);
            start_h(&r);
        }
        int longest = fpga_chains_longest(&r.c);
        words = longest > words ? longest : words;
    }
    return words;
}

/* Where the words of one row stand. */
struct slot {
    const struct fpga_params *of;
    const struct fpga_pass *p;
    uint32_t *words;
    int group, lane;
};

static uint32_t *word_at(const struct slot *s, int k, int mac)
{
    size_t at = (size_t)s->group * s->p->kc + (size_t)k;
    return s->words + at * (size_t)fpga_params_macs(s->of) +
           (size_t)(s->lane * s->of->lane_macs + mac);
}

/* The nonzeros of one row of x (v = 0) or h. */
static void put_row(const struct slot *s, struct row *r, const struct fpga_matrix *m, int row,
                    int v, struct fpga_reads *reads)
{
    uint32_t begin = (uint32_t)1 << (16 + s->of->dw);
    int cycles = (int)s->p->kc + fpga_pass_wait(s->p, s->of);
    for (int i = 0; i < m->cols; i++) {
        size_t from = (size_t)row * (size_t)m->cols + (size_t)i;
        if (m->kept[from] == 0)
            continue;
        struct fpga_link link = fpga_chains_put(&r->c, i);
        *word_at(s, link.k, link.chain) = (uint32_t)link.distance << 16 | (uint16_t)m->w[from];
        for (int pad = 1; pad <= link.pads; pad++)
            *word_at(s, link.k - pad, link.chain) = (uint32_t)r->c.reach << 16;
        if (v == 1 && !r->in_h[link.chain]) {
            *word_at(s, link.k - link.pads, link.chain) |= begin;
            r->in_h[link.chain] = 1;
        }
        int when = s->group * cycles + link.k + link.chain + FPGA_LAT_READ;
        reads->first[i] = when < reads->first[i] ? when : reads->first[i];
    }
}

void fpga_pool_put(const struct fpga_matrix *x, const struct fpga_matrix *h,
                   const struct fpga_params *of, const struct fpga_pass *p, uint32_t *words,
                   struct fpga_pass_reads *reads)
{
    int unit_rows = x->rows / 4;
    for (int row = 0; row < x->rows; row++) {
        int at = row % unit_rows * 4 + row / unit_rows;
        const struct slot s = {of, p, words, at / (4 * of->units), at % (4 * of->units)};
        struct row r = {.in_h = {0}};
        fpga_chains_start(&r.c, of->lane_macs, of->dw);
        put_row(&s, &r, x, row, 0, &reads->of[0]);
        start_h(&r);
        put_row(&s, &r, h, row, 1, &reads->of[1]);
    }
}
