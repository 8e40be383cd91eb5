#include "cli/data_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "train 42068, valid 3370, test 3761" */
static enum status put_splits(struct sheet *g, const char *key, const size_t n[3])
{
    char text[128];
    snprintf(text, sizeof text, "train %zu, valid %zu, test %zu", n[0], n[1], n[2]);
    return sheet_text(g, key, text);
}

enum status data_list_entry(struct sheet *g, const struct store_entry *e)
{
    TRY(sheet_text(g, "form", e->corpus));
    TRY(put_splits(g, "lines", e->n_lines));
    TRY(put_splits(g, "tokens", e->n_tokens));
    TRY(sheet_whole(g, "words", (int64_t)e->n_words));
    TRY(sheet_text(g, "sha256", e->sha256));
    return sheet_text(g, "licence",
                      e->known ? store_licence(e->corpus)
                               : "not known to brds: that of its source");
}

struct listing {
    struct sheet *sheet;
    struct json *list;
    int has_ptb;
};

static enum status found(void *ctx, const struct store_entry *e)
{
    struct listing *l = ctx;
    struct sheet group;
    l->has_ptb |= strcmp(e->label, "ptb") == 0;
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
    if (!l.has_ptb)
        TRY(other(&l, "ptb", "missing", "brds data add ptb PATH"));
    TRY(other(&l, "ptb-standin", "made when asked for", NULL));
    TRY(other(&l, "imdb", "not in this build", NULL));
    return other(&l, "timit", "not in this build", NULL);
}
