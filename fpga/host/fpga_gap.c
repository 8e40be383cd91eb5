#include "fpga/host/fpga_gap.h"

#include "fpga/fpga_defs.h"

#include <limits.h>

int fpga_gap_written(const struct fpga_pass *p, const struct fpga_params *of, int row)
{
    int group_rows = p->project ? 4 * of->units : of->units;
    int slot_rows = p->project ? 4 : of->ew;
    int group = row / group_rows, slot = row % group_rows / slot_rows;
    return (group + 1) * (int)p->kc + group * fpga_pass_wait(p, of) - 1 + of->lane_macs +
           FPGA_LAT_HOLD + slot + FPGA_LAT_EW + FPGA_LAT_WRITE;
}

/* Least distance between the first issues of the writer and of the reader. */
static int distance(const struct fpga_pass *writer, const struct fpga_params *of,
                    const struct fpga_reads *r)
{
    int least = 0;
    for (int i = 0; i < r->n; i++)
        if (r->first[i] != INT_MAX) {
            int d = fpga_gap_written(writer, of, i) - r->first[i];
            least = d > least ? d : least;
        }
    return least;
}

/* First issue of pass `to` after that of pass `from`, in the same step, or (to <= from) the
 * next. */
static int apart(const struct fpga_pass *pass, int n, int from, int to,
                 const struct fpga_params *of)
{
    int sum = 0;
    do {
        sum += (int)(fpga_pass_span(&pass[from], of) + pass[from].gap);
        from = (from + 1) % n;
    } while (from != to);
    return sum;
}

/* Widens the gap before pass `to` if it begins too soon after `from`. */
static void widen(struct fpga_pass *pass, int n, int from, int to, int before, int need,
                  const struct fpga_params *of)
{
    int lack = need - apart(pass, n, from, to, of);
    if (lack > 0)
        pass[before].gap += (uint32_t)lack;
}

/* Between neighbours: descriptors are fetched, and the sums of one are taken before those of the
 * next arrive. */
static void between(struct fpga_pass *pass, int n, int i, const struct fpga_params *of)
{
    int next = (i + 1) % n;
    int lack = fpga_pass_slots(&pass[i], of) - (int)(pass[next].kc + pass[i].gap);
    if (lack > 0)
        pass[i].gap += (uint32_t)lack;
    widen(pass, n, i, next, i, FPGA_LAT_PASS, of);
}

/* x has two banks, and one counts as read when the last row's sum is there: only then may the step
 * after the next begin, or it would take the old x for its own. Half of that distance. */
static int two_steps(const struct fpga_pass *first, const struct fpga_params *of)
{
    return ((int)fpga_pass_span(first, of) + of->lane_macs + FPGA_LAT_HOLD + 1) / 2;
}

void fpga_gap_set(struct fpga_pass *pass, int n, const struct fpga_params *of,
                  const struct fpga_pass_reads *reads)
{
    for (int i = 0; i < n; i++)
        pass[i].gap = (uint32_t)fpga_pass_wait(&pass[i], of);
    for (int i = 0; i < n; i++) {
        for (int v = 0; v < 2; v++) {
            const struct fpga_reads *r = &reads[i].of[v];
            if (r->from >= 0 && !r->before)
                widen(pass, n, r->from, i, i - 1, distance(&pass[r->from], of, r), of);
        }
        between(pass, n, i, of);
    }
    for (int i = 0; i < n; i++) {
        for (int v = 0; v < 2; v++) {
            const struct fpga_reads *r = &reads[i].of[v];
            if (r->from >= 0 && r->before)
                widen(pass, n, r->from, i, n - 1, distance(&pass[r->from], of, r), of);
        }
        widen(pass, n, i, i, n - 1, FPGA_LAT_CELL, of);
    }
    widen(pass, n, 0, 0, n - 1, two_steps(&pass[0], of), of);
}
