#include "fpga/host/fpga_pass.h"

#include "fpga/fpga_defs.h"

#include <stddef.h>
#include <string.h>

struct place {
    size_t member;
    int beat, lsb, width;
};
#define PLACE(member, field)                                                                       \
    {                                                                                              \
        offsetof(struct fpga_pass, member), FPGA_PASS_##field                                      \
    }

static const struct place places[] = {
    PLACE(word, WORD),
    PLACE(groups, GROUPS),
    PLACE(kc, KC),
    PLACE(gap, GAP),
    PLACE(rows, ROWS),
    PLACE(select, SELECT),
    PLACE(x_base[0], X_BASE0),
    PLACE(x_base[1], X_BASE1),
    PLACE(h_base[0], H_BASE0),
    PLACE(h_base[1], H_BASE1),
    PLACE(out_base[0], OUT_BASE0),
    PLACE(out_base[1], OUT_BASE1),
    PLACE(cell, CELL),
    PLACE(shift, SHIFT),
    PLACE(c_shift, C_SHIFT),
    PLACE(p_shift, P_SHIFT),
    PLACE(project, PROJECT),
    PLACE(out, OUT),
    PLACE(first, FIRST),
    PLACE(last, LAST),
};
enum { N_PLACES = sizeof places / sizeof *places };
_Static_assert(FPGA_PASS_BYTES == 8 * FPGA_PASS_BEATS, "a pass is as long as the RTL takes it");

void fpga_pass_write(const struct fpga_pass *p, unsigned char to[FPGA_PASS_BYTES])
{
    uint64_t beat[FPGA_PASS_BEATS] = {0};
    for (int i = 0; i < N_PLACES; i++) {
        const struct place *at = &places[i];
        uint64_t v = *(const uint32_t *)(const void *)((const char *)p + at->member);
        beat[at->beat] |= (v & (((uint64_t)1 << at->width) - 1)) << at->lsb;
    }
    for (int i = 0; i < FPGA_PASS_BYTES; i++)
        to[i] = (unsigned char)(beat[i / 8] >> 8 * (i % 8));
}

void fpga_pass_read(const unsigned char from[FPGA_PASS_BYTES], struct fpga_pass *p)
{
    uint64_t beat[FPGA_PASS_BEATS] = {0};
    for (int i = 0; i < FPGA_PASS_BYTES; i++)
        beat[i / 8] |= (uint64_t)from[i] << 8 * (i % 8);
    for (int i = 0; i < N_PLACES; i++) {
        const struct place *at = &places[i];
        uint32_t v = (uint32_t)(beat[at->beat] >> at->lsb & (((uint64_t)1 << at->width) - 1));
        *(uint32_t *)(void *)((char *)p + at->member) = v;
    }
}

uint64_t fpga_pass_cycles(const struct fpga_pass *p)
{
    return (uint64_t)p->groups * p->kc;
}

int fpga_pass_wait(const struct fpga_pass *p, const struct fpga_params *of)
{
    return of->what_if.serial ? of->lane_macs + FPGA_LAT_HOLD + fpga_pass_slots(p, of) - 1 +
                                    FPGA_LAT_EW + FPGA_LAT_WRITE
                              : 0;
}

uint64_t fpga_pass_span(const struct fpga_pass *p, const struct fpga_params *of)
{
    return fpga_pass_cycles(p) + (uint64_t)(p->groups - 1) * (uint64_t)fpga_pass_wait(p, of);
}

int fpga_pass_slots(const struct fpga_pass *p, const struct fpga_params *of)
{
    return p->project ? of->units : of->units / of->ew;
}
