/* grid.h - a table of text cells, printed in one of several formats. */
#ifndef RESULTS_GRID_H
#define RESULTS_GRID_H

#include "base/status.h"
#include "base/strbuf.h"

#include <stddef.h>

struct grid_column {
    const char *title;
    int right; /* 1: numbers, aligned right */
};

/* Zero-initialise, set column and n_cols (borrowed), add rows, print, release. */
struct grid {
    const struct grid_column *column; /* [n_cols] */
    size_t n_cols, n_rows, cap;
    char **cell; /* [n_rows][n_cols] */
};

/* Adds a row of n_cols cells, copied. */
enum status grid_add(struct grid *g, const char *const *cell);

/* Append the grid to `out`; columns whose cells are all empty are left out. Markdown: a pipe table
 * padded so that it lines up in a terminal; a '|' is escaped and line ends become blanks. CSV: a
 * header line and RFC 4180 lines. LaTeX: a tabular in the style of booktabs, special characters
 * escaped. */
void grid_markdown(const struct grid *g, struct strbuf *out);
void grid_csv(const struct grid *g, struct strbuf *out);
void grid_latex(const struct grid *g, struct strbuf *out);

/* A table element of HTML. */
void grid_html(const struct grid *g, struct strbuf *out);

/* Append text with what is special in LaTeX or HTML escaped. */
void grid_latex_text(const char *text, struct strbuf *out);
void grid_html_text(const char *text, struct strbuf *out);

void grid_release(struct grid *g);

#endif
