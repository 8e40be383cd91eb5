#include "fpga/host/fpga_program.h"

#include "base/mem.h"
#include "fpga/fpga_defs.h"
#include "fpga/host/fpga_chain.h"
#include "fpga/host/fpga_gap.h"
#include "fpga/host/fpga_pool.h"
#include "kernels/fixed.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct packer {
    const struct lstm_net *net;
    const struct quant_layer *q;
    struct fpga_program *g;
    struct fpga_pass_reads reads[2 * LSTM_MAX_LAYERS];
    uint32_t m_base; /* value address of cell outputs that a projection reads */
};

static int up(int n, int by)
{
    return (n + by - 1) / by;
}

static int max(int a, int b)
{
    return a > b ? a : b;
}

/* Words of the longest chain if every row of the matrix goes to n multipliers. */
static int longest(const struct fpga_matrix *m, int n, int dw)
{
    int words = 0;
    for (int row = 0; row < m->rows; row++) {
        const float *kept = m->kept + (size_t)row * (size_t)m->cols;
        struct fpga_chains c;
        fpga_chains_start(&c, n, dw);
        for (int i = 0; i < m->cols; i++)
            if (kept[i] != 0 && n == 0)
                return INT_MAX;
            else if (kept[i] != 0)
                fpga_chains_put(&c, i);
        words = max(words, fpga_chains_longest(&c));
    }
    return words;
}

/* The split of a lane between x and h that makes rows shortest; of equals, the most even one. */
static int best_split(const struct fpga_matrix *x, const struct fpga_matrix *h,
                      const struct fpga_params *p, int *words)
{
    int of_x[FPGA_MAX_CHAINS + 1], of_h[FPGA_MAX_CHAINS + 1], best = 0;
    *words = INT_MAX;
    for (int n = 0; n <= p->lane_macs; n++) {
        of_x[n] = longest(x, n, p->dw);
        of_h[n] = longest(h, n, p->dw);
    }
    for (int n = 0; n <= p->lane_macs; n++) {
        int kc = max(of_x[n], of_h[p->lane_macs - n]);
        int even = max(n, p->lane_macs - n), best_even = max(best, p->lane_macs - best);
        if (kc < *words || (kc == *words && even < best_even)) {
            best = n;
            *words = kc;
        }
    }
    return best;
}

/* Room for a pass's words, zeroed. */
static enum status new_words(struct packer *k, struct fpga_pass *p)
{
    struct fpga_program *g = k->g;
    uint64_t need = g->n_words + fpga_pass_cycles(p);
    size_t row = (size_t)fpga_params_macs(&g->p) * sizeof *g->words;
    if (need > (uint64_t)g->p.words)
        return fail(E_UNSUPPORTED, "the net needs over %llu words a multiplier (the device has %d)",
                    (unsigned long long)need, g->p.words);
    TRY(mem_grow(&g->words, g->n_words, (size_t)need, row));
    p->word = g->n_words;
    g->n_words = (uint32_t)need;
    return OK;
}

/* Writes one matrix of a pass to the multipliers from `first_mac` on, `n` of each lane. */
static void put_matrix(struct packer *k, const struct fpga_pass *p, const struct fpga_matrix *m,
                       int first_mac, int n, struct fpga_reads *reads)
{
    const struct fpga_params *of = &k->g->p;
    int macs = fpga_params_macs(of), unit_rows = m->rows / 4;
    for (int row = 0; row < m->rows && n > 0; row++) {
        int at = p->project ? row : row % unit_rows * 4 + row / unit_rows;
        int group = at / (4 * of->units), lane = at % (4 * of->units);
        struct fpga_chains c;
        fpga_chains_start(&c, n, of->dw);
        for (int i = 0; i < m->cols; i++) {
            size_t from = (size_t)row * (size_t)m->cols + (size_t)i;
            if (m->kept[from] == 0)
                continue;
            struct fpga_link link = fpga_chains_put(&c, i);
            int mac = first_mac + link.chain, issue = group * (int)p->kc + link.k;
            uint32_t *word = k->g->words + ((size_t)p->word + (size_t)issue) * (size_t)macs +
                             (size_t)(lane * of->lane_macs + mac);
            *word = (uint32_t)link.distance << 16 | (uint16_t)m->w[from];
            for (int pad = 1; pad <= link.pads; pad++)
                *(word - (ptrdiff_t)pad * macs) = (uint32_t)c.reach << 16;
            int when = issue + group * fpga_pass_wait(p, of) + mac + FPGA_LAT_READ;
            reads->first[i] = when < reads->first[i] ? when : reads->first[i];
        }
    }
}

static enum status new_reads(int n, int from, int before, struct fpga_reads *out)
{
    *out = (struct fpga_reads){.n = n, .from = from, .before = before};
    TRY(mem_new(&out->first, (size_t)n, sizeof *out->first));
    for (int i = 0; i < n; i++)
        out->first[i] = INT_MAX;
    return OK;
}

/* Adds a pass over x with `split` multipliers of each lane and over h with the others. */
static enum status add_pass(struct packer *k, struct fpga_pass *p, const struct fpga_matrix *x,
                            const struct fpga_matrix *h, int split, int words)
{
    const struct fpga_params *of = &k->g->p;
    struct fpga_pass_reads *reads = &k->reads[k->g->n_passes];
    int group_rows = 4 * of->units, rows = h->rows;
    p->groups = (uint32_t)(p->project ? up(rows, group_rows) : up(rows / 4, of->units));
    p->rows = (uint32_t)(p->project ? rows : rows / 4);
    p->kc = (uint32_t)max(max(words, of->lane_macs), fpga_pass_slots(p, of));
    p->select = ((1u << of->lane_macs) - 1) & ~((1u << split) - 1);
    TRY(new_words(k, p));
    if (x != NULL && of->what_if.pool)
        fpga_pool_put(x, h, of, p, k->g->words + (size_t)p->word * (size_t)fpga_params_macs(of),
                      reads);
    else {
        if (x != NULL)
            put_matrix(k, p, x, 0, split, &reads->of[0]);
        put_matrix(k, p, h, split, of->lane_macs - split, &reads->of[1]);
    }
    k->g->pass[k->g->n_passes++] = *p;
    return OK;
}

/* What wrote layer l's output: its last pass. */
static int last_pass_of(const struct packer *k, int l)
{
    int pass = 0;
    for (int i = 0; i <= l; i++)
        pass += k->net->layer[i].n_proj != 0 ? 2 : 1;
    return pass - 1;
}

static enum status add_gates(struct packer *k, int l, const struct fpga_packing *how)
{
    const struct lstm_layer *y = &k->net->layer[l];
    const struct quant_layer *q = &k->q[l];
    struct fpga_program *g = k->g;
    struct fpga_layer *f = &g->layer[l];
    struct fpga_matrix x = {y->w_x, q->w_x, 4 * y->n_hid, y->n_in};
    struct fpga_matrix h = {y->w_h, q->w_h, 4 * y->n_hid, lstm_n_rec(y)};
    struct fpga_pass_reads *reads = &k->reads[g->n_passes];
    struct fpga_pass p = {.cell = f->cell,
                          .shift = (uint32_t)q->z_shift,
                          .c_shift = (uint32_t)(FIXED_G_BITS - q->f_c),
                          .p_shift = (uint32_t)q->p_shift,
                          .first = l == 0,
                          .last = l == g->n_layers - 1 && y->n_proj == 0};
    int words;
    p.out = p.last;
    for (int odd = 0; odd < 2; odd++) {
        p.x_base[odd] = l == 0 ? g->x_base[odd] : g->layer[l - 1].r_base[!odd];
        p.h_base[odd] = f->r_base[odd];
        p.out_base[odd] = y->n_proj != 0 ? k->m_base : f->r_base[!odd];
    }
    if (how->split > g->p.lane_macs)
        return fail(E_UNSUPPORTED, "a split of %d multipliers (a lane has %d)", how->split,
                    g->p.lane_macs);
    if (g->p.what_if.pool) {
        f->split = 0;
        words = fpga_pool_longest(&x, &h, &g->p);
    } else if (how->split < 0)
        f->split = best_split(&x, &h, &g->p, &words);
    else {
        f->split = how->split;
        words =
            max(longest(&x, f->split, g->p.dw), longest(&h, g->p.lane_macs - f->split, g->p.dw));
    }
    if (words == INT_MAX)
        return fail(E_UNSUPPORTED, "layer %d: a split of %d:%d leaves weights without multipliers",
                    l, f->split, g->p.lane_macs - f->split);
    TRY(new_reads(y->n_in, l == 0 ? -1 : last_pass_of(k, l - 1), 0, &reads->of[0]));
    TRY(new_reads(lstm_n_rec(y), last_pass_of(k, l), 1, &reads->of[1]));
    return add_pass(k, &p, &x, &h, f->split, words);
}

static enum status add_projection(struct packer *k, int l)
{
    const struct lstm_layer *y = &k->net->layer[l];
    const struct quant_layer *q = &k->q[l];
    struct fpga_program *g = k->g;
    struct fpga_layer *f = &g->layer[l];
    struct fpga_matrix r = {y->w_r, q->w_r, y->n_proj, y->n_hid};
    struct fpga_pass p = {.h_base = {k->m_base, k->m_base},
                          .out_base = {f->r_base[1], f->r_base[0]},
                          .shift = (uint32_t)q->r_shift,
                          .project = 1,
                          .last = l == g->n_layers - 1};
    p.out = p.last;
    TRY(new_reads(0, -1, 0, &k->reads[g->n_passes].of[0]));
    TRY(new_reads(y->n_hid, g->n_passes - 1, 0, &k->reads[g->n_passes].of[1]));
    return add_pass(k, &p, NULL, &r, 0, longest(&r, g->p.lane_macs, g->p.dw));
}

/* Addresses of x, of every layer's two banks, and of what projections read. */
static enum status place(struct packer *k)
{
    struct fpga_program *g = k->g;
    uint32_t x4 = (uint32_t)up(k->net->layer[0].n_in, 4) * 4, at = 2 * x4, row = 0, widest = 0;
    g->x_base[0] = 0;
    g->x_base[1] = x4;
    for (int l = 0; l < g->n_layers; l++) {
        const struct lstm_layer *y = &k->net->layer[l];
        struct fpga_layer *f = &g->layer[l];
        f->r_words = up(lstm_n_rec(y), 4);
        f->c_words = up(y->n_hid, g->p.ew);
        f->r_base[0] = at;
        f->r_base[1] = at + 4 * (uint32_t)f->r_words;
        f->cell = row;
        at += 8 * (uint32_t)f->r_words;
        row += (uint32_t)f->c_words;
        if (y->n_proj != 0)
            widest = max((int)widest, up(y->n_hid, 4) * 4);
    }
    k->m_base = at;
    at += widest;
    if (at > (uint32_t)g->p.values)
        return fail(E_UNSUPPORTED, "the net needs %u values of vector memory (the device has %d)",
                    at, g->p.values);
    if (row > (uint32_t)g->p.rows)
        return fail(E_UNSUPPORTED, "the net needs %u rows of cells (the device has %d)", row,
                    g->p.rows);
    return OK;
}

/* What no memory of the device could hold, before any size is computed from it. */
static enum status check(const struct packer *k)
{
    const struct fpga_params *p = &k->g->p;
    int passes = last_pass_of(k, k->net->n_layers - 1) + 1;
    for (int l = 0; l < k->net->n_layers; l++) {
        const struct lstm_layer *y = &k->net->layer[l];
        if (y->n_in > p->values || y->n_hid > p->values || y->n_proj > p->values)
            return fail(E_UNSUPPORTED, "layer %d is wider than the vector memory (%d values)", l,
                        p->values);
        if (k->q[l].p != NULL && !p->peepholes)
            return fail(E_UNSUPPORTED, "layer %d has peepholes; the device has none", l);
    }
    if (passes > p->passes)
        return fail(E_UNSUPPORTED, "the net takes %d passes a step (the device has %d)", passes,
                    p->passes);
    return OK;
}

static enum status pack(struct packer *k, const struct fpga_packing *how)
{
    struct fpga_program *g = k->g;
    TRY(check(k));
    TRY(place(k));
    for (int l = 0; l < g->n_layers; l++) {
        TRY(add_gates(k, l, how));
        if (k->net->layer[l].n_proj != 0)
            TRY(add_projection(k, l));
    }
    fpga_gap_set(g->pass, g->n_passes, &g->p, k->reads);
    return OK;
}

enum status fpga_packing_parse(const char *text, struct fpga_packing *out)
{
    char *end;
    *out = (struct fpga_packing){.split = -1};
    if (*text == '\0')
        return OK;
    long split = strncmp(text, "split=", 6) == 0 ? strtol(text + 6, &end, 10) : -1;
    if (split < 0 || split > FPGA_MAX_CHAINS || end == text + 6 || *end != '\0')
        return fail(E_USAGE, "'%s' is no way to pack (expected split=N, 0 to %d multipliers for x)",
                    text, FPGA_MAX_CHAINS);
    out->split = (int)split;
    return OK;
}

enum status fpga_program_make(const struct lstm_net *net, const struct quant_layer *q,
                              const struct fpga_params *p, const struct fpga_packing *how,
                              struct fpga_program *out)
{
    struct packer k = {.net = net, .q = q, .g = out};
    *out = (struct fpga_program){.p = *p, .n_layers = net->n_layers};
    out->x_beats = up(net->layer[0].n_in, 4);
    out->y_beats = up(lstm_n_rec(&net->layer[net->n_layers - 1]), 4);
    enum status s = pack(&k, how);
    for (int i = 0; i < 2 * LSTM_MAX_LAYERS; i++)
        for (int v = 0; v < 2; v++)
            mem_free(k.reads[i].of[v].first);
    if (s != OK)
        fpga_program_release(out);
    return s;
}

void fpga_program_release(struct fpga_program *g)
{
    mem_free(g->words);
    g->words = NULL;
}

uint64_t fpga_program_issue(const struct fpga_program *g)
{
    uint64_t sum = 0;
    for (int i = 0; i < g->n_passes; i++)
        sum += fpga_pass_cycles(&g->pass[i]);
    return sum;
}

uint64_t fpga_program_gaps(const struct fpga_program *g)
{
    uint64_t sum = 0;
    for (int i = 0; i < g->n_passes; i++)
        sum += fpga_pass_span(&g->pass[i], &g->p) - fpga_pass_cycles(&g->pass[i]) + g->pass[i].gap;
    return sum;
}

uint64_t fpga_program_drain(const struct fpga_program *g)
{
    const struct fpga_pass *last = &g->pass[g->n_passes - 1];
    int written = fpga_gap_written(last, &g->p, (int)last->rows - 1);
    /* Words are issued a cycle before they are valid; a beat is sent one after it is written. */
    return (uint64_t)(written - FPGA_LAT_WRITE + 3) - fpga_pass_span(last, &g->p);
}

uint64_t fpga_program_cycles(const struct fpga_program *g, uint64_t steps)
{
    uint64_t step = fpga_program_issue(g) + fpga_program_gaps(g);
    return (uint64_t)g->x_beats + steps * step - g->pass[g->n_passes - 1].gap +
           fpga_program_drain(g);
}
