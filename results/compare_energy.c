/* Energy: what was measured, and, apart from it, what a model bounds. */
#include "results/compare.h"
#include "results/compare_cells.h"
#include "results/view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct grid_column measured_column[] = {
    {"case", 0}, {"source", 0}, {"uJ a step", 1}, {"W", 1}, {"effective GOPS/W", 1},
};
static const struct grid_column modelled_column[] = {
    {"case", 0},
    {"model", 0},
    {"uJ a step, from", 1},
    {"to", 1},
};

static const char model[] = "model:";

static int is_modelled(const struct row *r)
{
    return strncmp(row_get_text(r, COL_energy_source), model, strlen(model)) == 0;
}

static enum status add_line(struct grid *g, const struct row *r, int modelled)
{
    struct compare_line l = {.n = 0};
    struct strbuf name = {0};
    const char *source = row_get_text(r, COL_energy_source);
    view_name(&name, r);
    compare_text(&l, strbuf_text(&name));
    compare_text(&l, modelled ? source + strlen(model) : source);
    if (modelled) {
        compare_number(&l, compare_value(r, COL_energy_lo_uj), 3);
        compare_number(&l, compare_value(r, COL_energy_hi_uj), 3);
    } else {
        compare_number(&l, compare_value(r, COL_energy_step_uj), 4);
        compare_number(&l, compare_value(r, COL_power_w), 4);
        compare_number(&l, compare_value(r, COL_gops_per_w_effective), 4);
    }
    enum status s = strbuf_check(&name);
    strbuf_release(&name);
    return s == OK ? compare_add(g, &l) : s;
}

static enum status add_table(const struct rows *rows, int modelled, struct sheet_out *out)
{
    struct grid g = {.column = modelled ? modelled_column : measured_column,
                     .n_cols = modelled ? 4 : 5};
    enum column value = modelled ? COL_energy_hi_uj : COL_energy_step_uj;
    enum status s = OK;
    for (size_t i = 0; s == OK && i < rows->n; i++) {
        const struct row *r = &rows->row[i];
        if (row_is(r, COL_status, "ok") && is_modelled(r) == modelled &&
            isfinite(compare_value(r, value)))
            s = add_line(&g, r, modelled);
    }
    if (s == OK && g.n_rows != 0 && modelled)
        sheet_out_table(
            out, "Energy by models, not measured: bounds", &g,
            "A table of operations bounds the datapath from below: arithmetic alone, and "
            "with reading the weights once. cpu is the share of the cores in use in the "
            "processor's power, from idle to TDP.\n");
    else if (s == OK && g.n_rows != 0)
        sheet_out_table(out, "Energy, measured", &g,
                        "Idle power is taken off the energy, not off W.\n");
    grid_release(&g);
    return s;
}

enum status compare_energy(const struct rows *rows, struct sheet_out *out)
{
    TRY(add_table(rows, 0, out));
    return add_table(rows, 1, out);
}
