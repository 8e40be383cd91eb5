/* test_fpga.c - the accelerator's host: packing, schedule, sizes. */
#include "base/mem.h"
#include "fpga/fpga_defs.h"
#include "fpga/host/fpga_chain.h"
#include "fpga/host/fpga_crc.h"
#include "fpga/host/fpga_gap.h"
#include "tests/fpga_trial.h"
#include "tests/random_quant.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

Test(fpga, crc_is_that_of_zlib)
{
    cr_assert_eq(fpga_crc(0, "123456789", 9), 0xcbf43926);
    cr_assert_eq(fpga_crc(fpga_crc(0, "1234", 4), "56789", 5), 0xcbf43926);
    cr_assert_eq(fpga_crc(0, "", 0), 0);
}

Test(fpga, passes_survive_an_image)
{
    struct rng r;
    rng_seed(&r, 1, 1);
    for (int round = 0; round < 200; round++) {
        unsigned char bytes[FPGA_PASS_BYTES], again[FPGA_PASS_BYTES];
        struct fpga_pass p, q;
        for (int i = 0; i < FPGA_PASS_BYTES; i++)
            bytes[i] = (unsigned char)rng_below(&r, 256);
        fpga_pass_read(bytes, &p);
        fpga_pass_write(&p, again);
        fpga_pass_read(again, &q);
        cr_assert_eq(memcmp(&p, &q, sizeof p), 0);
    }
    struct fpga_pass whole;
    unsigned char bytes[FPGA_PASS_BYTES];
    memset(bytes, 0xff, sizeof bytes);
    fpga_pass_read(bytes, &whole);
    cr_assert(whole.kc == 0xfffff && whole.word == 0xffffff && whole.select == 0xffff &&
              whole.shift == 31 && whole.c_shift == 7 && whole.last == 1);
}

/* Every chain ascends, steps within reach, and holds its columns; no chain is longer than needed by
 * more than the padding of one column. */
static void check_chains(struct rng *r, int n, int dw, int cols, int k)
{
    struct fpga_chains c;
    int at[FPGA_MAX_CHAINS] = {0}, len[FPGA_MAX_CHAINS] = {0}, reach = (1 << dw) - 1, left = k;
    fpga_chains_start(&c, n, dw);
    for (int i = 0; i < cols; i++) {
        if ((int)rng_below(r, (uint32_t)(cols - i)) >= left)
            continue;
        left--;
        struct fpga_link link = fpga_chains_put(&c, i);
        cr_assert(link.chain >= 0 && link.chain < n);
        cr_assert(link.distance >= 0 && link.distance <= reach && link.pads >= 0);
        cr_assert_eq(at[link.chain] + link.pads * reach + link.distance, i);
        cr_assert_eq(link.k, len[link.chain] + link.pads);
        at[link.chain] = i;
        len[link.chain] = link.k + 1;
    }
    cr_assert_eq(left, 0);
    int most = 0, all = 0;
    for (int i = 0; i < n; i++) {
        most = len[i] > most ? len[i] : most;
        all += len[i];
    }
    cr_assert_eq(fpga_chains_longest(&c), most);
    cr_assert_geq(most * n, all);
    if (cols <= reach)
        cr_assert_eq(most, (k + n - 1) / n, "%d of %d to %d", k, cols, n);
}

Test(fpga, chains)
{
    struct rng r;
    rng_seed(&r, 2, 1);
    for (int round = 0; round < 3000; round++) {
        int cols = 1 + (int)rng_below(&r, round % 2 ? 15 : 400);
        check_chains(&r, 1 + (int)rng_below(&r, 16), round % 2 ? 4 : 2 + (int)rng_below(&r, 9),
                     cols, (int)rng_below(&r, (uint32_t)cols + 1));
    }
}

/* The words of a program, read back, are the kept weights of the matrices at their columns. */
static void check_words(const struct fpga_trial *t, int pass, const float *kept, const int16_t *w,
                        int rows, int cols, int first, int n, int *found)
{
    const struct fpga_program *g = &t->program;
    const struct fpga_pass *p = &g->pass[pass];
    int macs = fpga_params_macs(&g->p);
    for (int at = 0; at < (int)p->groups * 4 * g->p.units; at++) {
        int unit = at / 4, row = p->project ? at : at % 4 * (rows / 4) + unit;
        int real = p->project ? at < rows : unit < rows / 4;
        for (int i = first; i < first + n; i++) {
            int column = 0;
            for (uint32_t k = 0; k < p->kc; k++) {
                size_t word = p->word + (uint32_t)(at / (4 * g->p.units)) * p->kc + k;
                size_t mac = (size_t)(at % (4 * g->p.units) * g->p.lane_macs + i);
                uint32_t v = g->words[word * (size_t)macs + mac];
                column += (int)(v >> 16);
                if (v == 0 || (int16_t)v == 0)
                    continue;
                cr_assert(real && column < cols);
                cr_assert_eq(w[(size_t)row * (size_t)cols + (size_t)column], (int16_t)v);
                cr_assert_neq(kept[(size_t)row * (size_t)cols + (size_t)column], 0);
                ++*found;
            }
        }
    }
}

static int nonzeros(const int16_t *w, int n)
{
    int count = 0;
    for (int i = 0; i < n; i++)
        count += w[i] != 0;
    return count;
}

static void check_program(const struct fpga_trial *t)
{
    const struct fpga_program *g = &t->program;
    for (int l = 0, pass = 0; l < g->n_layers; l++, pass++) {
        const struct lstm_layer *y = &t->s.net.layer[l];
        const struct quant_layer *q = &t->q[l];
        int rows = 4 * y->n_hid, n_rec = lstm_n_rec(y), found = 0;
        int split = g->layer[l].split, others = g->p.lane_macs - split;
        check_words(t, pass, y->w_x, q->w_x, rows, y->n_in, 0, split, &found);
        check_words(t, pass, y->w_h, q->w_h, rows, n_rec, split, others, &found);
        cr_assert_eq(found, nonzeros(q->w_x, rows * y->n_in) + nonzeros(q->w_h, rows * n_rec));
        if (y->n_proj == 0)
            continue;
        found = 0;
        check_words(t, ++pass, y->w_r, q->w_r, y->n_proj, y->n_hid, 0, g->p.lane_macs, &found);
        cr_assert_eq(found, nonzeros(q->w_r, y->n_proj * y->n_hid));
    }
}

/* The schedule by brute force: two steps are laid out in time; each weight's read must come after
 * the write of what it reads, and one cycle less of any gap would break something or the least
 * distance of passes. */
struct timeline {
    const struct fpga_program *g;
    int *written; /* [values] when each address was written last; -1 long ago */
    int early;    /* reads before their write */
};

static void run_pass(struct timeline *k, const struct fpga_pass *p, int start, int odd)
{
    const struct fpga_params *of = &k->g->p;
    int macs = fpga_params_macs(of), units = of->units;
    for (uint32_t at = 0; at < p->groups * p->kc; at++)
        for (int mac = 0; mac < macs; mac++) {
            int i = mac % of->lane_macs;
            uint32_t mark = of->what_if.pool && !p->project ? 1u << (16 + of->dw) : 0, v = 0;
            uint32_t column = p->select >> i & 1 && !mark ? p->h_base[odd] : p->x_base[odd];
            for (uint32_t j = at - at % p->kc; j <= at; j++) {
                v = k->g->words[(size_t)(p->word + j) * (size_t)macs + (size_t)mac];
                column = (v & mark ? p->h_base[odd] : column) + ((v & ~mark) >> 16);
            }
            int wait = (int)(at / p->kc) * fpga_pass_wait(p, of);
            if ((int16_t)v != 0)
                k->early += start + (int)at + wait + i + FPGA_LAT_READ < k->written[column];
        }
    for (uint32_t row = 0; row < p->rows; row++) {
        uint32_t in_group = row % (uint32_t)(p->project ? 4 * units : units);
        uint32_t group = row / (uint32_t)(p->project ? 4 * units : units);
        int slot = (int)in_group / (p->project ? 4 : of->ew);
        int wait = (int)group * fpga_pass_wait(p, of);
        k->written[p->out_base[odd] + row] = start + wait + (int)((group + 1) * p->kc) - 1 +
                                             of->lane_macs + FPGA_LAT_HOLD + slot + FPGA_LAT_EW +
                                             FPGA_LAT_WRITE;
    }
}

static int reads_too_early(const struct fpga_program *g)
{
    struct timeline k = {.g = g};
    int start = 0;
    cr_assert_eq(mem_new(&k.written, (size_t)g->p.values, sizeof *k.written), OK);
    for (int i = 0; i < g->p.values; i++)
        k.written[i] = -1;
    for (int step = 0; step < 3; step++)
        for (int i = 0; i < g->n_passes; i++) {
            run_pass(&k, &g->pass[i], start, step & 1);
            start += (int)(fpga_pass_span(&g->pass[i], &g->p) + g->pass[i].gap);
        }
    mem_free(k.written);
    return k.early;
}

Test(fpga, packing_and_schedule)
{
    static const char *const shapes[] = {"tiny",
                                         "small",
                                         "tiny,u=3,m=4,dw=3,words=4000",
                                         "small,e=4,m=6,dw=2,words=4000",
                                         "small,pool=1",
                                         "tiny,m=4,dw=3,pool=1,words=4000",
                                         "tiny,serial=1"};
    enum { N_SHAPES = sizeof shapes / sizeof *shapes };
    struct rng r;
    int n_tight = 0;
    rng_seed(&r, 3, 1);
    for (int round = 0; round < 350; round++) {
        struct fpga_params p;
        struct fpga_trial t;
        cr_assert_eq(fpga_params_parse(shapes[round % N_SHAPES], &p), OK, "%s", status_message());
        fpga_trial_make(&t, &r, &p, 24, FPGA_PLAIN);
        if (!p.what_if.pool) /* the backend shows that its words are right */
            check_program(&t);
        cr_assert_eq(reads_too_early(&t.program), 0, "round %d", round);
        /* The largest gap is there for a reason, nearly always a read. */
        struct fpga_pass *widest = &t.program.pass[0];
        for (int i = 1; i < t.program.n_passes; i++)
            if (t.program.pass[i].gap > widest->gap)
                widest = &t.program.pass[i];
        if (widest->gap > 0 && !p.what_if.serial) {
            widest->gap--;
            n_tight += reads_too_early(&t.program) > 0;
        }
        fpga_trial_release(&t);
    }
    cr_assert_gt(n_tight, 225, "%d of 300 gaps are as small as they can be", n_tight);
}

Test(fpga, sizes_that_cannot_be)
{
    static const char *const bad[] = {"huge",           "",
                                      "tiny,u=0",       "tiny,u=33",
                                      "tiny,m=3",       "tiny,m=18",
                                      "tiny,e=3",       "tiny,e=4",
                                      "tiny,dw=1",      "tiny,dw=17",
                                      "tiny,fifo=2",    "tiny,fifo=24",
                                      "tiny,words=",    "tiny,x=3",
                                      "tiny,u",         "tiny,u=2k",
                                      "tiny,u=-2",      "tiny,",
                                      "tiny,rows=0",    "tiny,values=510",
                                      "tiny,passes=65", "tiny,u=99999999999999999999",
                                      "tiny,pool=2",    "tiny,pool=1,dw=16",
                                      "tiny,serial=2",  "tiny,simd=65",
                                      "tiny,bus=65537"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fpga_params p;
        cr_assert_eq(fpga_params_parse(bad[i], &p), E_USAGE, "'%s' was taken", bad[i]);
    }
}

/* A split that is asked for is kept; one that leaves weights without a multiplier is refused. */
Test(fpga, fixed_splits)
{
    struct rng r;
    rng_seed(&r, 6, 1);
    for (int round = 0; round < 30; round++) {
        struct fpga_params p;
        struct fpga_trial t;
        struct fpga_program g;
        cr_assert_eq(fpga_params_parse("small,words=60000", &p), OK);
        fpga_trial_make(&t, &r, &p, 24, FPGA_PLAIN);
        for (int split = 0; split <= 4; split++) {
            const struct fpga_packing how = {split};
            enum status s = fpga_program_make(&t.s.net, t.q, &p, &how, &g);
            cr_assert(s == OK || s == E_UNSUPPORTED);
            cr_assert(s == OK || split == 0 || split == 4);
            if (s != OK)
                continue;
            for (int l = 0; l < g.n_layers; l++)
                cr_assert_eq(g.layer[l].split, split);
            cr_assert_geq(fpga_program_issue(&g), fpga_program_issue(&t.program));
            fpga_program_release(&g);
        }
        fpga_trial_release(&t);
    }
}
