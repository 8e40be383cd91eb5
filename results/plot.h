/* plot.h - the figures that rows give. */
#ifndef RESULTS_PLOT_H
#define RESULTS_PLOT_H

#include "base/status.h"
#include "results/figure.h"
#include "results/machines.h"
#include "results/rowfile.h"

struct figures {
    struct figure *figure; /* [n] */
    size_t n;
};

/* Makes the figures that the rows have points for: the metric against overall sparsity with one and
 * two ratios and every pattern; the metric against latency; sensitivity curves; latency against
 * sparsity for each backend and precision; rooflines, with the roofs that `machines` (NULL: none)
 * tells of; utilisation against sparsity and the metric against cycles of an accelerator. One for
 * each data set and split, or machine and shape, that must not be mixed. */
enum status plot_figures(const struct rows *rows, const struct machines *machines,
                         struct figures *out);
void plot_release(struct figures *f);

/* Draws each as DIR/NAME.svg and DIR/NAME.pdf. E_ABSENT without gnuplot; E_FORMAT if the rows give
 * no figure. */
enum status plot_write(const struct figures *f, const char *dir);

/* Draws each as SVG and hands over its text. */
enum status plot_svg(const struct figures *f,
                     enum status (*each)(void *ctx, const struct figure *f, const char *svg),
                     void *ctx);

#endif
