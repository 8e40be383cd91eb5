/* sheet_out.h - tables with titles and notes, one after the other, in Markdown, LaTeX or HTML. */
#ifndef RESULTS_SHEET_OUT_H
#define RESULTS_SHEET_OUT_H

#include "base/strbuf.h"
#include "results/grid.h"

enum sheet_format { SHEET_MARKDOWN, SHEET_LATEX, SHEET_HTML };

/* Zero-initialise but for `out` and `format`. */
struct sheet_out {
    struct strbuf *out;
    enum sheet_format format;
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
