/* test_search.c - the search on landscapes and nets with a known answer, stopped and resumed; the
 * sensitivity curves; the journal behind both. */
#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "model/allocate.h"
#include "model/search.h"
#include "model/sensitivity.h"
#include "model/weights.h"
#include "tests/scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct scratch tmp;

static void setup(void)
{
    scratch_make(&tmp);
}

static void teardown(void)
{
    scratch_remove(&tmp);
}

TestSuite(search, .init = setup, .fini = teardown);

static struct net *make(int n_in, int n_hid, int n_layers)
{
    struct net_shape shape = {.n_in = n_in, .n_layers = n_layers};
    struct net *net;
    for (int l = 0; l < n_layers; l++)
        shape.n_hid[l] = n_hid;
    cr_assert_eq(net_new(&shape, &net), OK);
    return net;
}

/* A landscape over S_x: a valley at `x`, or as `kind` says. Counts what is asked, stops when
 * told. */
struct world {
    const struct net *net;
    double x[4];
    enum { VALLEY, FLAT, BROKEN, ALL_BROKEN, NOT_A_NUMBER, ENERGY } kind;
    int asked, stop_at;
    struct search_point told[200];
    size_t n_told;
};

/* What is lost with the pruned weights: the squares of a real net. */
static double lost_energy(const struct net *net, const struct prune_spec *spec)
{
    struct net *cut;
    double sum = 0;
    cr_assert_eq(net_copy(net, &cut), OK);
    cr_assert_eq(prune_net(cut, spec), OK);
    for (size_t i = 0; i < net->n_data; i++)
        sum += (double)(net->data[i] - cut->data[i]) * (double)(net->data[i] - cut->data[i]);
    net_release(cut);
    return sum;
}

static enum status measure(void *ctx, const struct prune_spec *spec, int retrain,
                           struct points_value *out)
{
    struct world *w = ctx;
    double sum = 0;
    if (++w->asked == w->stop_at)
        return fail(E_INTERRUPTED, "interrupted");
    for (int l = 0; l < w->net->lstm.n_layers; l++)
        sum += pow(prune_share(spec, PARAM_W_X, l) - w->x[l], 2);
    out->loss = w->kind == FLAT ? 4 : w->kind == ENERGY ? lost_energy(w->net, spec) : 3 + sum;
    if (w->kind == NOT_A_NUMBER && spec->s_x < spec->s_h)
        out->loss = NAN;
    if (w->kind == ALL_BROKEN || (w->kind == BROKEN && spec->s_x > spec->s_h))
        return fail(E_NUMERIC, "training diverged");
    return OK;
}

static enum status tell(void *ctx, const struct search_point *p)
{
    struct world *w = ctx;
    cr_assert_lt(w->n_told, 200);
    cr_assert_eq(p->number, w->n_told + 1);
    cr_assert_leq(p->kept, p->budget);
    cr_assert_eq(p->kept, prune_asked(w->net, &p->spec));
    w->told[w->n_told++] = *p;
    return OK;
}

static enum status search(struct world *w, struct search_job job, const char *journal, int resume,
                          struct search_result *r)
{
    struct points points = {.net = w->net,
                            .measure = measure,
                            .ctx = w,
                            .id = "id",
                            .journal = journal,
                            .resume = resume};
    job.pattern.kind = PATTERN_ROW;
    job.point = tell;
    job.ctx = w;
    enum status s = points_open(&points);
    if (s == OK)
        s = search_run(&points, &job, r);
    points_close(&points);
    return s;
}

Test(search, walks_to_the_valley)
{
    struct net *net = make(200, 200, 2);
    static const double valley[] = {.71, .93, .8, .75, .86};
    for (int i = 0; i < 5; i++) {
        struct world w = {.net = net, .x = {valley[i], valley[i]}};
        struct search_result r;
        cr_assert_eq(search(&w, (struct search_job){.overall = .8}, NULL, 0, &r), OK);
        cr_assert_leq(fabs(r.best.s_x - valley[i]), .0125 / 2 + 1e-9, "%g: %g", valley[i],
                      r.best.s_x);
        cr_assert_eq(r.is_dual, valley[i] != .8);
        cr_assert(r.one.s_x == .8 && r.one.s_h == .8 && r.loss <= r.loss_one);
        cr_assert_eq(r.budget, 128000);
        cr_assert_eq(prune_asked(net, &r.best), 128000); /* whole counts of 200 meet it exactly */
        cr_assert_eq(w.n_told, r.points);
        cr_assert_eq((size_t)w.asked, r.points); /* nothing is measured twice */
        cr_assert(w.told[0].alpha == 0 && w.told[1].alpha == .05 && w.told[1].spec.s_x == .75 &&
                  w.told[2].spec.s_x == .85);
        cr_assert_eq(w.told[r.points - 1].alpha, .0125);
    }
    net_release(net);
}

Test(search, no_dual_ratio_where_there_is_none)
{
    struct net *net = make(200, 200, 2);
    static const int kind[] = {FLAT, VALLEY, BROKEN};
    for (int i = 0; i < 3; i++) {
        struct world w = {.net = net, .x = {.9, .9}};
        struct search_result r;
        w.kind = kind[i];
        cr_assert_eq(search(&w, (struct search_job){.overall = .9}, NULL, 0, &r), OK);
        cr_assert_eq(r.is_dual, 0);
        cr_assert(r.best.s_x == .9 && r.best.s_h == .9 && r.loss == r.loss_one);
        cr_assert_eq(r.points, 7); /* the start and three times two steps */
    }
    net_release(net);
}

/* A point that diverges, or whose loss is NaN, is the worst of all; the search goes on. */
Test(search, points_without_a_loss)
{
    struct net *net = make(200, 200, 1);
    struct world w = {.net = net, .x = {.7}, .kind = NOT_A_NUMBER};
    struct search_result r;
    cr_assert_eq(search(&w, (struct search_job){.overall = .8}, NULL, 0, &r), OK);
    cr_assert(r.best.s_x == .8 && !r.is_dual && isinf(w.told[1].loss) && !w.told[1].is_best);
    w = (struct world){.net = net, .x = {.9}, .kind = NOT_A_NUMBER};
    cr_assert_eq(search(&w, (struct search_job){.overall = .8}, NULL, 0, &r), OK);
    cr_assert(r.is_dual && fabs(r.best.s_x - .9) < .01);
    w = (struct world){.net = net, .kind = ALL_BROKEN};
    cr_assert_eq(search(&w, (struct search_job){.overall = .8}, NULL, 0, &r), E_NUMERIC);
    cr_assert_str_eq(status_message(), "no point of the search has a finite loss");
    net_release(net);
}

/* Each layer finds its own valley and keeps its own share. */
Test(search, by_layer)
{
    struct net *net = make(100, 100, 3);
    struct world w = {.net = net, .x = {.71, .8, .9}};
    struct search_result r;
    cr_assert_eq(search(&w, (struct search_job){.overall = .8, .by_layer = 1}, NULL, 0, &r), OK);
    cr_assert_eq(r.best.n_layers, 3);
    for (int l = 0; l < 3; l++) {
        cr_assert_leq(fabs(r.best.layer[l].x - w.x[l]), .0125 / 2 + 1e-9);
        cr_assert_leq(allocate_asked(net, &r.best, l), 400 * 2 * 20);
        cr_assert_geq(allocate_asked(net, &r.best, l), 400 * (2 * 20 - 1));
    }
    cr_assert(r.is_dual);
    net_release(net);
}

Test(search, grid_of_multipliers)
{
    struct net *net = make(64, 64, 1);
    struct world w = {.net = net, .x = {.9}};
    struct search_result r;
    cr_assert_eq(search(&w, (struct search_job){.overall = .75, .multipliers = 16}, NULL, 0, &r),
                 OK);
    cr_assert(w.told[0].split_x == 0 && w.told[1].split_x == 1 && w.told[1].split_h == 15);
    for (size_t i = 1; i < w.n_told; i++) {
        const struct search_point *p = &w.told[i];
        cr_assert_eq(prune_keep_count(64, p->spec.layer[0].x), p->times * p->split_x);
        cr_assert_eq(prune_keep_count(64, p->spec.layer[0].h), p->times * p->split_h);
        cr_assert_eq(p->split_x + p->split_h, 16);
    }
    cr_assert_eq(prune_keep_count(64, r.best.layer[0].x), 6); /* 32 a row: 2*3 and 2*13 */
    cr_assert(r.is_dual);
    w = (struct world){.net = net, .x = {.75}};
    cr_assert_eq(search(&w, (struct search_job){.overall = .75, .multipliers = 16}, NULL, 0, &r),
                 OK);
    cr_assert(!r.is_dual && prune_keep_count(64, prune_share(&r.best, PARAM_W_X, 0)) == 16);
    w = (struct world){.net = net};
    cr_assert_eq(search(&w, (struct search_job){.overall = .9, .multipliers = 100}, NULL, 0, &r),
                 E_USAGE);
    net_release(net);
}

/* A net whose rows hold 32 weights in W_x and 8 in W_h, the rest near zero: keeping 40 a row, the
 * best are just these. And one whose W_h is its W_x: nothing is better than one ratio. */
Test(search, constructed_nets)
{
    struct net *net = make(40, 40, 2);
    struct rng r;
    rng_seed(&r, 1, 1);
    for (int m = 0; m < 4; m++) {
        const struct param *p = net_param(net, m % 2 ? PARAM_W_H : PARAM_W_X, m / 2);
        uint32_t order[40];
        for (int row = 0; row < p->rows; row++) {
            rng_permute(&r, order, 40);
            for (int j = 0; j < 40; j++)
                net->data[p->at + (size_t)row * 40 + order[j]] =
                    (j < (m % 2 ? 8 : 32) ? 1 : 1e-3f) * (row % 2 ? 1 : -1);
        }
    }
    struct world w = {.net = net, .kind = ENERGY};
    struct search_result s;
    cr_assert_eq(search(&w, (struct search_job){.overall = .5}, NULL, 0, &s), OK);
    cr_assert(s.is_dual && prune_keep_count(40, s.best.s_x) == 32 &&
              prune_keep_count(40, s.best.s_h) == 8);
    for (int l = 0; l < 2; l++) {
        float *x = net->data + net_param(net, PARAM_W_X, l)->at;
        rng_uniform(&r, x, (size_t)160 * 40, -1, 1);
        memcpy(net->data + net_param(net, PARAM_W_H, l)->at, x, (size_t)160 * 40 * sizeof *x);
    }
    w = (struct world){.net = net, .kind = ENERGY};
    cr_assert_eq(search(&w, (struct search_job){.overall = .75}, NULL, 0, &s), OK);
    cr_assert(!s.is_dual && s.best.s_x == .75 && s.best.s_h == .75);
    net_release(net);
}

static void same_story(const struct world *a, const struct world *b)
{
    cr_assert_eq(a->n_told, b->n_told);
    for (size_t i = 0; i < a->n_told; i++) {
        const struct search_point *p = &a->told[i], *q = &b->told[i];
        cr_assert(memcmp(&p->loss, &q->loss, sizeof p->loss) == 0);
        cr_assert(p->spec.s_x == q->spec.s_x && p->spec.s_h == q->spec.s_h);
        cr_assert(p->is_best == q->is_best && p->left == q->left && p->alpha == q->alpha);
    }
}

/* Stopped at every point, and once more with a torn last line: the same story, nothing measured
 * twice. */
Test(search, stopped_and_resumed)
{
    struct net *net = make(200, 200, 2);
    struct world whole = {.net = net, .x = {.71, .71}};
    struct search_job job = {.overall = .8};
    struct search_result r, again;
    const char *path = scratch_path(&tmp, "journal");
    cr_assert_eq(search(&whole, job, NULL, 0, &r), OK);
    for (int torn = 0; torn < 2; torn++) {
        file_remove(path);
        for (int stop = 1; stop <= (int)r.points; stop++) {
            struct world part = {.net = net, .x = {.71, .71}, .stop_at = 2};
            if (stop == 1)
                part.stop_at = 1;
            cr_assert_eq(search(&part, job, path, 1, &again), E_INTERRUPTED);
            if (torn) {
                FILE *f = fopen(path, "a");
                cr_assert(f != NULL && fputs("0x1.8p+1 row 17;33", f) >= 0 && fclose(f) == 0);
            }
        }
        struct world last = {.net = net, .x = {.71, .71}};
        cr_assert_eq(search(&last, job, path, 1, &again), OK);
        cr_assert_eq(last.asked, 1);
        cr_assert(last.told[0].was_known && !last.told[r.points - 1].was_known);
        same_story(&whole, &last);
        cr_assert(again.loss == r.loss && again.best.s_x == r.best.s_x && again.points == r.points);
    }
    struct world fresh = {.net = net, .x = {.71, .71}}; /* without --resume it begins anew */
    cr_assert_eq(search(&fresh, job, path, 0, &again), OK);
    cr_assert_eq((size_t)fresh.asked, r.points);
    net_release(net);
}

Test(search, journals_that_do_not_fit)
{
    const char *path = scratch_path(&tmp, "journal");
    struct journal j;
    double v;
    cr_assert_eq(journal_open(path, "id", 1, &j), OK);
    cr_assert_eq(journal_add(&j, "id", "a b", 0.1), OK);
    cr_assert_eq(journal_add(&j, "id", "c", INFINITY), OK);
    journal_release(&j);
    cr_assert_eq(journal_open(path, "id", 1, &j), OK);
    cr_assert(journal_find(&j, "a b", &v) && v == 0.1 && journal_find(&j, "c", &v) && isinf(v));
    cr_assert_not(journal_find(&j, "a", &v));
    journal_release(&j);
    cr_assert_eq(journal_open(path, "other", 1, &j), E_USAGE);
    cr_assert_not_null(strstr(status_message(), "the journal of another job"));
    journal_release(&j);
    static const struct {
        const char *text, *part;
    } bad[] = {{"anything\n", "journal:1: not a journal"},
               {"brds-journal 1 id\nx\n", "journal:2: not a number and a name"},
               {"brds-journal 1 id\n1 \n", "journal:2: "},
               {"brds-journal 1 id\n1 a\n\n", "journal:3: "}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_assert_eq(file_write(path, bad[i].text, strlen(bad[i].text)), OK);
        cr_assert_eq(journal_open(path, "id", 1, &j), E_FORMAT);
        cr_assert_not_null(strstr(status_message(), bad[i].part), "%s", status_message());
        journal_release(&j);
    }
    cr_assert_eq(file_write(path, "brds-journal 1 id\n1 \0\n", 22), OK);
    cr_assert_eq(journal_open(path, "id", 1, &j), E_FORMAT);
    journal_release(&j);
    cr_assert_eq(file_write(path, "brds-jour", 9), OK); /* killed at the first write */
    cr_assert_eq(journal_open(path, "id", 1, &j), OK);
    cr_assert_eq(j.n, 0);
    journal_release(&j);
}

/* Sensitivity: the loss is 1 + share of W_x + 2 * share of W_h that is gone, .5 less retrained. */
struct curves {
    const struct net *net;
    struct sensitivity_point told[100];
    size_t n;
    int asked;
};

static enum status linear(void *ctx, const struct prune_spec *spec, int retrain,
                          struct points_value *out)
{
    struct curves *c = ctx;
    out->loss = 1 - .5 * retrain;
    c->asked++;
    for (int l = 0; l < c->net->lstm.n_layers; l++)
        out->loss +=
            prune_share(spec, PARAM_W_X, l) + 2 * prune_share(spec, PARAM_W_H, l) * (l + 1);
    return OK;
}

static enum status note(void *ctx, const struct sensitivity_point *p)
{
    struct curves *c = ctx;
    c->told[c->n++] = *p;
    return OK;
}

Test(search, sensitivity_of_each_matrix)
{
    struct net *net = make(40, 40, 2);
    struct curves c = {.net = net};
    struct points points = {.net = net, .measure = linear, .ctx = &c, .id = "id"};
    struct sensitivity_job job = {
        .pattern = {.kind = PATTERN_ROW}, .by_layer = 1, .point = note, .ctx = &c};
    cr_assert_eq(points_open(&points), OK);
    cr_assert_eq(sensitivity_run(&points, &job), OK);
    cr_assert_eq(c.n, 3 * 2 * 2 * 6); /* all, layer 0, layer 1; x and h; as is and retrained */
    cr_assert_eq(c.asked, (int)c.n + 2);
    for (size_t i = 0; i < c.n; i++) {
        const struct sensitivity_point *p = &c.told[i];
        int layers = p->layer < 0 ? 2 : 1, x = p->kind == PARAM_W_X;
        double weight = x ? layers : p->layer < 0 ? 6 : 2 * (p->layer + 1);
        cr_assert(p->s == sensitivity_levels[i % 6] && p->retrained == (int)(i / 6 % 2));
        cr_assert(p->dense.loss == 1 && p->continued.loss == .5);
        cr_assert_float_eq(p->rise, weight * p->s + (p->retrained ? 0 : .5), 1e-9);
        cr_assert_eq(p->removed, (size_t)layers * 160 * (size_t)(40 - prune_keep_count(40, p->s)));
        cr_assert(p->all == 72 && p->done == i + 1);
    }
    points_close(&points);
    net_release(net);
}
