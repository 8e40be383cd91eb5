/* The named nets: their shapes and their recipes. */
#include "model/catalog.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct catalog_entry *const tables[] = {catalog_words, catalog_items};

enum { N_TABLES = sizeof tables / sizeof *tables };

void net_names(const char *between, struct strbuf *out)
{
    for (int i = 0; i < N_TABLES; i++)
        for (const struct catalog_entry *e = tables[i]; e->name != NULL; e++)
            strbuf_addf(out, "%s%s", e == catalog_words ? "" : between, e->name);
}

/* 1 if it reads features, not words. */
static int reads_frames(const struct catalog_entry *e)
{
    return e->task == TASK_FRAMES || e->task == TASK_CTC;
}

static enum status refuse(const char *name)
{
    struct strbuf known = {0};
    net_names(", ", &known);
    enum status s = fail(E_USAGE, "unknown net '%s' (expected one of %s, or NAME:UNITS)", name,
                         strbuf_text(&known));
    strbuf_release(&known);
    return s;
}

enum { MOST_UNITS = 65536 };

/* The width behind the colon; 0: there is none, -1: it is none. */
static long width_of(const char *name)
{
    const char *colon = strchr(name, ':');
    char *end;
    if (colon == NULL)
        return 0;
    long width = strtol(colon + 1, &end, 10);
    return isdigit((unsigned char)colon[1]) && *end == '\0' && width >= 1 && width <= MOST_UNITS
               ? width
               : -1;
}

/* The entry with the width that the name asks for. */
static enum status find(const char *name, struct catalog_entry *out)
{
    size_t n = strcspn(name, ":");
    long width = width_of(name);
    for (int i = 0; i < N_TABLES; i++)
        for (const struct catalog_entry *e = tables[i]; e->name != NULL; e++) {
            if (strncmp(name, e->name, n) != 0 || e->name[n] != '\0' || width < 0)
                continue;
            *out = *e;
            if (width > 0 && !reads_frames(e) && e->n_in == e->n_hid)
                out->n_in = (int)width; /* an embedding as wide as the layers */
            if (width > 0)
                out->n_hid = (int)width;
            if (width > 0 && e->tied && out->n_in != out->n_hid)
                return fail(E_USAGE, "net '%s': its embedding is its classifier's matrix", name);
            return OK;
        }
    return refuse(name);
}

enum status net_shape_named(const char *name, const struct dataset *ds, struct net_shape *out)
{
    struct catalog_entry e = {.name = NULL};
    TRY(find(name, &e));
    if (!dataset_serves(ds, e.task))
        return fail(E_USAGE, "net '%s' is for task %s, but %s is for task %s", name,
                    task_name(e.task), ds->name, task_name(ds->task));
    if (reads_frames(&e) && e.n_in != ds->n_in)
        return fail(E_USAGE, "net '%s' reads %d features, but %s was opened with %d", name, e.n_in,
                    ds->name, ds->n_in);
    *out = (struct net_shape){
        .task = e.task,
        .n_vocab = reads_frames(&e) ? 0 : (int)vocab_size(ds->vocab),
        .n_in = e.n_in,
        .n_layers = e.n_layers,
        .n_classes = dataset_n_classes(ds) + (e.task == TASK_CTC),
        .tied = e.tied,
        .peephole = e.peephole,
        .pooling = e.pooling,
        .delay = e.delay,
    };
    for (int l = 0; l < e.n_layers; l++) {
        out->n_hid[l] = e.n_hid;
        out->n_proj[l] = e.n_proj;
    }
    return OK;
}

enum status net_features_named(const char *name, int *out)
{
    struct catalog_entry e = {.name = NULL};
    *out = 0;
    TRY(find(name, &e));
    *out = reads_frames(&e) ? e.n_in : 0;
    return OK;
}

enum status recipe_named(const char *net, struct recipe *out)
{
    struct catalog_entry e = {.name = NULL};
    TRY(find(net, &e));
    *out = e.recipe;
    out->seed = 1;
    out->threads = 1;
    return OK;
}
