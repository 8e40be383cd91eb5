/* point_row.h - a point of a search or of a sensitivity curve as a result row. */
#ifndef BENCH_POINT_ROW_H
#define BENCH_POINT_ROW_H

#include "base/hash.h"
#include "base/status.h"
#include "bench/machine.h"
#include "model/search.h"
#include "model/sensitivity.h"
#include "model/trial.h"
#include "results/row.h"

#include <stddef.h>
#include <stdint.h>

/* What all points of a job share. */
struct point_facts {
    const struct trial *trial;     /* net, data and recipe of all points */
    char id[HASH_HEX];             /* trial_id */
    size_t tokens;                 /* trained on for one point; 0: none */
    const char *run_id;            /* "" for none */
    const struct machine *machine; /* NULL: unknown */
    const char *note;              /* put before the note of each point; "" for none */
    char fold[32];                 /* "fold 2 of 6", in the note; "" for none */
};

/* Those of a trial, borrowed; without run, machine and note. */
enum status point_facts_of(const struct trial *trial, struct point_facts *out);

/* Fills an empty row: no latency, metric_valid that of the net's task, tokens_search
 * those of all points until then. A point that diverged is `invalid`. case_key is that of the point
 * in its job, so that a row is written once. */
enum status point_row_search(const struct point_facts *f, const struct search_point *p,
                             struct row *row);

/* The same; metric_dense is dense-continued. The note says matrix, layer, weights removed, rise of
 * the loss. */
enum status point_row_sensitivity(const struct point_facts *f, const struct sensitivity_point *p,
                                  struct row *row);

#endif
