#include "bench/runner.h"

#include "base/file.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "bench/case_run.h"
#include "bench/estimate.h"
#include "bench/points_run.h"
#include "bench/sidecar.h"
#include "results/rowfile.h"

#include <stdio.h>
#include <string.h>

/* A suite opened on its data, with what is already done. */
struct session {
    const struct runner_options *o;
    struct suite *suite;
    struct corpora corpora;
    struct bench_list list;
    struct rows done;
    char *cache_dir;
    struct case_context ctx;
    struct progress progress;
    double cost_done, cost_now, cost_all; /* estimated seconds: before, of, and over all cases */
    size_t n_failed, n_invalid;
    struct surroundings around; /* before the first case */
    int has_sidecar;            /* this run stands in it */
};

/* The corpus that [suite] names; *out is NULL if it names none. */
static enum status name_data(struct session *s, struct corpora **out)
{
    const struct suite_section *c = &s->suite->section[0];
    double folds;
    *out = NULL;
    if (strcmp(c->kind, "suite") != 0)
        return fail(E_FORMAT, "%s: begins with [%s] (expected [suite])", s->suite->name, c->kind);
    TRY(suite_number(s->suite, c, "folds", 0, &folds));
    s->corpora = (struct corpora){
        .name = suite_text(c, "dataset", NULL), .data_dir = s->o->data_dir, .folds = (int)folds};
    *out = s->corpora.name != NULL ? &s->corpora : NULL;
    return OK;
}

static enum status session_open(struct session *s, const struct runner_options *o)
{
    struct corpora *corpora;
    double judged;
    *s = (struct session){.o = o};
    TRY(suite_open(o->suite, o->quick, &s->suite));
    TRY(name_data(s, &corpora));
    TRY(suite_number(s->suite, &s->suite->section[0], "judged", 1, &judged));
    TRY(bench_expand(s->suite, corpora, &o->filter, &s->list));
    if (o->out != NULL && file_exists(o->out))
        TRY(rowfile_read(o->out, &s->done));
    if (o->cache_dir != NULL)
        TRY(mem_text(&s->cache_dir, o->cache_dir));
    else
        TRY(file_cache_home(&s->cache_dir));
    s->ctx = (struct case_context){.nets = {s->cache_dir, &s->list, NULL, NULL},
                                   .suite = o->suite,
                                   .quick = o->quick,
                                   .judged = !o->quick && judged != 0};
    machine_read(&s->ctx.machine);
    return case_context_init(&s->ctx, o->energy);
}

static void session_close(struct session *s)
{
    case_context_release(&s->ctx);
    rows_release(&s->done);
    bench_list_release(&s->list);
    corpora_release(&s->corpora);
    suite_release(s->suite);
    mem_free(s->cache_dir);
}

static int is_done(const struct session *s, const struct bench_case *c)
{
    return s->o->retry ? rowfile_has_valid(&s->done, c->key) : rowfile_has_key(&s->done, c->key);
}

/* Seconds of case i with the weights that it is the first to need. */
static double cost_of(const struct session *s, const struct bench_case *c, char *counted)
{
    const struct bench_weights *w = &s->list.weights[c->weights];
    if (c->points >= 0)
        return estimate_points(&s->ctx.nets, c->points, counted);
    double seconds = estimate_weights(&s->ctx.nets, c->weights, counted);
    if (w->control >= 0)
        seconds += estimate_weights(&s->ctx.nets, w->control, counted);
    return seconds + estimate_case(&s->ctx.nets, c);
}

enum status runner_list(const struct runner_options *o, struct strbuf *text)
{
    struct session s;
    char *counted = NULL;
    enum status st = session_open(&s, o);
    if (st == OK)
        st = mem_new(&counted, s.list.n_weights, 1);
    for (size_t i = 0; st == OK && i < s.list.n_cases; i++) {
        const struct bench_case *c = &s.list.cases[i];
        if (is_done(&s, c))
            strbuf_addf(text, "%-48s done\n", c->name);
        else
            strbuf_addf(text, "%-48s about %.0f s\n", c->name, cost_of(&s, c, counted) + 0.5);
    }
    if (st == OK)
        st = strbuf_check(text);
    mem_free(counted);
    session_close(&s);
    return st;
}

static enum status on_progress(void *ctx, double fraction, const char *what)
{
    struct session *s = ctx;
    progress_show(&s->progress, (s->cost_done + fraction * s->cost_now) / s->cost_all, "%s", what);
    return interrupt_pending()
               ? fail(E_INTERRUPTED, "interrupted; the same command goes on from here")
               : OK;
}

/* Appends a row; with the first, the machine's facts go beside the file. */
static enum status append_row(struct session *s, const struct row *row)
{
    struct peaks peaks;
    struct sidecar_run run = {s->ctx.run_id, s->o->suite, &s->ctx.machine, &s->around, NULL};
    TRY(rowfile_append(s->o->out, row));
    if (s->has_sidecar)
        return OK;
    s->has_sidecar = 1;
    if (s->ctx.judged) {
        TRY(peaks_measure(&peaks));
        run.peaks = &peaks;
    }
    return sidecar_add(s->o->out, &run);
}

/* What makes this machine's timings doubtful, once a run, where they matter. */
static void warn_of_machine(const struct session *s)
{
    struct strbuf text = {0};
    surroundings_warn(&s->around, &text);
    for (char *line = text.s, *end; line != NULL && *line != '\0'; line = end + 1) {
        end = strchr(line, '\n');
        *end = '\0';
        log_warn("%s", line);
    }
    strbuf_release(&text);
}

/* A point's row, unless it is there. */
static enum status add_point(void *ctx, struct row *row)
{
    struct session *s = ctx;
    enum status st = OK;
    if (!rowfile_has_key(&s->done, row_get_text(row, COL_case_key)))
        st = append_row(s, row);
    row_clear(row);
    return st;
}

static enum status run_points(struct session *s, const struct bench_case *c)
{
    struct points_outcome outcome;
    const struct points_sink sink = {add_point, s, &s->ctx.machine, s->ctx.run_id, c->tag};
    case_context_hook(&s->ctx);
    enum status st = points_run(&s->ctx.nets, c->points, &sink, &outcome);
    if (st != OK && st != E_INTERRUPTED && st != E_NOMEM) {
        log_warn("%s: %s", c->name, status_message());
        s->n_failed++;
        return OK;
    }
    return st;
}

/* Everything but a signal ends in a row. */
static enum status run_case(struct session *s, const struct bench_case *c)
{
    struct row row = {0};
    enum status st = case_run(&s->ctx, c, &row);
    int failed = st != OK && st != E_UNSUPPORTED && st != E_ABSENT;
    if (st == E_INTERRUPTED || st == E_NOMEM) {
        row_clear(&row);
        return st;
    }
    if (failed)
        log_warn("%s: %s", c->name, status_message());
    s->n_failed += (size_t)failed;
    s->n_invalid += row_is(&row, COL_status, "invalid");
    st = append_row(s, &row);
    row_clear(&row);
    return st;
}

static enum status run_all(struct session *s)
{
    char *counted, *again;
    TRY(mem_new(&counted, s->list.n_weights, 1));
    enum status st = mem_new(&again, s->list.n_weights, 1);
    for (size_t i = 0; st == OK && i < s->list.n_cases; i++)
        if (!is_done(s, &s->list.cases[i]))
            s->cost_all += cost_of(s, &s->list.cases[i], counted);
    for (size_t i = 0; st == OK && i < s->list.n_cases; i++) {
        const struct bench_case *c = &s->list.cases[i];
        if (is_done(s, c))
            continue;
        s->cost_now = cost_of(s, c, again);
        st = c->points >= 0 ? run_points(s, c) : run_case(s, c);
        s->cost_done += s->cost_now;
    }
    mem_free(counted);
    mem_free(again);
    return st;
}

enum status runner_run(const struct runner_options *o)
{
    struct session s;
    enum status st = session_open(&s, o);
    if (st == OK) {
        s.ctx.progress = on_progress;
        s.ctx.ctx = &s;
        progress_begin(&s.progress, s.suite->name);
        interrupt_catch();
        surroundings_read("", &s.around);
        if (s.ctx.judged)
            warn_of_machine(&s);
        st = run_all(&s);
        progress_end(&s.progress, st == OK ? "%zu cases, %zu of them failed" : "", s.list.n_cases,
                     s.n_failed);
        if (s.n_invalid != 0)
            log_warn("%zu latencies are invalid (their rows say why; --retry measures them again)",
                     s.n_invalid);
    }
    if (st == OK && s.n_failed != 0)
        st = fail(E_CHECK, "%s: %zu cases failed (their rows say why)", s.suite->name, s.n_failed);
    session_close(&s);
    return st;
}
