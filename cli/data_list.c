#include "cli/data_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What the counts of a form count. */
static const struct {
    const char *form, *lines, *tokens, *words;
} unit[] = {
    {"ptb", "lines", "tokens", "words"},
    {"imdb", "reviews", "tokens", "words"},
    {"timit", "utterances", "frames", "phones"},
};

/* "train 42068, valid 3370, test 3761", or one number where the splits change with the fold. */
static enum status put_splits(struct sheet *g, const char *key, const size_t n[3])
{
    char text[128];
    if (n[1] == 0 && n[2] == 0)
        return sheet_whole(g, key, (int64_t)n[0]);
    snprintf(text, sizeof text, "train %zu, valid %zu, test %zu", n[0], n[1], n[2]);
    return sheet_text(g, key, text);
}

enum status data_list_entry(struct sheet *g, const struct store_entry *e)
{
    size_t u = 0;
    while (u + 1 < sizeof unit / sizeof *unit && strcmp(unit[u].form, e->corpus) != 0)
        u++;
    TRY(sheet_text(g, "form", e->corpus));
    TRY(put_splits(g, unit[u].lines, e->n_lines));
    TRY(put_splits(g, unit[u].tokens, e->n_tokens));
    TRY(sheet_whole(g, unit[u].words, (int64_t)e->n_words));
    for (int i = 0; i < e->n_facts; i++)
        TRY(sheet_text(g, e->fact[i].name, e->fact[i].text));
    TRY(sheet_text(g, "sha256", e->sha256));
    return sheet_text(g, "licence",
                      e->known ? store_licence(e->corpus)
                               : "not known to brds: that of its source");
}

/* Names of real corpora, and the command that adds each. */
static const struct {
    const char *name, *add;
} real[] = {
    {"ptb", "brds data add ptb PATH"},
    {"imdb", "brds data add imdb PATH"},
    {"timit", "brds data add timit PATH"},
};
enum { N_REAL = sizeof real / sizeof *real };

struct listing {
    struct sheet *sheet;
    struct json *list;
    int has[N_REAL];
};

static enum status found(void *ctx, const struct store_entry *e)
{
    struct listing *l = ctx;
    struct sheet group;
    for (int i = 0; i < N_REAL; i++)
        l->has[i] |= strcmp(e->label, real[i].name) == 0;
    TRY(sheet_item(l->sheet, l->list, e->label, &group));
    TRY(sheet_text(&group, "status", "found"));
    return data_list_entry(&group, e);
}

static enum status other(const struct listing *l, const char *name, const char *status,
                         const char *add)
{
    struct sheet group;
    TRY(sheet_item(l->sheet, l->list, name, &group));
    TRY(sheet_text(&group, "status", status));
    return sheet_text(&group, "add_it_with", add);
}

enum status data_list_add(struct sheet *s, const char *data_dir)
{
    struct listing l = {.sheet = s};
    TRY(sheet_list(s, "data", &l.list));
    TRY(store_each(data_dir, found, &l));
    for (int i = 0; i < N_REAL; i++)
        if (!l.has[i])
            TRY(other(&l, real[i].name, "missing", real[i].add));
    TRY(other(&l, "ptb-standin", "made when asked for", NULL));
    TRY(other(&l, "imdb-standin", "made when asked for", NULL));
    return other(&l, "timit-standin", "made when asked for", NULL);
}
