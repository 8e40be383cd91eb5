/* [weights NAME] sections -> struct bench_weights. */
#include "bench/case_weights.h"

#include "model/lineage.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static enum status find(const struct suite *s, const struct suite_section *c,
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
        return fail(E_USAGE, "%s: [weights %s] %s: no weights '%s' stand before it", s->name,
                    c->name, key, name);
    return OK;
}

struct field {
    const char *key;
    double *real;
    int *whole;
};

static enum status read_recipe(const struct suite *s, const struct suite_section *c,
                               struct recipe *r)
{
    double seed = (double)r->seed;
    const struct field field[] = {
        {"lr", &r->lr, NULL},           {"decay", &r->decay, NULL},
        {"epochs", &r->epochs, NULL},   {"clip", &r->clip, NULL},
        {"keep", &r->keep, NULL},       {"decay_after", NULL, &r->decay_after},
        {"lanes", NULL, &r->lanes},     {"steps", NULL, &r->steps},
        {"threads", NULL, &r->threads},
    };
    for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
        double v = field[i].real != NULL ? *field[i].real : *field[i].whole;
        TRY(suite_number(s, c, field[i].key, v, &v));
        if (field[i].real != NULL)
            *field[i].real = v;
        else if (v == floor(v) && fabs(v) < 1e9)
            *field[i].whole = (int)v;
        else
            return fail(E_FORMAT, "%s: [weights %s] %s: %g is no whole number", s->name, c->name,
                        field[i].key, v);
    }
    TRY(suite_number(s, c, "seed", seed, &seed));
    r->seed = (uint64_t)seed;
    return OK;
}

static enum status read_pruning(const struct suite *s, const struct suite_section *c,
                                struct bench_weights *w)
{
    const char *pattern = suite_text(c, "pattern", NULL);
    w->is_pruned = pattern != NULL;
    if (pattern == NULL)
        return OK;
    TRY(prune_pattern_parse(pattern, &w->prune.pattern));
    TRY(suite_number(s, c, "sparsity_x", 0, &w->prune.s_x));
    TRY(suite_number(s, c, "sparsity_h", 0, &w->prune.s_h));
    return suite_number(s, c, "sparsity_r", -1, &w->prune.s_r);
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
    w->recipe.epochs = 0;
    return OK;
}

enum status case_weights(const struct suite *s, const struct suite_section *c,
                         const struct dataset *ds, long seed, struct bench_list *list)
{
    struct bench_weights *w = &list->weights[list->n_weights];
    snprintf(w->name, sizeof w->name, "%s", c->name);
    for (size_t i = 0; i < list->n_weights; i++)
        if (strcmp(list->weights[i].name, w->name) == 0)
            return fail(E_USAGE, "%s: [weights %s] stands twice", s->name, c->name);
    TRY(find(s, c, list, "parent", &w->parent));
    TRY(find(s, c, list, "control", &w->control));
    TRY(start_from(s, c, list, w));
    TRY(read_recipe(s, c, &w->recipe));
    TRY(read_pruning(s, c, w));
    if (seed >= 0)
        w->recipe.seed = (uint64_t)seed;
    TRY(recipe_check(&w->recipe));
    list->n_weights++;
    return lineage_key(w->parent < 0 ? w->net : NULL,
                       w->parent >= 0 ? list->weights[w->parent].key : NULL,
                       w->is_pruned ? &w->prune : NULL, &w->recipe, ds->sha256, w->key);
}
