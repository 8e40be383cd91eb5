#include "bench/case_run.h"

#include "base/clock.h"
#include "base/cpu.h"
#include "base/mem.h"
#include "bench/case_row.h"
#include "bench/case_time.h"
#include "brds/registry.h"
#include "model/calibrate.h"
#include "model/score.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum status case_context_init(struct case_context *x, const char *energy)
{
    char utc[32], hex[HASH_HEX], text[96];
    x->net_index = x->quant_index = -1;
    snprintf(text, sizeof text, "%s %ld %lld", clock_utc(utc), (long)getpid(),
             (long long)clock_ns());
    TRY(hash_bytes(text, strlen(text), hex));
    snprintf(x->run_id, sizeof x->run_id, "%.12s", hex);
    return energy_open("", energy != NULL ? energy : "auto", &x->energy);
}

void case_context_release(struct case_context *x)
{
    net_release(x->net);
    energy_release(x->energy);
    mem_free(x->known);
}

static enum status tell(struct case_context *x, double fraction, const char *what)
{
    return x->progress != NULL ? x->progress(x->ctx, fraction, what) : OK;
}

/* Training is nearly all of a case that trains: it moves the bar to 80 %. */
static enum status on_training(void *ctx, const char *weights, const struct train_point *p)
{
    char what[96];
    snprintf(what, sizeof what, "train %.24s: epoch %d, loss %.3f, %.0f words/s", weights, p->epoch,
             p->loss, p->tokens_per_s);
    return tell(ctx, 0.8 * p->fraction, what);
}

static enum status on_scoring(void *ctx, double fraction)
{
    return tell(ctx, 0.8 + 0.15 * fraction, "score");
}

void case_context_hook(struct case_context *x)
{
    x->nets.hook = on_training;
    x->nets.ctx = x;
}

/* The net of weights `i`, kept until another is asked for. */
static enum status use_net(struct case_context *x, int i, const struct net **out)
{
    if (x->net_index != i) {
        net_release(x->net);
        x->net = NULL;
        x->net_index = -1;
        case_context_hook(x);
        TRY(nets_get(&x->nets, i, &x->net));
        x->net_index = i;
    }
    *out = x->net;
    return OK;
}

static int score_threads(void)
{
    return cpu_count() < 2 ? 1 : 2;
}

/* The calibration of weights `i` that a precision needs, measured once; NULL for the others. */
static enum status use_quant(struct case_context *x, int i, enum precision precision,
                             const struct quant **out)
{
    const struct net *net;
    *out = NULL;
    if (!quant_needed(precision))
        return OK;
    if (x->quant_index != i) {
        TRY(use_net(x, i, &net));
        x->quant_index = -1;
        if (x->nets.list->weights[i].is_random)
            random_net_quant(net, &x->quant);
        else
            TRY(calibrate_lm(net, x->nets.data, CALIBRATE_TOKENS, score_threads(), &x->quant));
        x->quant_index = i;
    }
    *out = &x->quant;
    return OK;
}

/* What weights `i` score on the dense backend in f32. */
static enum status dense_score(struct case_context *x, int i, enum split split, size_t max_tokens,
                               double *value)
{
    const struct net *net;
    struct score score;
    struct score_options o = {.backend = &cpu_dense_backend,
                              .threads = score_threads(),
                              .max_tokens = max_tokens,
                              .hook = on_scoring,
                              .ctx = x};
    for (size_t k = 0; k < x->n_known; k++) {
        const struct known_score *s = &x->known[k];
        if (s->weights == i && s->split == split && s->max_tokens == max_tokens) {
            *value = s->value;
            return OK;
        }
    }
    TRY(use_net(x, i, &net));
    TRY(score_lm(net, x->nets.data, split, &o, &score));
    TRY(mem_grow(&x->known, x->n_known, x->n_known + 1, sizeof *x->known));
    x->known[x->n_known++] = (struct known_score){i, split, max_tokens, score.value};
    *value = score.value;
    return OK;
}

static enum status add_score(struct case_context *x, const struct bench_case *c,
                             const struct lstm_backend *backend, struct row *row)
{
    const struct bench_weights *w = &x->nets.list->weights[c->weights];
    const struct net *net;
    struct score score;
    struct score_options o = {.backend = backend,
                              .precision = c->precision,
                              .device = c->device[0] != '\0' ? c->device : NULL,
                              .threads = score_threads(),
                              .max_tokens = c->max_tokens,
                              .hook = on_scoring,
                              .ctx = x};
    double valid = NAN, dense = NAN;
    TRY(dense_score(x, c->weights, SPLIT_VALID, 0, &valid));
    if (w->control >= 0)
        TRY(dense_score(x, w->control, c->split, c->max_tokens, &dense));
    TRY(use_net(x, c->weights, &net));
    TRY(use_quant(x, c->weights, c->precision, &o.quant));
    TRY(score_lm(net, x->nets.data, c->split, &o, &score));
    if (o.quant != NULL)
        TRY(row_set_int(row, COL_saturations, (int64_t)score.facts.saturations));
    return case_row_score(row, &score, valid, dense);
}

static enum status add_latency(struct case_context *x, const struct bench_case *c,
                               const struct lstm_backend *backend, struct row *row)
{
    struct timing t = {.c = c,
                       .backend = backend,
                       .is_random = x->nets.list->weights[c->weights].is_random,
                       .device = c->device[0] != '\0' ? c->device : NULL,
                       .energy = x->energy,
                       .judged = x->judged};
    TRY(use_quant(x, c->weights, c->precision, &t.quant));
    TRY(use_net(x, c->weights, &t.net));
    return case_time(&t, row, &x->timed);
}

/* Everything that can fail; what is known so far is in the row when it does. */
static enum status fill(struct case_context *x, const struct bench_case *c, struct row *row)
{
    const struct lstm_backend *backend;
    const struct net *net;
    TRY(registry_find(c->backend, &backend));
    TRY(tell(x, 0, c->name));
    TRY(use_net(x, c->weights, &net));
    TRY(case_row_net(row, net, &x->nets, c));
    if (!c->gates && !x->nets.list->weights[c->weights].is_random)
        TRY(add_score(x, c, backend, row));
    TRY(tell(x, 0.95, c->name));
    return add_latency(x, c, backend, row);
}

/* All that the command line may change about a case is said again. */
static enum status add_repro(const struct case_context *x, const struct bench_case *c,
                             struct row *row)
{
    const struct bench_weights *w = &x->nets.list->weights[c->weights];
    struct strbuf b = {0};
    strbuf_addf(&b, "brds bench %s --only '%s' --backend %s --precision %s --batch %d --steps %d",
                x->suite, c->name, c->backend, precision_name(c->precision), c->batch, c->steps);
    strbuf_addf(&b, " --seed %llu --threads %d%s%s%s", (unsigned long long)w->recipe.seed,
                c->threads, c->cold ? " --cold" : "", c->pinned ? " --pin" : "",
                x->quick ? " --quick" : "");
    if (c->device[0] != '\0')
        strbuf_addf(&b, " --device '%s'", c->device);
    enum status s = strbuf_check(&b);
    if (s == OK)
        s = row_set_text(row, COL_repro, b.s);
    strbuf_release(&b);
    return s;
}

static enum status add_frame(struct case_context *x, const struct bench_case *c, struct row *row)
{
    char utc[32];
    const struct bench_weights *w = &x->nets.list->weights[c->weights];
    TRY(add_repro(x, c, row));
    TRY(machine_fill(&x->machine, row));
    TRY(row_set_text(row, COL_run_id, x->run_id));
    TRY(row_set_text(row, COL_utc, clock_utc(utc)));
    return case_row_asked(row, c, w, x->nets.data);
}

/* Adds a part of a note. */
static void note_add(struct strbuf *note, const char *part)
{
    if (*part != '\0')
        strbuf_addf(note, "%s%s", note->n != 0 ? "; " : "", part);
}

/* The tier that a case belongs to, "tier:A", if its suite has tiers. */
static void note_tier(struct strbuf *note, const struct bench_case *c)
{
    char word[SUITE_WORD];
    for (size_t i = 0; suite_word(c->tag, i, word); i++)
        if (strncmp(word, "tier:", 5) == 0)
            note_add(note, word);
}

/* Status and note. */
static enum status conclude(const struct case_context *x, const struct bench_case *c,
                            enum status outcome, struct row *row)
{
    struct strbuf note = {0};
    char part[128] = "";
    int skip = outcome == E_UNSUPPORTED || outcome == E_ABSENT;
    int invalid = outcome == OK && x->timed.unmet[0] != '\0';
    if (c->max_tokens != 0)
        snprintf(part, sizeof part, "metric_value over the first %zu tokens", c->max_tokens);
    note_add(&note, x->quick ? "quick" : "");
    note_tier(&note, c);
    note_add(&note, outcome == OK ? part : status_message());
    if (invalid)
        strbuf_addf(&note, "%slatency invalid: %s", note.n != 0 ? "; " : "", x->timed.unmet);
    note_add(&note, outcome == OK ? x->timed.note : "");
    enum status s = strbuf_check(&note);
    if (s == OK)
        s = row_set_text(row, COL_status,
                         invalid         ? "invalid"
                         : outcome == OK ? "ok"
                         : skip          ? "skip"
                                         : "fail");
    if (s == OK)
        s = row_set_text(row, COL_note, note.s);
    strbuf_release(&note);
    return s;
}

enum status case_run(struct case_context *x, const struct bench_case *c, struct row *row)
{
    TRY(add_frame(x, c, row));
    enum status outcome = fill(x, c, row);
    TRY(conclude(x, c, outcome, row));
    return outcome;
}
