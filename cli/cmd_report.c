/* cmd_report.c - brds report: result files as one page. */
#include "base/file.h"
#include "cli/command.h"
#include "cli/read_rows.h"
#include "results/report.h"

static enum status run(const struct options *o)
{
    struct rows rows = {0};
    struct machines machines = {0};
    struct strbuf page = {0};
    enum status s = read_rows(o, &rows);
    if (s == OK)
        s = read_machines(o, &machines);
    if (s == OK)
        s = report_write(&rows, &machines, options_flag(o, "published"), &page);
    if (s == OK)
        s = file_write(options_text(o, "out"), page.s, page.n);
    rows_release(&rows);
    machines_release(&machines);
    strbuf_release(&page);
    return s;
}

static const struct option_info options[] = {
    {"out", 'o', OPTION_TEXT, "FILE.html", .needed = 1,
     .help = "write the page there, whole or not at all"},
    {"published", 0, OPTION_FLAG, .help = "add the figures of published systems"},
    {0},
};

const struct command cmd_report = {
    .name = "report",
    .about = "Writes result files as one HTML page with tables, figures, machines and commands.",
    .operands = "FILE.csv...",
    .details = "The page needs no network. Figures need gnuplot; without it the page says so.\n",
    .min_operands = 1,
    .max_operands = -1,
    .options = options,
    .run = run,
};
