/* view.h - the columns of the table of accuracy and latency, as a person reads them. */
#ifndef RESULTS_VIEW_H
#define RESULTS_VIEW_H

#include "base/status.h"
#include "base/strbuf.h"
#include "results/grid.h"
#include "results/row.h"

enum { VIEW_COLUMNS = 14 };
extern const struct grid_column view_column[VIEW_COLUMNS];

/* Adds the row to a grid whose columns are view_column. */
enum status view_add(struct grid *g, const struct row *r);

/* Appends the pattern; of a dense net that was trained on (the control of pruned ones) and of masks
 * that were not chosen at once it says so: "dense, trained on", "row, gradual". */
void view_pattern(const struct row *r, struct strbuf *b);

/* Appends "S_x/S_h"; nothing for a net that has no sparsities. */
void view_ratios(const struct row *r, struct strbuf *b);

/* Appends what names the case within its group: net, pattern, ratios, backend, precision. */
void view_name(struct strbuf *b, const struct row *r);

#endif
