#include "bench/case.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "bench/case_points.h"
#include "bench/case_weights.h"
#include "bench/measure.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CASES = 100000 };

/* Where the expansion of one [run NAME] stands. */
struct expansion {
    const struct suite *suite;
    const struct suite_section *section;
    const struct bench_filter *filter;
    struct bench_list *list;
    size_t cap;
    struct bench_case proto; /* what the loops have fixed so far */
};

static enum status whole(const struct expansion *e, const char *key, const char *word, int *out)
{
    char *end;
    long v = strtol(word, &end, 10);
    if (*end != '\0' || v < 1 || v > 1 << 20)
        return fail(E_USAGE, "%s: [run %s] %s: '%s' is not in 1..%d", e->suite->name,
                    e->section->name, key, word, 1 << 20);
    *out = (int)v;
    return OK;
}

static enum status make_key(const struct expansion *e, struct bench_case *c)
{
    const struct bench_weights *w = &e->list->weights[c->weights];
    struct strbuf b = {0};
    strbuf_addf(
        &b,
        "measure=%d weights=%s backend=%s device=%s precision=%s batch=%d steps=%d threads=%d "
        "cold=%d scope=%s split=%s max_tokens=%zu seconds=%.9g",
        MEASURE_VERSION, w->key, c->backend, c->device, precision_name(c->precision), c->batch,
        c->steps, c->threads, c->cold, c->gates ? "gates" : "step", split_name(c->split),
        c->max_tokens, c->seconds);
    if (w->n_folds > 1)
        strbuf_addf(&b, " folds=%d", w->n_folds);
    if (c->unseen)
        strbuf_add(&b, " unseen=1");
    if (c->pinned)
        strbuf_add(&b, " pinned=1");
    enum status s = strbuf_check(&b);
    if (s == OK)
        s = hash_bytes(b.s, b.n, c->key);
    strbuf_release(&b);
    return s;
}

static void make_name(const struct expansion *e, struct bench_case *c)
{
    char threads[16] = "";
    if (c->threads != 1)
        snprintf(threads, sizeof threads, "/t%d", c->threads);
    snprintf(c->name, sizeof c->name, "%.60s/%.60s/%.60s/%s/b%d/s%d%s%s%s%s%s%s%s", e->suite->name,
             e->list->weights[c->weights].name, c->backend, precision_name(c->precision), c->batch,
             c->steps, threads, c->pinned ? "/pin" : "", c->cold ? "/cold" : "",
             c->gates ? "/gates" : "", c->unseen ? "/unseen" : "", c->device[0] != '\0' ? "/" : "",
             c->device);
}

/* By a glob over the name, or by a tag, with or without `tag:` before it. */
static int wanted(const struct bench_filter *f, const struct bench_case *c)
{
    char glob[300], word[SUITE_WORD];
    if (f->only == NULL)
        return 1;
    const char *tag = strncmp(f->only, "tag:", 4) == 0 ? f->only + 4 : f->only;
    for (size_t i = 0; suite_word(c->tag, i, word); i++)
        if (strcmp(word, tag) == 0)
            return 1;
    snprintf(glob, sizeof glob, "*%.250s*", f->only);
    return fnmatch(glob, c->name, 0) == 0;
}

static enum status append(struct expansion *e, const struct bench_case *c)
{
    struct bench_list *list = e->list;
    for (size_t i = 0; i < list->n_cases; i++)
        if (strcmp(list->cases[i].key, c->key) == 0)
            return OK; /* two runs of the suite overlap */
    if (list->n_cases == MAX_CASES)
        return fail(E_USAGE, "%s: over %d cases", e->suite->name, MAX_CASES);
    if (list->n_cases == e->cap) {
        TRY(mem_grow(&list->cases, e->cap, 2 * e->cap + 64, sizeof *c));
        e->cap = 2 * e->cap + 64;
    }
    list->cases[list->n_cases++] = *c;
    return OK;
}

static enum status add_case(struct expansion *e)
{
    const struct bench_list *list = e->list;
    struct bench_case c = e->proto;
    snprintf(c.tag, sizeof c.tag, "%.63s %.63s", suite_text(e->section, "tag", ""),
             list->weights[c.weights].tag);
    make_name(e, &c);
    if (!wanted(e->filter, &c))
        return OK;
    TRY(make_key(e, &c));
    return append(e, &c);
}

/* The cases of the points from index `first` on. */
static enum status add_points(struct expansion *e, size_t first)
{
    for (size_t i = first; i < e->list->n_points; i++) {
        const struct bench_points *p = &e->list->points[i];
        struct bench_case c = {.points = (int)i, .weights = p->parent, .split = SPLIT_VALID};
        snprintf(c.name, sizeof c.name, "%.60s/%.60s", e->suite->name, p->name);
        snprintf(c.tag, sizeof c.tag, "%s", p->tag);
        memcpy(c.key, p->key, sizeof c.key);
        if (wanted(e->filter, &c))
            TRY(append(e, &c));
    }
    return OK;
}

/* The lists of a run, outermost first; each level fixes one field of the case. */
enum level {
    BY_WEIGHTS,
    BY_SCOPE,
    BY_BACKEND,
    BY_DEVICE,
    BY_PRECISION,
    BY_BATCH,
    BY_STEPS,
    LEVELS
};

static enum status fix_scope(struct expansion *e, const char *word)
{
    e->proto.gates = strcmp(word, "gates") == 0;
    if (!e->proto.gates && strcmp(word, "step") != 0)
        return fail(E_USAGE, "%s: [run %s] scope: '%s' (expected gates or step)", e->suite->name,
                    e->section->name, word);
    return OK;
}

static enum status fix(struct expansion *e, enum level level, const char *word)
{
    struct bench_case *c = &e->proto;
    switch (level) {
    case BY_SCOPE:
        return fix_scope(e, word);
    case BY_BACKEND:
        memcpy(c->backend, word, SUITE_WORD);
        return OK;
    case BY_DEVICE:
        snprintf(c->device, sizeof c->device, "%s", strcmp(c->backend, "fpga") == 0 ? word : "");
        return OK;
    case BY_PRECISION:
        return precision_parse(word, &c->precision);
    case BY_BATCH:
        return whole(e, "batch", word, &c->batch);
    default:
        return whole(e, "steps", word, &c->steps);
    }
}

static const char *list_of(const struct expansion *e, enum level level)
{
    static const char *const key[] = {"weights",   "scope", "backend", "device",
                                      "precision", "batch", "steps"};
    static const char *const fallback[] = {"", "step", "dense", "model:large", "f32", "1", "1"};
    const struct bench_filter *f = e->filter;
    const char *asked[] = {NULL, NULL, f->backend, f->device, f->precision, f->batch, f->steps};
    return asked[level] != NULL ? asked[level]
                                : suite_text(e->section, key[level], fallback[level]);
}

static enum status loop(struct expansion *e, enum level level);

/* All weights whose name fits one word of the list, a glob. */
static enum status loop_weights(struct expansion *e, const char *word)
{
    int found = 0;
    for (size_t i = 0; i < e->list->n_weights; i++) {
        const struct bench_weights *w = &e->list->weights[i];
        if (w->n_folds == 0 || fnmatch(word, w->name, 0) != 0)
            continue;
        e->proto.weights = (int)i;
        TRY(loop(e, BY_WEIGHTS + 1));
        found = 1;
    }
    if (!found)
        return fail(E_USAGE, "%s: [run %s] weights: no [weights %s]", e->suite->name,
                    e->section->name, word);
    return OK;
}

static enum status loop(struct expansion *e, enum level level)
{
    char word[SUITE_WORD] = "";
    if (level == LEVELS)
        return add_case(e);
    for (size_t i = 0; suite_word(list_of(e, level), i, word); i++) {
        if (level == BY_WEIGHTS) {
            TRY(loop_weights(e, word));
            continue;
        }
        TRY(fix(e, level, word));
        TRY(loop(e, level + 1));
    }
    return OK;
}

static enum status expand_run(struct expansion *e)
{
    const struct suite *s = e->suite;
    double tokens, seconds, threads, unseen;
    e->proto =
        (struct bench_case){.points = -1, .cold = e->filter->cold, .pinned = e->filter->pinned};
    TRY(suite_number(s, e->section, "max_tokens", 0, &tokens));
    TRY(suite_number(s, e->section, "seconds", 1, &seconds));
    TRY(suite_number(s, e->section, "threads", 1, &threads));
    TRY(suite_number(s, e->section, "unseen", 0, &unseen));
    TRY(split_parse(suite_text(e->section, "split", "test"), &e->proto.split));
    e->proto.max_tokens = (size_t)tokens;
    e->proto.unseen = unseen != 0;
    e->proto.seconds = seconds;
    e->proto.threads = e->filter->threads > 0 ? e->filter->threads : (int)threads;
    return loop(e, BY_WEIGHTS);
}

/* Keeps the cases that --only names whole, if there are any. */
static void take_named(struct bench_list *list, const struct bench_filter *f)
{
    size_t n = 0;
    for (size_t i = 0; f->only != NULL && i < list->n_cases; i++)
        if (strcmp(list->cases[i].name, f->only) == 0)
            list->cases[n++] = list->cases[i];
    if (n != 0)
        list->n_cases = n;
}

/* Keeps every shards-th case, from the shard-th on. */
static void take_shard(struct bench_list *list, const struct bench_filter *f)
{
    size_t n = 0;
    if (f->shards <= 1)
        return;
    for (size_t i = (size_t)f->shard - 1; i < list->n_cases; i += (size_t)f->shards)
        list->cases[n++] = list->cases[i];
    list->n_cases = n;
}

static enum status expand_section(struct expansion *e, struct corpora *corpora)
{
    const char *kind = e->section->kind;
    if (strcmp(kind, "weights") == 0)
        return case_weights(e->suite, e->section, corpora, e->filter->seed, e->list);
    if (strcmp(kind, "points") == 0) {
        size_t first = e->list->n_points;
        TRY(case_points(e->suite, e->section, e->list));
        return add_points(e, first);
    }
    return strcmp(kind, "run") == 0 ? expand_run(e) : OK;
}

/* Room for all weights and points, each once for every fold. */
static enum status make_room(const struct suite *s, struct corpora *corpora,
                             struct bench_list *list)
{
    const struct dataset *data;
    size_t weights = 0, points = 0, folds = 1;
    if (corpora != NULL) {
        TRY(corpora_get(corpora, 0, 0, &data));
        folds = (size_t)corpora_folds(corpora, data);
    }
    for (size_t i = 0; i < s->n; i++) {
        weights += case_weights_count(&s->section[i]);
        points += case_points_count(&s->section[i]);
    }
    TRY(mem_new(&list->weights, folds * weights, sizeof *list->weights));
    return mem_new(&list->points, folds * points, sizeof *list->points);
}

enum status bench_expand(const struct suite *s, struct corpora *corpora,
                         const struct bench_filter *f, struct bench_list *out)
{
    *out = (struct bench_list){0};
    struct expansion e = {.suite = s, .filter = f, .list = out};
    enum status st = make_room(s, corpora, out);
    for (size_t i = 0; st == OK && i < s->n; i++) {
        e.section = &s->section[i];
        st = expand_section(&e, corpora);
    }
    if (st == OK && out->n_cases == 0)
        st = fail(E_USAGE, "%s: no case%s%s (see --list)", s->name,
                  f->only != NULL ? " matches --only " : "", f->only != NULL ? f->only : "");
    take_named(out, f);
    take_shard(out, f);
    if (st != OK)
        bench_list_release(out);
    return st;
}

void bench_list_release(struct bench_list *list)
{
    mem_free(list->weights);
    mem_free(list->points);
    mem_free(list->cases);
    *list = (struct bench_list){0};
}
