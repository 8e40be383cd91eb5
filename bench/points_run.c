#include "bench/points_run.h"

#include "base/file.h"
#include "base/mem.h"
#include "bench/cache_path.h"
#include "bench/point_row.h"
#include "model/metric.h"
#include "model/points.h"
#include "model/trial.h"

#include <stdio.h>
#include <string.h>

struct run {
    const struct nets *nets;
    const struct bench_points *p;
    const struct points_sink *sink;
    struct net *dense;
    struct trial trial;
    struct points points;
    struct point_facts facts;
    struct search_point best;      /* of a search, as it stands */
    struct sensitivity_point last; /* of curves */
    struct points_outcome *out;
    char *journal, *checkpoint, *lock;
};

static enum status on_training(void *ctx, const struct train_point *t)
{
    const struct run *r = ctx;
    return r->nets->hook != NULL ? r->nets->hook(r->nets->ctx, r->p->name, t) : OK;
}

static enum status set_paths(struct run *r)
{
    const char *dir = r->nets->cache_dir, *key = r->p->key;
    TRY(cache_folder(dir, "points"));
    TRY(cache_path(dir, "points", key, "journal", &r->journal));
    TRY(cache_path(dir, "points", key, "ckpt", &r->checkpoint));
    return cache_path(dir, "points", key, "lock", &r->lock);
}

static enum status set_up(struct run *r)
{
    const struct bench_points *p = r->p;
    TRY(nets_get(r->nets, p->parent, &r->dense));
    TRY(set_paths(r));
    r->trial = (struct trial){.dense = r->dense,
                              .data = p->data,
                              .recipe = &p->recipe,
                              .backend = &cpu_dense_backend,
                              .checkpoint = r->checkpoint,
                              .hook = on_training,
                              .ctx = r};
    TRY(point_facts_of(&r->trial, &r->facts));
    r->points = (struct points){.net = r->dense,
                                .measure = trial_value,
                                .ctx = &r->trial,
                                .id = r->facts.id,
                                .journal = r->journal,
                                .resume = 1};
    if (r->sink != NULL) {
        r->facts.run_id = r->sink->run_id;
        r->facts.machine = r->sink->machine;
        r->facts.note = r->sink->note;
    }
    return OK;
}

static void tear_down(struct run *r)
{
    net_release(r->dense);
    mem_free(r->journal);
    mem_free(r->checkpoint);
    mem_free(r->lock);
}

static enum status give(const struct run *r, enum status made, struct row *row)
{
    if (made == OK)
        return r->sink->row(r->sink->ctx, row);
    row_clear(row);
    return made;
}

static enum status on_search(void *ctx, const struct search_point *p)
{
    struct run *r = ctx;
    struct row row = {0};
    if (p->is_best)
        r->best = *p;
    return r->sink == NULL ? OK : give(r, point_row_search(&r->facts, p, &row), &row);
}

static enum status on_curve(void *ctx, const struct sensitivity_point *p)
{
    struct run *r = ctx;
    struct row row = {0};
    for (int i = 0; i < SENSITIVITY_LEVELS; i++)
        if (p->layer < 0 && p->s == sensitivity_levels[i] && p->kind != PARAM_W_R)
            (p->kind == PARAM_W_X ? r->out->rise_x : r->out->rise_h)[i] = p->rise;
    r->last = *p;
    return r->sink == NULL ? OK : give(r, point_row_sensitivity(&r->facts, p, &row), &row);
}

/* The outcome's row: that of its point under the key of the whole. */
static enum status conclude(const struct run *r, enum status made, const char *what,
                            struct row *row)
{
    char note[256];
    snprintf(note, sizeof note, "%s%s%s%s%s", r->facts.note, *r->facts.note != '\0' ? "; " : "",
             r->facts.fold, *r->facts.fold != '\0' ? "; " : "", what);
    if (made == OK)
        made = row_set_text(row, COL_case_key, r->p->key);
    if (made == OK)
        made = row_set_text(row, COL_note, note);
    return give(r, made, row);
}

static enum status run_search(struct run *r)
{
    struct row row = {0};
    char what[128], metric[METRIC_TEXT];
    struct search_result *s = &r->out->search;
    const struct search_job job = {.pattern = r->p->pattern,
                                   .seed = r->p->recipe.seed,
                                   .overall = r->p->overall,
                                   .by_layer = r->p->by_layer,
                                   .multipliers = r->p->multipliers,
                                   .point = on_search,
                                   .ctx = r};
    TRY(search_run(&r->points, &job, s));
    if (r->sink == NULL)
        return OK;
    snprintf(what, sizeof what, "search outcome: %s, one ratio has %s; %zu points",
             s->is_dual ? "dual ratio" : "no dual ratio found",
             metric_text(metric_of(r->dense->shape.task), s->metric_one, 5, metric), s->points);
    r->best.number = s->points;
    return conclude(r, point_row_search(&r->facts, &r->best, &row), what, &row);
}

/* The last row is that of the dense net trained on, over which the curves rise. */
static enum status run_curves(struct run *r)
{
    struct row row = {0};
    const struct sensitivity_job job = {.pattern = r->p->pattern,
                                        .seed = r->p->recipe.seed,
                                        .by_layer = r->p->by_layer,
                                        .point = on_curve,
                                        .ctx = r};
    TRY(sensitivity_run(&r->points, &job));
    if (r->sink == NULL)
        return OK;
    r->last.spec = (struct prune_spec){.s_r = -1};
    r->last.value = r->last.continued;
    r->last.removed = 0;
    return conclude(r, point_row_sensitivity(&r->facts, &r->last, &row),
                    "sensitivity: dense-continued", &row);
}

static enum status run_locked(struct run *r)
{
    int fd = -1;
    enum status s = set_up(r);
    if (s == OK)
        s = file_lock(r->lock, &fd);
    if (s == OK)
        s = points_open(&r->points);
    if (s == OK)
        s = r->p->is_search ? run_search(r) : run_curves(r);
    points_close(&r->points);
    file_unlock(fd);
    return s;
}

enum status points_run(const struct nets *n, int i, const struct points_sink *sink,
                       struct points_outcome *out)
{
    struct run r = {.nets = n, .p = &n->list->points[i], .sink = sink, .out = out};
    *out = (struct points_outcome){0};
    enum status s = run_locked(&r);
    tear_down(&r);
    return s;
}
