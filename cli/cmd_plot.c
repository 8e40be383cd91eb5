/* cmd_plot.c - brds plot: result files as figures. */
#include "base/log.h"
#include "cli/command.h"
#include "cli/read_rows.h"
#include "results/plot.h"

static enum status run(const struct options *o)
{
    struct rows rows = {0};
    struct machines machines = {0};
    struct figures figures = {0};
    enum status s = read_rows(o, &rows);
    if (s == OK)
        s = read_machines(o, &machines);
    if (s == OK)
        s = plot_figures(&rows, &machines, &figures);
    if (s == OK)
        s = plot_write(&figures, options_text(o, "out"));
    for (size_t i = 0; s == OK && i < figures.n; i++)
        log_note("%s/%s.svg, .pdf", options_text(o, "out"), figures.figure[i].name);
    plot_release(&figures);
    rows_release(&rows);
    machines_release(&machines);
    return s;
}

static const struct option_info options[] = {
    {"out", 'o', OPTION_TEXT, "DIR", .needed = 1,
     .help = "folder for the figures, made if need be"},
    {0},
};

const struct command cmd_plot = {
    .name = "plot",
    .about = "Draws the figures that result files give, as SVG and PDF (needs gnuplot).",
    .operands = "FILE.csv...",
    .details = "The metric against sparsity for one ratio, two and every pattern; against latency\n"
               "and cycles; sensitivity curves; latency and multiplier utilisation against\n"
               "sparsity; rooflines. What must not be mixed is drawn apart.\n",
    .min_operands = 1,
    .max_operands = -1,
    .options = options,
    .run = run,
};
