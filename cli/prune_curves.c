/* prune_curves.c - brds prune --sensitivity. */
#include "base/mem.h"
#include "cli/prune_points.h"
#include "model/allocate.h"
#include "model/sensitivity.h"
#include "results/number.h"

#include <math.h>
#include <stdio.h>

enum { MOST_LEVELS = 64 };

/* The curves of the whole model, of which ratios are made: the retrained ones if there are. */
struct curves {
    struct prune_points *p;
    double level[MOST_LEVELS], rise[2][MOST_LEVELS];
    size_t n;
};

static void remember(struct curves *c, const struct sensitivity_point *s)
{
    for (size_t i = 0; i < c->n; i++)
        if (s->layer < 0 && s->kind != PARAM_W_R && s->s == c->level[i])
            c->rise[s->kind == PARAM_W_H][i] = s->rise;
}

static enum status tell(void *ctx, const struct sensitivity_point *s)
{
    struct curves *c = ctx;
    struct prune_points *p = c->p;
    struct strbuf line = {0};
    struct row row = {0};
    remember(c, s);
    strbuf_addf(&line, "%s ", prune_matrix_name(s->kind));
    if (s->layer >= 0)
        strbuf_addf(&line, "of layer %d ", s->layer);
    strbuf_addf(&line, "at %g %s: %zu weights removed", s->s,
                s->retrained ? "retrained" : "as it is", s->removed);
    if (isfinite(s->value.loss))
        strbuf_addf(&line, "  loss %.6g  rise %.6g", s->value.loss, s->rise);
    else
        strbuf_add(&line, "  diverged");
    enum status st = point_row_sensitivity(&p->facts, s, &row);
    if (st == OK)
        st = prune_points_tell(p, &row, s->all - s->done, &line);
    row_clear(&row);
    strbuf_release(&line);
    return st;
}

static enum status read_levels(const struct options *o, struct curves *c)
{
    const char *const *text = options_texts(o, "levels", &c->n);
    if (c->n > MOST_LEVELS)
        return fail(E_USAGE, "--levels: %zu of them (at most %d)", c->n, MOST_LEVELS);
    for (size_t i = 0; i < c->n; i++) {
        double *s = &c->level[i];
        if (!number_read(text[i], s) || !(*s > 0 && *s <= 1) || (i > 0 && *s <= s[-1]))
            return fail(E_USAGE, "--levels: '%s' (expected rising sparsities over 0, at most 1)",
                        text[i]);
    }
    for (size_t i = 0; c->n == 0 && i < SENSITIVITY_LEVELS; i++)
        c->level[i] = sensitivity_levels[i];
    c->n = c->n == 0 ? SENSITIVITY_LEVELS : c->n;
    return OK;
}

/* What the curves alone propose at --overall. */
static enum status propose(const struct curves *c)
{
    const struct net *net = c->p->trial.dense;
    struct prune_spec spec = {.pattern = c->p->pattern, .s_r = -1};
    struct allocate_curve x = {c->n, c->level, c->rise[0]}, h = {c->n, c->level, c->rise[1]};
    struct strbuf b = {0};
    if (!options_given(c->p->options, "overall"))
        return OK;
    TRY(allocate_one(net, options_real(c->p->options, "overall"), &spec));
    TRY(allocate_by_curves(net, prune_asked(net, &spec), &x, &h, &spec));
    strbuf_add(&b, "curves propose: ");
    prune_points_ratios(net, &spec, &b);
    enum status s = strbuf_check(&b);
    if (s == OK && (printf("%s\n", b.s) < 0 || fflush(stdout) != 0))
        s = fail(E_IO, "standard output: cannot write");
    strbuf_release(&b);
    return s;
}

enum status prune_points_curves(struct prune_points *p)
{
    struct curves c = {.p = p};
    TRY(read_levels(p->options, &c));
    const struct sensitivity_job job = {.pattern = p->pattern,
                                        .seed = p->recipe.seed,
                                        .level = c.level,
                                        .n_levels = c.n,
                                        .by_layer = options_flag(p->options, "per-layer"),
                                        .point = tell,
                                        .ctx = &c};
    enum status s = sensitivity_run(&p->points, &job);
    progress_end(&p->progress, "%s", "");
    TRY(s);
    return propose(&c);
}
