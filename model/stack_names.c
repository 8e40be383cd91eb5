#include "model/stack_names.h"

#include "kernels/lstm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Splits `PREFIXweight_ih_lN[_reverse]`; 0 if the name is none. */
static int split_name_of(const char *name, char prefix[STACK_PREFIX], int *layer, int *reverse)
{
    static const char what[] = "weight_ih_l";
    const char *at = strstr(name, what);
    char *end;
    if (at == NULL || (at != name && at[-1] != '.') || at - name >= STACK_PREFIX)
        return 0;
    const char *digits = at + sizeof what - 1;
    if (*digits < '0' || *digits > '9')
        return 0;
    long n = strtol(digits, &end, 10);
    *reverse = strcmp(end, "_reverse") == 0;
    if (*end != '\0' && !*reverse)
        return 0;
    snprintf(prefix, STACK_PREFIX, "%.*s", (int)(at - name), name);
    *layer = n > LSTM_MAX_LAYERS ? LSTM_MAX_LAYERS : (int)n;
    return 1;
}

static int asked_for(const char *asked, const char *prefix)
{
    size_t n = strlen(asked);
    return strncmp(asked, prefix, n) == 0 &&
           (prefix[n] == '\0' || (n != 0 && strcmp(prefix + n, ".") == 0));
}

/* One weight_ih tensor: joins the stack found so far, or says why it cannot. */
static enum status join(const struct st_file *f, const char *name, const char *asked,
                        char prefix[STACK_PREFIX], unsigned *layers)
{
    char mine[STACK_PREFIX];
    int layer, reverse;
    if (!split_name_of(name, mine, &layer, &reverse) || (asked != NULL && !asked_for(asked, mine)))
        return OK;
    if (reverse)
        return fail(E_FORMAT, "%s: tensor '%s': a bidirectional LSTM (expected one direction)",
                    st_name(f), name);
    if (*layers != 0 && strcmp(prefix, mine) != 0)
        return fail(E_FORMAT,
                    "%s: tensor '%s': LSTM layers under two prefixes, '%s' and '%s' (choose one "
                    "with --prefix)",
                    st_name(f), name, prefix, mine);
    if (layer >= LSTM_MAX_LAYERS)
        return fail(E_FORMAT, "%s: tensor '%s': over %d layers", st_name(f), name, LSTM_MAX_LAYERS);
    memcpy(prefix, mine, sizeof mine);
    *layers |= 1u << layer;
    return OK;
}

enum status stack_find(const struct st_file *f, const char *asked, char prefix[STACK_PREFIX],
                       int *n_layers)
{
    unsigned layers = 0;
    for (size_t i = 0; i < st_count(f); i++)
        TRY(join(f, st_at(f, i)->name, asked, prefix, &layers));
    if (layers == 0)
        return fail(E_FORMAT, "%s: no LSTM layer%s%s (expected a tensor 'weight_ih_l0')",
                    st_name(f), asked != NULL ? " under prefix " : "", asked != NULL ? asked : "");
    for (*n_layers = 0; *n_layers < LSTM_MAX_LAYERS && (layers >> *n_layers & 1) != 0;)
        ++*n_layers;
    if (*n_layers < LSTM_MAX_LAYERS && layers >> *n_layers != 0)
        return fail(E_FORMAT, "%s: tensor '%sweight_ih_l%d' is missing among the layers",
                    st_name(f), prefix, *n_layers);
    return OK;
}

const struct st_tensor *stack_tensor(const struct st_file *f, const char *prefix, const char *what,
                                     int layer)
{
    char name[STACK_PREFIX + 64];
    snprintf(name, sizeof name, "%s%s_l%d", prefix, what, layer);
    return st_find(f, name);
}

enum status stack_end(const struct st_file *f, const char *what, const struct st_tensor **out)
{
    size_t n = strlen(what);
    *out = NULL;
    for (size_t i = 0; i < st_count(f); i++) {
        const struct st_tensor *t = st_at(f, i);
        size_t len = strlen(t->name);
        if (len < n || strcmp(t->name + len - n, what) != 0 ||
            (len > n && t->name[len - n - 1] != '.'))
            continue;
        if (*out != NULL)
            return fail(E_FORMAT, "%s: tensors '%s' and '%s' (expected one '%s')", st_name(f),
                        (*out)->name, t->name, what);
        *out = t;
    }
    return OK;
}

static int is_layers(const struct st_file *f, const char *prefix, int n_layers,
                     const struct st_tensor *t)
{
    static const char *const what[] = {"weight_ih", "weight_hh", "weight_hr",
                                       "bias_ih",   "bias_hh",   "peephole"};
    for (int l = 0; l < n_layers; l++)
        for (size_t i = 0; i < sizeof what / sizeof *what; i++)
            if (stack_tensor(f, prefix, what[i], l) == t)
                return 1;
    return 0;
}

static int is_end(const struct st_file *f, const struct st_tensor *t)
{
    static const char *const what[] = {"embedding.weight", "classifier.weight", "classifier.bias"};
    const struct st_tensor *end;
    for (size_t i = 0; i < sizeof what / sizeof *what; i++)
        if (stack_end(f, what[i], &end) == OK && end == t)
            return 1;
    return 0;
}

void stack_others(const struct st_file *f, const char *prefix, int n_layers,
                  void (*fn)(void *ctx, const char *name), void *ctx)
{
    for (size_t i = 0; i < st_count(f); i++) {
        const struct st_tensor *t = st_at(f, i);
        if (!is_layers(f, prefix, n_layers, t) && !is_end(f, t))
            fn(ctx, t->name);
    }
}
