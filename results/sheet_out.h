/* sheet_out.h - tables with titles and notes, one after the other, in Markdown or LaTeX. */
#ifndef RESULTS_SHEET_OUT_H
#define RESULTS_SHEET_OUT_H

#include "base/strbuf.h"
#include "results/grid.h"

/* Zero-initialise; `is_latex` chooses the format. */
struct sheet_out {
    struct strbuf *out;
    int is_latex;
    size_t n; /* tables until now */
};

/* What stands before the first table and behind the last: in LaTeX a whole document, so that it
 * compiles as it stands and a single table can be cut out. */
void sheet_out_begin(struct sheet_out *s);
void sheet_out_end(struct sheet_out *s);

/* One table under its title; note: lines below it, each ended by LF, "" for none. */
void sheet_out_table(struct sheet_out *s, const char *title, const struct grid *g,
                     const char *note);

#endif
