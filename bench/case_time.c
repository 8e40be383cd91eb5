#include "bench/case_time.h"

#include "bench/bandwidth.h"
#include "bench/case_device.h"
#include "bench/case_row.h"
#include "bench/measure.h"
#include "bench/timed.h"

#include <stdio.h>
#include <string.h>

/* What a case is measured with. Roles may share one side: dense:f32 is its own baseline. */
enum role { OWN, BASE, SAME, LOAD, N_ROLES };

struct contest {
    const struct timing *t;
    struct lstm_plan *plan[LOAD];
    struct timed_plan timed[LOAD];
    struct load_loop load;
    int of[N_ROLES]; /* the side of each role, -1: none */
    struct measure_side side[N_ROLES];
    struct measured measured[N_ROLES];
    size_t n;
};

static void add_side(struct contest *k, enum role role, enum status (*call)(void *), void *ctx)
{
    k->of[role] = (int)k->n;
    k->side[k->n++] = (struct measure_side){call, ctx};
}

static enum status add_plan(struct contest *k, enum role role, const struct lstm_backend *backend,
                            enum precision precision)
{
    const struct bench_case *c = k->t->c;
    const struct lstm_net *net = &k->t->net->lstm;
    struct lstm_options o = {.precision = precision,
                             .max_batch = c->batch,
                             .max_steps = c->steps,
                             .threads = c->threads,
                             .pin = c->pinned,
                             .device = k->t->device,
                             .quant = quant_needed(precision) ? k->t->quant : NULL};
    if (c->pinned && c->threads > 1 && backend->foreign)
        return fail(E_UNSUPPORTED,
                    "backend %s: --pin does not reach its threads, which would share a processor",
                    backend->name);
    TRY(lstm_prepare(backend, net, &o, &k->plan[role]));
    TRY(timed_plan_init(&k->timed[role], net, k->plan[role], c->batch, c->steps));
    add_side(k, role, c->gates ? timed_gates : timed_step, &k->timed[role]);
    return OK;
}

static enum status add_baselines(struct contest *k)
{
    enum precision p = k->t->c->precision;
    int is_dense = k->t->backend == &cpu_dense_backend;
    if (is_dense && p == PREC_F32)
        k->of[BASE] = k->of[OWN];
    else
        TRY(add_plan(k, BASE, &cpu_dense_backend, PREC_F32));
    if (is_dense || p == PREC_F32) {
        k->of[SAME] = is_dense ? k->of[OWN] : k->of[BASE];
        return OK;
    }
    enum status s = add_plan(k, SAME, &cpu_dense_backend, p);
    return s == E_ABSENT || s == E_UNSUPPORTED ? OK : s;
}

/* Bytes of weights and indices that one call streams for one sample. */
static double bytes_of(const struct contest *k, enum role role)
{
    struct lstm_facts f;
    const struct timed_plan *t = k->side[k->of[role]].ctx;
    lstm_facts(t->plan, &f);
    return k->t->c->gates ? f.gate_bytes : f.weight_bytes + f.index_bytes;
}

static enum status add_load(struct contest *k)
{
    TRY(load_loop_init(&k->load, bytes_of(k, OWN), k->t->c->threads));
    add_side(k, LOAD, load_loop_call, &k->load);
    return OK;
}

static const struct measured *measured(const struct contest *k, enum role role)
{
    return k->of[role] < 0 ? NULL : &k->measured[k->of[role]];
}

/* What a step does, for a model; of gates alone a plan does not tell. */
static enum status add_bounds(const struct contest *k, const struct energy_model *model,
                              struct row *row)
{
    const struct bench_case *c = k->t->c;
    struct lstm_facts f;
    lstm_facts(k->plan[OWN], &f);
    const double bytes = f.weight_bytes + f.index_bytes;
    const struct energy_work w = {
        .least_macs = (double)lstm_n_kept(&k->t->net->lstm) * c->batch,
        .macs = f.macs * c->batch,
        .bytes = bytes,
        .seconds = 1e-6 * k->measured[k->of[OWN]].step_us.median,
        .threads = c->threads,
        .precision = c->precision,
        .memory = strcmp(cache_level_of(bytes), "memory") != 0 ? ENERGY_CACHE : ENERGY_DRAM};
    struct energy_bounds b = energy_model_bounds(model, &w);
    return c->gates ? OK : case_row_bounds(row, energy_name(k->t->energy), &b);
}

/* Energy is read over calls of the case alone, after the clock has stopped. */
static enum status add_energy(const struct contest *k, struct row *row, char *note)
{
    struct energy *e = k->t->energy;
    const struct measure_side *own = &k->side[k->of[OWN]];
    struct energy_used used;
    size_t n = strlen(note);
    if (energy_model(e) != NULL)
        return add_bounds(k, energy_model(e), row);
    enum status s = energy_measure(e, own->call, own->ctx, k->t->c->seconds, &used);
    if (s == E_UNSUPPORTED) {
        snprintf(note + n, CASE_TIME_NOTE - n, "; %s", status_message());
        return row_set_text(row, COL_energy_source, "none");
    }
    return s == OK ? case_row_energy(row, k->t->c, energy_name(e), &used) : s;
}

static enum status fill(const struct contest *k, struct row *row, char *note)
{
    const struct lstm_plan *own = k->plan[OWN];
    const struct timed_plan *base = k->side[k->of[BASE]].ctx;
    struct case_latency l = {.own = measured(k, OWN),
                             .base = measured(k, BASE),
                             .same = measured(k, SAME),
                             .load = measured(k, LOAD),
                             .is_random = k->t->is_random};
    snprintf(l.baseline, sizeof l.baseline, "dense:%s:f32", lstm_variant(base->plan));
    lstm_facts(own, &l.facts);
    snprintf(note, CASE_TIME_NOTE, "weights in %s", cache_level_of(bytes_of(k, OWN)));
    if (base->plan != own)
        snprintf(note, CASE_TIME_NOTE, "weights in %s, those of dense:f32 in %s",
                 cache_level_of(bytes_of(k, OWN)), cache_level_of(bytes_of(k, BASE)));
    TRY(row_set_text(row, COL_variant, lstm_variant(own)));
    TRY(case_row_latency(row, k->t->net, k->t->c, &l));
    return add_energy(k, row, note);
}

static void forget(struct contest *k)
{
    for (size_t i = 0; i < k->n; i++)
        measured_release(&k->measured[i]);
}

static void release(struct contest *k)
{
    for (int i = 0; i < LOAD; i++) {
        timed_plan_release(&k->timed[i]);
        lstm_release(k->plan[i]);
    }
    forget(k);
    load_loop_release(&k->load);
}

/* The load loop, the last side, is no part of a speed-up and not judged. */
static enum status measure_judged(struct contest *k, char unmet[VALIDITY_TEXT])
{
    const struct bench_case *c = k->t->c;
    struct measure_options o = {c->steps, c->seconds, c->cold};
    size_t n_judged = k->n - (k->of[LOAD] >= 0);
    struct conditions seen;
    enum status s = OK;
    unmet[0] = '\0';
    for (int i = 0; i < CASE_TIME_ATTEMPTS; i++) {
        forget(k);
        s = measure_sides(k->side, k->n, &o, k->measured, &seen);
        if (s != OK || !k->t->judged || validity_check(k->measured, n_judged, &seen, unmet))
            break;
    }
    return s;
}

enum status case_time(const struct timing *t, struct row *row, struct case_timed *out)
{
    const struct bench_case *c = t->c;
    struct contest k = {.t = t, .of = {-1, -1, -1, -1}};
    *out = (struct case_timed){{0}, {0}};
    if (c->gates && (c->batch != 1 || c->steps != 1))
        return fail(E_UNSUPPORTED,
                    "scope gates is one sample and one step (not batch %d, %d steps)", c->batch,
                    c->steps);
    enum status s = add_plan(&k, OWN, t->backend, c->precision);
    if (s == OK && case_device_is(k.plan[OWN])) {
        s = case_device(t, k.plan[OWN], row, out->note);
        release(&k);
        return s;
    }
    if (s == OK)
        s = add_baselines(&k);
    if (s == OK && c->gates)
        s = add_load(&k);
    if (s == OK)
        s = measure_judged(&k, out->unmet);
    if (s == OK)
        s = fill(&k, row, out->note);
    release(&k);
    return s;
}
