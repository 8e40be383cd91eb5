/* plot_kind.h - the kinds of figures that plot.h makes: which rows have a point in each, and
 * where. */
#ifndef RESULTS_PLOT_KIND_H
#define RESULTS_PLOT_KIND_H

#include "base/strbuf.h"
#include "results/figure.h"
#include "results/row.h"

#include <stddef.h>

struct plot_kind {
    const char *name, *x, *y;
    int log_y, lines;
    int of_searches; /* 1: rows of tried nets have points; else those are left out */
    int has_roofs;   /* 1: what the machine can do at most is drawn over it */
    int (*takes)(const struct row *r);
    /* what must be equal within one figure, ended by COL_COUNT, and its part of the title */
    enum column apart[8];
    void (*label)(const struct row *r, struct strbuf *b);
    struct figure_point (*point)(const struct row *r);
};

extern const struct plot_kind plot_kinds[];
extern const size_t plot_n_kinds;

/* 1 if the row has a point in such a figure. */
int plot_takes(const struct plot_kind *k, const struct row *r);

#endif
