#include "model/sensitivity.h"

const double sensitivity_levels[SENSITIVITY_LEVELS] = {.5, .7, .8, .9, .95, .975};

struct run {
    struct points *points;
    const struct sensitivity_job *job;
    const double *level;
    size_t n_levels;
    struct sensitivity_point p; /* what all points share stays in it */
};

/* Prunes one kind of matrix of one layer (-1: all) and nothing else. */
static struct prune_spec spec_of(const struct run *r, enum param_kind kind, int layer, double s)
{
    struct prune_spec spec = {.pattern = r->job->pattern,
                              .seed = r->job->seed,
                              .n_layers = r->points->net->lstm.n_layers};
    for (int l = 0; l < spec.n_layers; l++) {
        double own = layer < 0 || layer == l ? s : 0;
        spec.layer[l] = (struct prune_ratios){.x = kind == PARAM_W_X ? own : 0,
                                              .h = kind == PARAM_W_H ? own : 0,
                                              .r = kind == PARAM_W_R ? own : 0};
    }
    return spec;
}

static enum status one(struct run *r, enum param_kind kind, int layer, double s, int retrained)
{
    struct sensitivity_point *p = &r->p;
    p->kind = kind;
    p->layer = layer;
    p->s = s;
    p->spec = spec_of(r, kind, layer, s);
    p->removed = lstm_n_weights(&r->points->net->lstm) - prune_asked(r->points->net, &p->spec);
    p->retrained = retrained;
    TRY(points_value(r->points, &p->spec, retrained, &p->value));
    p->rise = p->value.loss - p->continued.loss;
    p->done++;
    return r->job->point != NULL ? r->job->point(r->job->ctx, p) : OK;
}

static enum status curve(struct run *r, enum param_kind kind, int layer)
{
    for (int retrained = 0; retrained < 2; retrained++)
        for (size_t i = 0; i < r->n_levels; i++)
            TRY(one(r, kind, layer, r->level[i], retrained));
    return OK;
}

/* 1 if the net, or the layer, has matrices of a kind. */
static int has(const struct net *net, enum param_kind kind, int layer)
{
    for (int l = 0; l < net->lstm.n_layers; l++)
        if ((layer < 0 || layer == l) && net_param(net, kind, l) != NULL)
            return 1;
    return 0;
}

enum status sensitivity_run(struct points *points, const struct sensitivity_job *job)
{
    static const enum param_kind kind[] = {PARAM_W_X, PARAM_W_H, PARAM_W_R};
    const struct net *net = points->net;
    const struct prune_spec dense = {.s_x = 0};
    struct run r = {.points = points, .job = job};
    r.level = job->level != NULL ? job->level : sensitivity_levels;
    r.n_levels = job->level != NULL ? job->n_levels : SENSITIVITY_LEVELS;
    int last = job->by_layer && net->lstm.n_layers > 1 ? net->lstm.n_layers : 0;
    for (int l = -1; l < last; l++)
        for (int i = 0; i < 3; i++)
            r.p.all += has(net, kind[i], l) ? 2 * r.n_levels : 0;
    TRY(points_value(points, &dense, 0, &r.p.dense));
    TRY(points_value(points, &dense, 1, &r.p.continued));
    for (int l = -1; l < last; l++)
        for (int i = 0; i < 3; i++)
            if (has(net, kind[i], l))
                TRY(curve(&r, kind[i], l));
    return OK;
}
