#include "cli/prune_points.h"

#include "base/file.h"
#include "base/interrupt.h"
#include "model/prune.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static enum status show(void *ctx, const struct train_point *t)
{
    struct prune_points *p = ctx;
    double all = (double)(p->done + 1 + p->left);
    progress_show(&p->progress, ((double)p->done + t->fraction) / all,
                  "point %zu: %s  loss %.3f  %.0f %s/s", p->done + 1, p->now, t->loss,
                  t->tokens_per_s, p->trial.dense->shape.n_vocab != 0 ? "words" : "frames");
    return OK;
}

static void add_shares(const struct net *net, const struct prune_spec *spec, enum param_kind kind,
                       const char *name, struct strbuf *out)
{
    int n = spec->n_layers != 0 ? net->lstm.n_layers : 1;
    for (int l = 0; l < n; l++)
        strbuf_addf(out, "%s%.6g", l == 0 ? name : ";", prune_share(spec, kind, l));
}

static void add_counts(const struct net *net, const struct prune_spec *spec, enum param_kind kind,
                       const char *name, struct strbuf *out)
{
    for (int l = 0; l < net->lstm.n_layers; l++)
        strbuf_addf(out, "%s%d", l == 0 ? name : ";",
                    prune_keep_count(net_param(net, kind, l)->cols, prune_share(spec, kind, l)));
}

void prune_points_ratios(const struct net *net, const struct prune_spec *spec, struct strbuf *out)
{
    add_shares(net, spec, PARAM_W_X, "S_x ", out);
    add_shares(net, spec, PARAM_W_H, "  S_h ", out);
    add_counts(net, spec, PARAM_W_X, "  k_x ", out);
    add_counts(net, spec, PARAM_W_H, "  k_h ", out);
}

static enum status measure(void *ctx, const struct prune_spec *spec, int retrain,
                           struct points_value *out)
{
    struct prune_points *p = ctx;
    snprintf(p->now, sizeof p->now, "S_x %.4g S_h %.4g", prune_share(spec, PARAM_W_X, 0),
             prune_share(spec, PARAM_W_H, 0));
    enum status s = trial_value(&p->trial, spec, retrain, out);
    if (s != E_INTERRUPTED)
        return s;
    progress_end(&p->progress, "%s", "");
    return fail(E_INTERRUPTED, "interrupted after %zu points; the same command goes on from %s",
                p->done, p->points.journal);
}

static enum status paths(struct prune_points *p)
{
    const char *own = options_text(p->options, "points"), *csv = options_text(p->options, "csv");
    const char *out = options_text(p->options, "out");
    if (own == NULL && csv == NULL && out == NULL)
        return fail(E_USAGE, "--csv: must be given with --search and --sensitivity (or --points, "
                             "--out)");
    if (own != NULL)
        strbuf_add(&p->journal, own);
    else
        strbuf_addf(&p->journal, "%s.points", csv != NULL ? csv : out);
    strbuf_addf(&p->checkpoint, "%s.ckpt", p->journal.s);
    TRY(strbuf_check(&p->journal));
    return strbuf_check(&p->checkpoint);
}

static enum status set_recipe(struct prune_points *p, const struct net *net,
                              const struct dataset *data)
{
    double tokens = options_real(p->options, "search-tokens");
    p->recipe.epochs = 0;
    return tokens > 0 ? train_fit(&net->shape, data, tokens, &p->recipe) : OK;
}

static enum status open_rows(struct prune_points *p)
{
    const char *csv = options_text(p->options, "csv");
    TRY(case_context_init(&p->run, "none"));
    machine_read(&p->run.machine);
    return csv != NULL && file_exists(csv) ? rowfile_read(csv, &p->rows) : OK;
}

enum status prune_points_open(struct prune_points *p, const struct options *o,
                              const struct net *net, const struct dataset *data,
                              const struct recipe *recipe, const struct pattern *pattern)
{
    *p = (struct prune_points){.options = o, .recipe = *recipe, .pattern = *pattern};
    if (data == NULL)
        return fail(E_USAGE, "--data: must be given with --search and --sensitivity");
    TRY(paths(p));
    TRY(set_recipe(p, net, data));
    TRY(open_rows(p));
    p->trial = (struct trial){.dense = net,
                              .data = data,
                              .recipe = &p->recipe,
                              .backend = &cpu_dense_backend,
                              .checkpoint = p->checkpoint.s,
                              .checkpoint_s = options_real(o, "checkpoint-seconds"),
                              .hook = show,
                              .ctx = p};
    TRY(point_facts_of(&p->trial, &p->facts));
    p->points = (struct points){.net = net,
                                .measure = measure,
                                .ctx = p,
                                .id = p->facts.id,
                                .journal = p->journal.s,
                                .resume = 1};
    p->facts.run_id = p->run.run_id;
    p->facts.machine = &p->run.machine;
    TRY(points_open(&p->points));
    interrupt_catch();
    progress_begin(&p->progress, "prune");
    return OK;
}

void prune_points_close(struct prune_points *p)
{
    points_close(&p->points);
    case_context_release(&p->run);
    rows_release(&p->rows);
    strbuf_release(&p->journal);
    strbuf_release(&p->checkpoint);
}

enum status prune_points_tell(struct prune_points *p, struct row *row, size_t left,
                              const struct strbuf *line)
{
    const char *csv = options_text(p->options, "csv");
    enum status s = strbuf_check(line);
    p->done++;
    p->left = left;
    if (s == OK && csv != NULL && !rowfile_has_key(&p->rows, row_get_text(row, COL_case_key)))
        s = rowfile_append(csv, row);
    row_clear(row);
    if (s != OK || options_flag(p->options, "quiet"))
        return s;
    progress_end(&p->progress, "%s", "");
    printf("%s\n", line->s);
    return fflush(stdout) == 0 ? OK : fail(E_IO, "standard output: cannot write");
}
