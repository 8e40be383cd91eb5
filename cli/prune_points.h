/* prune_points.h - brds prune --search and --sensitivity: many pruned nets tried out, with rows,
 * progress, and a file from which a stopped run goes on. */
#ifndef CLI_PRUNE_POINTS_H
#define CLI_PRUNE_POINTS_H

#include "base/log.h"
#include "base/status.h"
#include "base/strbuf.h"
#include "bench/case_run.h"
#include "bench/point_row.h"
#include "cli/options.h"
#include "model/points.h"
#include "model/trial.h"
#include "results/rowfile.h"

struct prune_points {
    const struct options *options;
    struct recipe recipe; /* of every point; epochs by --search-tokens */
    struct pattern pattern;
    struct trial trial;
    struct points points;
    struct point_facts facts;
    struct case_context run; /* for its id and machine */
    struct rows rows;        /* that the CSV holds */
    struct strbuf journal, checkpoint;
    struct progress progress;
    size_t done, left; /* points told, and those to come at least */
    char now[96];      /* what is tried at the moment */
};

/* Opens --points and --csv for points of a net that differ in the spec only. E_USAGE without --data
 * or when the points are of another job. Call prune_points_close in any case. */
enum status prune_points_open(struct prune_points *p, const struct options *o,
                              const struct net *net, const struct dataset *data,
                              const struct recipe *recipe, const struct pattern *pattern);
void prune_points_close(struct prune_points *p);

/* Appends the row to --csv unless it is there; prints the line unless --quiet; then clears the row.
 * `left` points follow. */
enum status prune_points_tell(struct prune_points *p, struct row *row, size_t left,
                              const struct strbuf *line);

/* --search: prints every point and the outcome; *best gets it. */
enum status prune_points_search(struct prune_points *p, struct prune_spec *best);

/* --sensitivity: prints every point, and with --overall the pair that the curves propose. */
enum status prune_points_curves(struct prune_points *p);

/* "S_x 0.8 S_h 0.9", by layer joined by ';', with the counts behind it. */
void prune_points_ratios(const struct net *net, const struct prune_spec *spec, struct strbuf *out);

#endif
