/* prune_search.c - brds prune --search. */
#include "cli/prune_points.h"
#include "model/metric.h"
#include "model/search.h"

#include <math.h>
#include <stdio.h>

static void add_loss(const struct net *net, struct strbuf *b, double loss, double metric)
{
    if (isfinite(loss))
        strbuf_addf(b, "  loss %.6g  %s %.5g", loss, metric_name(metric_of(net->shape.task)),
                    metric);
    else
        strbuf_add(b, "  diverged");
}

static enum status tell(void *ctx, const struct search_point *s)
{
    struct prune_points *p = ctx;
    struct strbuf line = {0};
    struct row row = {0};
    strbuf_addf(&line, "point %zu: ", s->number);
    if (s->split_x != 0)
        strbuf_addf(&line, "%d:%d  ", s->split_x, s->split_h);
    prune_points_ratios(p->trial.dense, &s->spec, &line);
    add_loss(p->trial.dense, &line, s->loss, s->metric);
    strbuf_add(&line, s->is_best ? "  best" : "");
    strbuf_add(&line, s->was_known ? "  (known)" : "");
    enum status st = point_row_search(&p->facts, s, &row);
    if (st == OK)
        st = prune_points_tell(p, &row, s->left, &line);
    row_clear(&row);
    strbuf_release(&line);
    return st;
}

static enum status conclude(const struct prune_points *p, const struct search_result *r)
{
    struct strbuf b = {0};
    strbuf_add(&b, "one ratio: ");
    prune_points_ratios(p->trial.dense, &r->one, &b);
    add_loss(p->trial.dense, &b, r->loss_one, r->metric_one);
    if (r->is_dual) {
        strbuf_add(&b, "\ndual ratio: ");
        prune_points_ratios(p->trial.dense, &r->best, &b);
        add_loss(p->trial.dense, &b, r->loss, r->metric);
        strbuf_addf(&b, "\non one seed and validation data only; %zu points", r->points);
    } else {
        strbuf_addf(&b, "\nno dual ratio found; %zu points", r->points);
    }
    enum status s = strbuf_check(&b);
    if (s == OK && (printf("%s\n", b.s) < 0 || fflush(stdout) != 0))
        s = fail(E_IO, "standard output: cannot write");
    strbuf_release(&b);
    return s;
}

enum status prune_points_search(struct prune_points *p, struct prune_spec *best)
{
    const struct options *o = p->options;
    struct search_result result;
    const struct search_job job = {.pattern = p->pattern,
                                   .seed = p->recipe.seed,
                                   .overall = options_real(o, "overall"),
                                   .by_layer = options_flag(o, "per-layer"),
                                   .multipliers = (int)options_whole(o, "grid"),
                                   .point = tell,
                                   .ctx = p};
    if (!options_given(o, "overall"))
        return fail(E_USAGE, "--overall: must be given with --search");
    if (job.by_layer && job.multipliers != 0)
        return fail(E_USAGE, "--grid: splits are those of the model (leave --per-layer out)");
    enum status s = search_run(&p->points, &job, &result);
    progress_end(&p->progress, "%s", "");
    TRY(s);
    *best = result.best;
    return conclude(p, &result);
}
