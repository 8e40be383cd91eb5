/* [weights NAME] sections -> struct bench_weights. */
#include "bench/case_weights.h"

#include "bench/case_points.h"
#include "model/lineage.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum status case_weights_find(const struct suite *s, const struct suite_section *c,
                              const struct bench_list *list, const char *key, int *out)
{
    const char *name = suite_text(c, key, NULL);
    *out = -1;
    if (name == NULL)
        return OK;
    for (size_t i = 0; i < list->n_weights; i++)
        if (strcmp(list->weights[i].name, name) == 0)
            *out = (int)i;
    if (*out < 0)
        return fail(E_USAGE, "%s: [%s %s] %s: no weights '%s' stand before it", s->name, c->kind,
                    c->name, key, name);
    return OK;
}

struct field {
    const char *key;
    double *real;
    int *whole;
};

enum status case_recipe(const struct suite *s, const struct suite_section *c, struct recipe *r)
{
    double seed = (double)r->seed;
    const struct field field[] = {
        {"lr", &r->lr, NULL},
        {"decay", &r->decay, NULL},
        {"epochs", &r->epochs, NULL},
        {"clip", &r->clip, NULL},
        {"keep", &r->keep, NULL},
        {"keep_in", &r->keep_in, NULL},
        {"keep_between", &r->keep_between, NULL},
        {"keep_out", &r->keep_out, NULL},
        {"weight_decay", &r->weight_decay, NULL},
        {"decay_after", NULL, &r->decay_after},
        {"lanes", NULL, &r->lanes},
        {"steps", NULL, &r->steps},
        {"threads", NULL, &r->threads},
        {"distill", &r->distill, NULL},
        {"temperature", &r->temperature, NULL},
        {"lr_floor", &r->lr_floor, NULL},
    };
    for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
        double v = field[i].real != NULL ? *field[i].real : *field[i].whole;
        TRY(suite_number(s, c, field[i].key, v, &v));
        if (field[i].real != NULL)
            *field[i].real = v;
        else if (v == floor(v) && fabs(v) < 1e9)
            *field[i].whole = (int)v;
        else
            return fail(E_FORMAT, "%s: [%s %s] %s: %g is no whole number", s->name, c->kind,
                        c->name, field[i].key, v);
    }
    TRY(suite_number(s, c, "seed", seed, &seed));
    r->seed = (uint64_t)seed;
    const char *schedule = suite_text(c, "lr_schedule", NULL);
    if (schedule != NULL && rate_parse(schedule, &r->rate) != OK)
        return fail_in(E_USAGE, "%s: [%s %s] lr_schedule", s->name, c->kind, c->name);
    return OK;
}

/* nm has a sparsity of its own; the others keep all unless the section says more. */
static enum status read_ratios(const struct suite *s, const struct suite_section *c,
                               const char *pattern, struct prune_spec *out)
{
    double own = 0;
    TRY(pattern_parse(pattern, &out->pattern));
    pattern_own_sparsity(&out->pattern, &own);
    TRY(suite_number(s, c, "sparsity_x", own, &out->s_x));
    TRY(suite_number(s, c, "sparsity_h", own, &out->s_h));
    return suite_number(s, c, "sparsity_r", -1, &out->s_r);
}

/* `overall` with `ratios`: one (the usual), threshold, erdos-renyi, or points by name. */
static enum status read_overall(const struct suite *s, const struct suite_section *c,
                                const char *overall, const struct bench_list *list,
                                struct bench_ratios *r)
{
    const char *word = suite_text(c, "ratios", "one");
    *r = (struct bench_ratios){.way = RATIOS_GIVEN, .points = -1};
    if (overall == NULL)
        return OK;
    TRY(case_overall(s, c, overall, &r->overall));
    r->points = case_points_find(list, word, overall);
    r->way = strcmp(word, "one") == 0            ? RATIOS_ONE
             : strcmp(word, "threshold") == 0    ? RATIOS_THRESHOLD
             : strcmp(word, "erdos-renyi") == 0  ? RATIOS_ERDOS_RENYI
             : r->points < 0                     ? RATIOS_GIVEN
             : list->points[r->points].is_search ? RATIOS_SEARCH
                                                 : RATIOS_CURVES;
    if (r->way == RATIOS_GIVEN)
        return fail(E_USAGE,
                    "%s: [weights %s] ratios: '%s' (expected one, threshold, erdos-renyi, or the "
                    "name of points that stand before)",
                    s->name, c->name, word);
    return OK;
}

static enum status read_pruning(const struct suite *s, const struct suite_section *c,
                                struct bench_weights *w)
{
    const char *pattern = suite_text(c, "pattern", NULL);
    w->is_pruned = pattern != NULL;
    TRY(schedule_parse(suite_text(c, "schedule", "one-shot"), &w->prune.schedule));
    return pattern != NULL ? read_ratios(s, c, pattern, &w->prune) : OK;
}

/* The recipe that a section starts from: the net's own, or its parent's without epochs. */
static enum status start_from(const struct suite *s, const struct suite_section *c,
                              const struct bench_list *list, struct bench_weights *w)
{
    const char *net = suite_text(c, "net", NULL);
    if ((net == NULL) == (w->parent < 0))
        return fail(E_USAGE, "%s: [weights %s] needs either net or parent", s->name, c->name);
    if (net != NULL) {
        snprintf(w->net, sizeof w->net, "%s", net);
        return recipe_named(net, &w->recipe);
    }
    const struct bench_weights *parent = &list->weights[w->parent];
    memcpy(w->net, parent->net, sizeof w->net);
    w->recipe = parent->recipe;
    recipe_retrain(&w->recipe);
    w->recipe.epochs = 0;
    return OK;
}

static enum status claim_name(const struct suite *s, const struct bench_list *list,
                              const char *name, struct bench_weights *w)
{
    if (snprintf(w->name, sizeof w->name, "%s", name) >= (int)sizeof w->name)
        return fail(E_USAGE, "%s: [weights %s]: the name is too long", s->name, name);
    for (size_t i = 0; i < list->n_weights; i++)
        if (strcmp(list->weights[i].name, w->name) == 0)
            return fail(E_USAGE, "%s: [weights %s] stands twice", s->name, w->name);
    return OK;
}

/* The keys that all entries of a random section share. */
static enum status read_random(const struct suite *s, const struct suite_section *c, long seed,
                               struct random_net *r)
{
    double with_seed = 1;
    struct {
        const char *key;
        double least;
        int *out;
    } field[] = {{"n_in", 1, &r->n_in},
                 {"n_hid", 1, &r->n_hid},
                 {"n_proj", 0, &r->n_proj},
                 {"layers", 1, &r->n_layers}};
    r->n_layers = 1;
    for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
        double v = *field[i].out;
        TRY(suite_number(s, c, field[i].key, v, &v));
        if (!(v >= field[i].least && v <= 1 << 20 && v == floor(v)))
            return fail(E_USAGE, "%s: [weights %s] %s: %g is no size", s->name, c->name,
                        field[i].key, v);
        *field[i].out = (int)v;
    }
    TRY(read_ratios(s, c, suite_text(c, "pattern", "row"), &r->prune));
    TRY(suite_number(s, c, "seed", with_seed, &with_seed));
    r->seed = r->prune.seed = seed >= 0 ? (uint64_t)seed : (uint64_t)with_seed;
    return OK;
}

/* "S" or "SX:SH". */
static enum status parse_sparsity(const struct suite *s, const struct suite_section *c,
                                  const char *word, struct prune_spec *p)
{
    char rest;
    int n = sscanf(word, "%lf:%lf%c", &p->s_x, &p->s_h, &rest);
    if (n == 1 && strchr(word, ':') == NULL)
        p->s_h = p->s_x;
    else if (n != 2)
        return fail(E_USAGE, "%s: [weights %s] sparsity: '%s' is neither S nor SX:SH", s->name,
                    c->name, word);
    return OK;
}

/* One entry; `word` of its list `sparsity` or NULL. */
static enum status add_random(const struct suite *s, const struct suite_section *c,
                              const struct random_net *r, const char *word, struct bench_list *list)
{
    struct bench_weights *w = &list->weights[list->n_weights];
    char name[2 * SUITE_WORD];
    *w = (struct bench_weights){
        .parent = -1, .control = -1, .n_folds = 1, .is_random = 1, .is_pruned = 1};
    w->random = *r;
    snprintf(name, sizeof name, "%s%s%s", c->name, word != NULL ? "@" : "",
             word != NULL ? word : "");
    TRY(claim_name(s, list, name, w));
    memcpy(w->net, c->name, sizeof w->net);
    snprintf(w->tag, sizeof w->tag, "%s", suite_text(c, "tag", ""));
    if (word != NULL)
        TRY(parse_sparsity(s, c, word, &w->random.prune));
    w->prune = w->random.prune;
    if (!(w->prune.s_x >= 0 && w->prune.s_x <= 1 && w->prune.s_h >= 0 && w->prune.s_h <= 1))
        return fail(E_USAGE, "%s: [weights %s]: sparsity is not in 0..1", s->name, w->name);
    w->recipe.seed = r->seed;
    list->n_weights++;
    return random_net_key(&w->random, w->key);
}

static enum status case_random(const struct suite *s, const struct suite_section *c, long seed,
                               struct bench_list *list)
{
    const char *sparsity = suite_text(c, "sparsity", NULL);
    char word[SUITE_WORD];
    struct random_net r = {0};
    TRY(read_random(s, c, seed, &r));
    if (sparsity == NULL)
        return add_random(s, c, &r, NULL, list);
    for (size_t i = 0; suite_word(sparsity, i, word); i++)
        TRY(add_random(s, c, &r, word, list));
    return OK;
}

/* The list that a section stands for once for each word of; NULL: once. */
static const char *list_of(const struct suite_section *c)
{
    int is_random = strcmp(suite_text(c, "random", "0"), "0") != 0;
    return suite_text(c, is_random ? "sparsity" : "overall", NULL);
}

size_t case_weights_count(const struct suite_section *c)
{
    return suite_times(list_of(c));
}

/* The key of weights whose ratios are still to be found says how. */
static enum status add_ratios_to_key(const struct bench_list *list, struct bench_weights *w)
{
    char text[3 * HASH_HEX];
    const struct bench_ratios *r = &w->ratios;
    if (r->way == RATIOS_GIVEN)
        return OK;
    snprintf(text, sizeof text, "%s ratios=%d overall=%.17g points=%s", w->key, (int)r->way,
             r->overall, r->points >= 0 ? list->points[r->points].key : "");
    return hash_bytes(text, strlen(text), w->key);
}

/* Where the weights of a section stand: which entry of its list, which fold of how many. */
struct entry {
    const char *overall; /* NULL: with the ratios that the section gives */
    int fold, n_folds;
};

/* "NAME@S.f2": entries and folds but the first are told apart. */
static void name_entry(const struct suite_section *c, const struct entry *at,
                       char name[2 * SUITE_WORD])
{
    char fold[16] = "";
    if (at->fold != 0)
        snprintf(fold, sizeof fold, ".f%d", at->fold);
    snprintf(name, 2 * SUITE_WORD, "%s%s%s%s", c->name, at->overall != NULL ? "@" : "",
             at->overall != NULL ? at->overall : "", fold);
}

/* Parent, control and points of the same fold stand as far behind their first. */
static enum status find_relations(const struct suite *s, const struct suite_section *c,
                                  const struct entry *at, const struct bench_list *list,
                                  struct bench_weights *w)
{
    TRY(case_weights_find(s, c, list, "parent", &w->parent));
    TRY(case_weights_find(s, c, list, "control", &w->control));
    TRY(read_overall(s, c, at->overall, list, &w->ratios));
    w->parent += w->parent >= 0 ? at->fold : 0;
    w->control += w->control >= 0 ? at->fold : 0;
    w->ratios.points += w->ratios.points >= 0 ? at->fold : 0;
    return OK;
}

static enum status open_data(struct corpora *corpora, const char *net, int fold,
                             const struct dataset **out)
{
    int n_in;
    TRY(net_features_named(net, &n_in));
    return corpora_get(corpora, n_in, fold, out);
}

static enum status add_trained(const struct suite *s, const struct suite_section *c,
                               const struct entry *at, struct corpora *corpora, long seed,
                               struct bench_list *list)
{
    struct bench_weights *w = &list->weights[list->n_weights];
    char name[2 * SUITE_WORD];
    name_entry(c, at, name);
    TRY(claim_name(s, list, name, w));
    w->n_folds = at->fold == 0 ? at->n_folds : 0;
    snprintf(w->tag, sizeof w->tag, "%s", suite_text(c, "tag", ""));
    TRY(find_relations(s, c, at, list, w));
    TRY(start_from(s, c, list, w));
    TRY(open_data(corpora, w->net, at->fold, &w->data));
    TRY(case_recipe(s, c, &w->recipe));
    TRY(read_pruning(s, c, w));
    if (seed >= 0)
        w->recipe.seed = (uint64_t)seed;
    w->prune.seed = w->recipe.seed;
    TRY(recipe_check(&w->recipe));
    TRY(lineage_key(w->parent < 0 ? w->net : NULL,
                    w->parent >= 0 ? list->weights[w->parent].key : NULL,
                    w->is_pruned ? &w->prune : NULL, &w->recipe, w->data, w->key));
    list->n_weights++;
    return add_ratios_to_key(list, w);
}

static enum status add_folds(const struct suite *s, const struct suite_section *c,
                             const char *overall, struct corpora *corpora, long seed,
                             struct bench_list *list)
{
    const struct dataset *any;
    struct entry at = {.overall = overall};
    TRY(corpora_get(corpora, 0, 0, &any));
    at.n_folds = corpora_folds(corpora, any);
    for (; at.fold < at.n_folds; at.fold++)
        TRY(add_trained(s, c, &at, corpora, seed, list));
    return OK;
}

enum status case_weights(const struct suite *s, const struct suite_section *c,
                         struct corpora *corpora, long seed, struct bench_list *list)
{
    const char *overall = list_of(c);
    char word[SUITE_WORD];
    if (strcmp(suite_text(c, "random", "0"), "0") != 0)
        return case_random(s, c, seed, list);
    if (corpora == NULL)
        return fail(E_FORMAT, "%s: [weights %s] is trained, but [suite] names no dataset", s->name,
                    c->name);
    if (overall == NULL)
        return add_folds(s, c, NULL, corpora, seed, list);
    for (size_t i = 0; suite_word(overall, i, word); i++)
        TRY(add_folds(s, c, word, corpora, seed, list));
    return OK;
}
