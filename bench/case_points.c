#include "bench/case_points.h"

#include "base/strbuf.h"
#include "bench/case_weights.h"
#include "model/trial.h"
#include "results/number.h"

#include <stdio.h>
#include <string.h>

int case_points_find(const struct bench_list *list, const char *name, const char *overall)
{
    char full[2 * SUITE_WORD + 2] = "";
    if (overall != NULL)
        snprintf(full, sizeof full, "%s@%s", name, overall);
    for (size_t i = 0; i < list->n_points; i++)
        if (strcmp(list->points[i].name, name) == 0 || strcmp(list->points[i].name, full) == 0)
            return (int)i;
    return -1;
}

enum status case_overall(const struct suite *s, const struct suite_section *c, const char *word,
                         double *out)
{
    if (!number_read(word, out) || !(*out > 0 && *out < 1))
        return fail(E_USAGE, "%s: [%s %s] overall: '%s' (expected a number over 0 and under 1)",
                    s->name, c->kind, c->name, word);
    return OK;
}

size_t case_points_count(const struct suite_section *c)
{
    return suite_times(suite_text(c, "overall", NULL));
}

static enum status read_kind(const struct suite *s, const struct suite_section *c,
                             struct bench_points *p)
{
    const char *kind = suite_text(c, "kind", "");
    p->is_search = strcmp(kind, "search") == 0;
    if (!p->is_search && strcmp(kind, "sensitivity") != 0)
        return fail(E_USAGE, "%s: [points %s] kind: '%s' (expected search or sensitivity)", s->name,
                    c->name, kind);
    return OK;
}

static enum status read_search(const struct suite *s, const struct suite_section *c,
                               const char *overall, struct bench_points *p)
{
    double layers, grid;
    TRY(suite_number(s, c, "per_layer", 0, &layers));
    TRY(suite_number(s, c, "grid", 0, &grid));
    p->by_layer = layers != 0;
    p->multipliers = (int)grid;
    if (!p->is_search)
        return OK;
    if (overall == NULL)
        return fail(E_USAGE, "%s: [points %s] overall: must be given for a search", s->name,
                    c->name);
    return case_overall(s, c, overall, &p->overall);
}

/* The parent's recipe with what the section says, for `tokens` a point. */
static enum status read_retraining(const struct suite *s, const struct suite_section *c,
                                   const struct bench_weights *parent, struct bench_points *p)
{
    struct net_shape shape;
    double tokens;
    p->recipe = parent->recipe;
    recipe_retrain(&p->recipe);
    TRY(case_recipe(s, c, &p->recipe));
    TRY(suite_number(s, c, "tokens", 0, &tokens));
    p->recipe.epochs = 0;
    TRY(net_shape_named(parent->net, parent->data, &shape));
    TRY(tokens > 0 ? train_fit(&shape, parent->data, tokens, &p->recipe) : OK);
    return recipe_check(&p->recipe);
}

static enum status make_key(const struct bench_points *p, const struct bench_weights *parent,
                            char key[HASH_HEX])
{
    struct strbuf b = {0};
    char text[PATTERN_TEXT];
    strbuf_addf(&b, "points version=%d parent=%s %s pattern=%s overall=%.17g layers=%d grid=%d ",
                TRAIN_VERSION, parent->key, p->is_search ? "search" : "sensitivity",
                pattern_text(&p->pattern, text), p->overall, p->by_layer, p->multipliers);
    recipe_text(&p->recipe, &b);
    enum status s = strbuf_check(&b);
    if (s == OK)
        s = hash_bytes(b.s, b.n, key);
    strbuf_release(&b);
    return s;
}

static enum status add_points(const struct suite *s, const struct suite_section *c,
                              const char *overall, int parent, int fold, struct bench_list *list)
{
    struct bench_points *p = &list->points[list->n_points];
    char name[2 * SUITE_WORD + 18], at[16] = "";
    *p = (struct bench_points){.parent = parent + fold};
    const struct bench_weights *w = &list->weights[p->parent];
    if (fold != 0)
        snprintf(at, sizeof at, ".f%d", fold);
    snprintf(name, sizeof name, "%s%s%s%s", c->name, overall != NULL ? "@" : "",
             overall != NULL ? overall : "", at);
    p->data = w->data;
    if (snprintf(p->name, sizeof p->name, "%s", name) >= (int)sizeof p->name ||
        case_points_find(list, name, NULL) >= 0)
        return fail(E_USAGE, "%s: [points %s] stands twice", s->name, name);
    snprintf(p->tag, sizeof p->tag, "%s", suite_text(c, "tag", ""));
    TRY(read_kind(s, c, p));
    TRY(pattern_parse(suite_text(c, "pattern", "row"), &p->pattern));
    TRY(read_search(s, c, overall, p));
    TRY(read_retraining(s, c, w, p));
    TRY(make_key(p, w, p->key));
    list->n_points++;
    return OK;
}

/* Those of every fold of the parent. */
static enum status add_folds(const struct suite *s, const struct suite_section *c,
                             const char *overall, struct bench_list *list)
{
    int parent;
    TRY(case_weights_find(s, c, list, "parent", &parent));
    if (parent < 0 || list->weights[parent].data == NULL)
        return fail(E_USAGE, "%s: [points %s] needs a parent", s->name, c->name);
    for (int fold = 0; fold < list->weights[parent].n_folds; fold++)
        TRY(add_points(s, c, overall, parent, fold, list));
    return OK;
}

enum status case_points(const struct suite *s, const struct suite_section *c,
                        struct bench_list *list)
{
    const char *overall = suite_text(c, "overall", NULL);
    char word[SUITE_WORD];
    if (overall == NULL)
        return add_folds(s, c, NULL, list);
    for (size_t i = 0; suite_word(overall, i, word); i++)
        TRY(add_folds(s, c, word, list));
    return OK;
}
