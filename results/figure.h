/* figure.h - a figure: series of points with names, drawn by gnuplot. */
#ifndef RESULTS_FIGURE_H
#define RESULTS_FIGURE_H

#include "base/status.h"
#include "base/strbuf.h"

#include <stddef.h>

struct figure_point {
    double x, y, lo, hi; /* lo, hi: ends of an interval of y; NaN for none */
};

struct figure_series {
    char label[96];
    int is_line;                /* 1: a line without marks, whatever the figure does */
    struct figure_point *point; /* [n], sorted by x when drawn */
    size_t n;
};

struct figure {
    char name[64]; /* of the file, without its ending: letters, digits, '-' and '_' */
    char title[160];
    const char *x, *y;            /* what the axes show, with units */
    int log_y, lines;             /* lines: points of a series are joined */
    struct figure_series *series; /* [n] */
    size_t n;
};

/* Adds a point to the series of that label, made if it is new. */
enum status figure_add(struct figure *f, const char *label, struct figure_point p);

/* Adds a line between two points, as a series of its own. */
enum status figure_add_line(struct figure *f, const char *label, struct figure_point from,
                            struct figure_point to);
void figure_release(struct figure *f);

enum figure_format { FIGURE_SVG, FIGURE_PDF };

/* Appends the gnuplot script that writes the figure to `path`, or to its standard output if that is
 * NULL: data and all. Series differ in dash and in shape, so that they can be told apart in grey,
 * in colours that the colour-blind can (Okabe and Ito 2008). */
void figure_script(const struct figure *f, enum figure_format format, const char *path,
                   struct strbuf *out);

/* Runs gnuplot on a script and appends its standard output. E_ABSENT if it is not there, E_IO with
 * its last message if it fails. */
enum status figure_draw(const char *script, size_t n, struct strbuf *out);

#endif
