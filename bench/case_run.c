#include "bench/case_run.h"

#include "base/clock.h"
#include "base/cpu.h"
#include "base/mem.h"
#include "bench/case_row.h"
#include "bench/case_score.h"
#include "bench/case_time.h"
#include "bench/case_use.h"
#include "brds/registry.h"

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
    case_score_release(x);
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

void case_context_hook(struct case_context *x)
{
    x->nets.hook = on_training;
    x->nets.ctx = x;
}

static enum status add_latency(struct case_context *x, const struct bench_case *c,
                               const struct lstm_backend *backend, struct row *row)
{
    struct timing t = {.c = c,
                       .backend = backend,
                       .is_random = x->nets.list->weights[c->weights].is_random,
                       .device = bench_case_device(c),
                       .energy = x->energy,
                       .judged = x->judged};
    if (x->net->lstm.n_layers == 0) {
        snprintf(x->timed.note, sizeof x->timed.note, "no LSTM, so no latency");
        return OK;
    }
    TRY(case_use_quant(x, c->weights, c->precision, &t.quant));
    TRY(case_use_net(x, c->weights, &t.net));
    return case_time(&t, row, &x->timed);
}

/* Everything that can fail; what is known so far is in the row when it does. */
static enum status fill(struct case_context *x, const struct bench_case *c, struct row *row)
{
    const struct lstm_backend *backend;
    const struct net *net;
    TRY(registry_find(c->backend, &backend));
    TRY(tell(x, 0, c->name));
    TRY(case_use_net(x, c->weights, &net));
    TRY(case_row_net(row, net, &x->nets, c));
    if (!c->gates && !x->nets.list->weights[c->weights].is_random)
        TRY(case_score(x, c, backend, row));
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
    return case_row_asked(row, c, w);
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

static void note_folds(struct strbuf *note, const struct bench_weights *w)
{
    char part[128];
    if (w->n_folds <= 1)
        return;
    snprintf(part, sizeof part, "scores pooled over %d folds, weights and latency of the first",
             w->n_folds);
    note_add(note, part);
}

/* Which part of the split max_tokens means. */
static void note_part(struct strbuf *note, const struct bench_case *c,
                      const struct bench_weights *w)
{
    enum task task = w->data != NULL ? w->data->task : TASK_LM;
    char part[128];
    if (c->max_tokens == 0)
        return;
    snprintf(part, sizeof part,
             task == TASK_LM         ? "metric_value over the first %zu tokens"
             : task == TASK_CLASSIFY ? "metric_value over %zu reviews at even distances"
                                     : "metric_value over the first %zu utterances of a fold",
             c->max_tokens);
    note_add(note, part);
}

/* Status and note. */
static enum status conclude(const struct case_context *x, const struct bench_case *c,
                            enum status outcome, struct row *row)
{
    const struct bench_weights *w = &x->nets.list->weights[c->weights];
    struct strbuf note = {0};
    int skip = outcome == E_UNSUPPORTED || outcome == E_ABSENT;
    int invalid = outcome == OK && x->timed.unmet[0] != '\0';
    note_add(&note, x->quick ? "quick" : "");
    note_tier(&note, c);
    note_add(&note, c->unseen ? "without the texts that stand in train too" : "");
    note_folds(&note, w);
    if (outcome == OK)
        note_part(&note, c, w);
    else
        note_add(&note, status_message());
    note_add(&note, outcome == OK ? x->compared : "");
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
    x->compared[0] = '\0';
    x->timed = (struct case_timed){0};
    TRY(add_frame(x, c, row));
    enum status outcome = fill(x, c, row);
    TRY(conclude(x, c, outcome, row));
    return outcome;
}
