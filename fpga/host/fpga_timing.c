#include "fpga/host/fpga_timing.h"

#include "fpga/fpga_defs.h"

/* What happens in a cycle to come: results written, a beat for the h FIFO, the last one, an x that
 * has been read for the last time. */
enum { WRITE = 1, PUSH = 2, FINAL = 4, READ_EVEN = 8, READ_ODD = 16 };
enum { RING = 256 }; /* more than the longest way from issue to write */

struct clockwork {
    const struct fpga_params *p;
    const struct fpga_pass *first, *pass; /* of the step, of now */
    uint32_t k, group, left, gap, steps;
    int odd, runs;
    uint32_t x_steps, x_beats, x_beat; /* to take */
    int x_odd, full[2];
    uint32_t credit, queued; /* values, beats */
    int final_queued;
    uint64_t now;
    unsigned char to_come[RING];
};

static uint64_t mix(uint64_t v)
{
    v = (v ^ v >> 30) * 0xbf58476d1ce4e5b9u;
    v = (v ^ v >> 27) * 0x94d049bb133111ebu;
    return v ^ v >> 31;
}

int fpga_stalls_x(const struct fpga_stalls *s, uint64_t cycle)
{
    return (int)(mix(s->seed + 2 * cycle) & 255) < s->x_share;
}

int fpga_stalls_h(const struct fpga_stalls *s, uint64_t cycle)
{
    return (int)(mix(s->seed + 2 * cycle + 1) & 255) < s->h_share;
}

static unsigned char *at(struct clockwork *k, uint64_t delay)
{
    return &k->to_come[(k->now + delay) % RING];
}

/* The last word of a group is issued now: when its rows are written, and sent if they are
 * output. */
static void group_issued(struct clockwork *k, int last_of_pass)
{
    const struct fpga_pass *p = k->pass;
    uint64_t summed = (uint64_t)k->p->lane_macs + FPGA_LAT_HOLD; /* row_o; words lag issue by one */
    uint32_t per_slot = p->project ? 4 : (uint32_t)k->p->ew;
    uint32_t row = k->group * (uint32_t)k->p->units * (p->project ? 4 : 1);
    for (int slot = 0; slot < fpga_pass_slots(p, k->p) && row < p->rows; slot++) {
        unsigned char *c = at(k, summed + FPGA_LAT_EW + 1 + (uint64_t)slot);
        int last = row + per_slot >= p->rows;
        *c |= WRITE;
        row += per_slot;
        if (p->out && (last || row % FPGA_VECTOR_WIDTH == 0))
            *c |= PUSH | (last && p->last && k->steps == 1 ? FINAL : 0);
    }
    if (p->first && last_of_pass)
        *at(k, summed) |= k->odd ? READ_ODD : READ_EVEN;
}

/* A word is issued; `need` values of h were reserved if a group begins. */
static void issue(struct clockwork *k, uint32_t need)
{
    const struct fpga_pass *p = k->pass;
    if (k->k == 0)
        k->left -= need;
    if (++k->k < p->kc)
        return;
    int last_of_pass = k->group + 1 == p->groups;
    group_issued(k, last_of_pass);
    k->k = 0;
    k->group = last_of_pass ? 0 : k->group + 1;
    k->gap = (uint32_t)fpga_pass_wait(p, k->p);
    if (!last_of_pass)
        return;
    k->gap = p->gap;
    k->pass = p->last ? k->first : p + 1;
    k->odd ^= p->last != 0;
    k->runs = !p->last || --k->steps != 0;
}

/* What this cycle counts as. */
static uint64_t *decide(struct clockwork *k, struct fpga_cycles *n, uint32_t *taken)
{
    const struct fpga_pass *p = k->pass;
    int begins = k->k == 0 && k->group == 0;
    uint32_t of_group = (uint32_t)k->p->units * (p->project ? 4 : 1);
    if (!k->runs)
        return &n->drain;
    if (k->k == 0 && k->gap != 0) {
        k->gap--;
        return &n->gap;
    }
    if (begins && p->first && !k->full[k->odd])
        return &n->stall_x;
    if (begins)
        k->left = (p->rows + 3) & ~3u;
    int last = k->group + 1 == p->groups; /* takes the rest of its last beat too */
    uint32_t need = last || k->left < of_group ? k->left : of_group;
    if (k->k == 0 && p->out && k->credit < need)
        return &n->stall_h;
    *taken = k->k == 0 && p->out ? need : 0;
    issue(k, need);
    return &n->issue;
}

static int take_x(struct clockwork *k, int port_used, const struct fpga_stalls *s)
{
    return k->x_steps != 0 && !k->full[k->x_odd] && !port_used && !fpga_stalls_x(s, k->now);
}

/* x was taken: a beat of it, of a step, of the run. */
static void took_x(struct clockwork *k)
{
    if (++k->x_beat < k->x_beats)
        return;
    k->x_beat = 0;
    k->full[k->x_odd] = 1;
    k->x_odd ^= 1;
    k->x_steps--;
}

/* One cycle; 1 when it sent the last beat. */
static int tick(struct clockwork *k, const struct fpga_stalls *s, struct fpga_cycles *n)
{
    int event = *at(k, 0);
    *at(k, 0) = 0;
    int takes = take_x(k, event & WRITE, s);
    int sends = k->queued != 0 && !fpga_stalls_h(s, k->now);
    uint32_t taken = 0;
    uint64_t *kind = decide(k, n, &taken);
    if (takes)
        took_x(k);
    if (n->cycles != 0 || takes) {
        n->cycles++;
        ++*kind;
    }
    k->full[0] &= !(event & READ_EVEN);
    k->full[1] &= !(event & READ_ODD);
    int over = sends && k->final_queued && k->queued == 1;
    k->credit += (sends ? 4 : 0) - taken;
    k->queued += ((event & PUSH) != 0) - (uint32_t)sends;
    k->final_queued |= (event & FINAL) != 0;
    k->now++;
    return over;
}

/* Weights that come over a bus: a run takes no less than they do. What is waited counts as gap. */
static void stream_weights(const struct fpga_params *p, const struct fpga_pass *pass,
                           uint32_t steps, struct fpga_cycles *n)
{
    uint64_t words = 0, bits = FPGA_WEIGHT_BITS + (uint64_t)p->dw + (p->what_if.pool != 0);
    uint64_t bus = 8 * (uint64_t)p->what_if.bus;
    if (bus == 0)
        return;
    for (int i = 0; i == 0 || !pass[i - 1].last; i++)
        words += fpga_pass_cycles(&pass[i]) * (uint64_t)fpga_params_macs(p);
    uint64_t least = (steps * words * bits + bus - 1) / bus;
    if (least > n->cycles) {
        n->gap += least - n->cycles;
        n->cycles = least;
    }
}

enum status fpga_timing_run(const struct fpga_params *p, const struct fpga_pass *pass,
                            uint32_t steps, uint32_t x_beats, const struct fpga_stalls *stalls,
                            struct fpga_cycles *out)
{
    struct clockwork k = {.p = p,
                          .first = pass,
                          .pass = pass,
                          .steps = steps,
                          .runs = 1,
                          .x_steps = steps,
                          .x_beats = x_beats,
                          .credit = 4 * (uint32_t)p->fifo,
                          .now = 1};
    *out = (struct fpga_cycles){0};
    for (int i = 0; i < p->passes; i++) {
        if (pass[i].kc == 0 || pass[i].groups == 0 || pass[i].rows == 0)
            break;
        if (!pass[i].last)
            continue;
        while (!tick(&k, stalls, out))
            ;
        stream_weights(p, pass, steps, out);
        return OK;
    }
    return fail(E_DEVICE, "a pass of the accelerator never ends");
}
