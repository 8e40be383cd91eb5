/* report.h - one HTML page of result rows, complete in itself: no network, no script. */
#ifndef RESULTS_REPORT_H
#define RESULTS_REPORT_H

#include "base/status.h"
#include "base/strbuf.h"
#include "results/machines.h"
#include "results/rowfile.h"

/* Appends the page: machines and builds, with what `machines` (NULL: nothing) adds of each run,
 * tables (table.h, with the published systems if asked for), figures (plot.h; without gnuplot the
 * page says that they are missing), and the command of every row. */
enum status report_write(const struct rows *rows, const struct machines *machines, int published,
                         struct strbuf *out);

#endif
