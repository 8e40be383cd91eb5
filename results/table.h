/* table.h - rows as tables for people. */
#ifndef RESULTS_TABLE_H
#define RESULTS_TABLE_H

#include "base/status.h"
#include "base/strbuf.h"
#include "results/rowfile.h"

enum table_format { TABLE_MARKDOWN, TABLE_CSV, TABLE_LATEX, TABLE_HTML };

/* The format named markdown, csv or latex; E_USAGE for another name. TABLE_HTML, the sections of a
 * report, has none. */
enum status table_format_find(const char *name, enum table_format *format);

/* Appends the accuracy and latency of the rows to `out`.
 *
 * Rows are compared only with rows of the same dataset, split, machine, threads, scope, steps,
 * batch, cache state and source of latency: Markdown and LaTeX have one table for each such group,
 * under a title that names it, then those of compare.h; CSV has one table in which the group is
 * spelled out in columns. Speed-ups are those of the rows, none is computed here. Rows whose status
 * is not ok are told with their note below the table (CSV: in the column note); a skip row is told
 * only there. A `fail` row whose case was run again later is left out. Columns whose cells are all
 * empty are left out. LaTeX is a whole document that compiles with pdflatex. published: 1 adds
 * published.h's table (not in CSV). */
enum status table_write(const struct rows *rows, enum table_format format, int published,
                        struct strbuf *out);

#endif
