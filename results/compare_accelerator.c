/* The accelerator's rows: cycles first, since the clock is assumed. */
#include "results/compare.h"
#include "results/compare_cells.h"
#include "results/view.h"

#include <math.h>
#include <stdio.h>

static const struct grid_column column[] = {
    {"case", 0},           {"device", 0}, {"steps a call", 1}, {"cycles a step", 1},
    {"utilisation, %", 1}, {"MHz", 1},    {"us a step", 1},    {"GOPS on kept weights", 1},
    {"effective GOPS", 1}, {"LUT", 1},    {"FF", 1},           {"DSP", 1},
    {"BRAM36", 1},
};

static enum status add_line(struct grid *g, const struct row *r)
{
    struct compare_line l = {.n = 0};
    struct strbuf name = {0};
    char device[160];
    snprintf(device, sizeof device, "%s%s", row_get_text(r, COL_device),
             row_is(r, COL_latency_source, "modelled") ? " (modelled)" : "");
    view_name(&name, r);
    compare_text(&l, strbuf_text(&name));
    compare_text(&l, device);
    compare_text(&l, row_get_text(r, COL_steps));
    compare_number(&l, compare_value(r, COL_device_cycles_step), 6);
    compare_number(&l, 100 * compare_value(r, COL_mac_utilisation), 4);
    compare_number(&l, compare_value(r, COL_device_mhz), 4);
    compare_number(&l, compare_value(r, COL_latency_step_us_median), 4);
    compare_number(&l, compare_value(r, COL_gops_sparse), 4);
    compare_number(&l, compare_value(r, COL_gops_effective), 4);
    compare_text(&l, row_get_text(r, COL_lut));
    compare_text(&l, row_get_text(r, COL_ff));
    compare_text(&l, row_get_text(r, COL_dsp));
    compare_text(&l, row_get_text(r, COL_bram36));
    enum status s = strbuf_check(&name);
    strbuf_release(&name);
    return s == OK ? compare_add(g, &l) : s;
}

enum status compare_accelerator(const struct rows *rows, struct sheet_out *out)
{
    struct grid g = {.column = column, .n_cols = sizeof column / sizeof column[0]};
    enum status s = OK;
    for (size_t i = 0; s == OK && i < rows->n; i++)
        if (row_is(&rows->row[i], COL_status, "ok") &&
            isfinite(compare_value(&rows->row[i], COL_device_cycles_step)))
            s = add_line(&g, &rows->row[i]);
    if (s == OK && g.n_rows != 0)
        sheet_out_table(
            out,
            "Accelerator: RTL simulation; clock assumed, not placed or routed; resources "
            "are synthesis counts",
            &g,
            "Utilisation: kept weights of the whole net over multipliers times cycles, by "
            "the device's counters. Effective GOPS of trained nets only. Modelled: computed, "
            "as no RTL does it. LUT, FF, DSP, BRAM36: Yosys for xc7, of sets as they are named.\n");
    grid_release(&g);
    return s;
}
