#include "bench/suite.h"

#include "base/file.h"
#include "base/mem.h"
#include "bench/suite_texts.h"

#include <ctype.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SUITE_BYTES = 1 << 20 };

/* Keys that a section may have; an unknown one is a spelling error, not a comment. */
static const char *const known[] = {
    "about",       "dataset", "net",          "seed",       "threads",      "epochs",
    "lr",          "decay",   "decay_after",  "lanes",      "steps",        "clip",
    "keep",        "parent",  "pattern",      "sparsity_x", "sparsity_h",   "sparsity_r",
    "control",     "weights", "backend",      "precision",  "batch",        "split",
    "max_tokens",  "seconds", "tag",          "random",     "n_in",         "n_hid",
    "n_proj",      "layers",  "sparsity",     "scope",      "kind",         "overall",
    "ratios",      "tokens",  "per_layer",    "grid",       "schedule",     "distill",
    "temperature", "judged",  "folds",        "unseen",     "device",       "lr_schedule",
    "lr_floor",    "keep_in", "keep_between", "keep_out",   "weight_decay", "use",
};

/* Kinds of sections that have a name. */
static const char *const named[] = {"keys", "weights", "points", "run"};

struct reading {
    struct suite *suite;
    int quick;
    enum status s;
};

static int is_known(const char *key)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(key, known[i]) == 0)
            return 1;
    return 0;
}

/* The section of a header `KIND NAME`, added when it is new. */
static enum status enter(struct reading *r, const char *header, struct suite_section **out)
{
    struct suite *s = r->suite;
    char kind[SUITE_WORD] = "", name[SUITE_WORD] = "", rest[2] = "";
    int words = sscanf(header, "%63s %63s %1s", kind, name, rest);
    int good = words == 1 && strcmp(kind, "suite") == 0;
    for (size_t i = 0; words == 2 && i < sizeof named / sizeof *named; i++)
        good |= strcmp(kind, named[i]) == 0;
    if (!good)
        return fail(E_FORMAT,
                    "section [%s] (expected [suite], [keys NAME], [weights NAME], [points NAME] or "
                    "[run NAME])",
                    header);
    if (s->n != 0 && strcmp(s->section[s->n - 1].kind, kind) == 0 &&
        strcmp(s->section[s->n - 1].name, name) == 0) {
        *out = &s->section[s->n - 1];
        return OK;
    }
    TRY(mem_grow(&s->section, s->n, s->n + 1, sizeof *s->section));
    *out = &s->section[s->n++];
    memcpy((*out)->kind, kind, sizeof kind);
    memcpy((*out)->name, name, sizeof name);
    return OK;
}

/* Sets a key; one from `quick.` replaces the plain one, whichever comes first. */
static enum status set_key(struct suite_section *c, const char *key, const char *value, int replace)
{
    for (size_t i = 0; i < c->n; i++) {
        if (strcmp(c->key[i].name, key) != 0)
            continue;
        if (!replace)
            return OK;
        mem_free(c->key[i].value);
        return mem_text(&c->key[i].value, value);
    }
    TRY(mem_grow(&c->key, c->n, c->n + 1, sizeof *c->key));
    TRY(mem_text(&c->key[c->n].name, key));
    TRY(mem_text(&c->key[c->n].value, value));
    c->n++;
    return OK;
}

static enum status take(struct reading *r, const char *section, const char *key, const char *value)
{
    struct suite_section *c = NULL;
    int quick = strncmp(key, "quick.", 6) == 0;
    TRY(enter(r, section, &c));
    key += quick ? 6 : 0;
    if (!is_known(key))
        return fail(E_FORMAT, "unknown key '%s'", key);
    return quick && !r->quick ? OK : set_key(c, key, value, quick);
}

/* libinih's handler; 0 stops it, and it then tells the line. */
static int on_key(void *ctx, const char *section, const char *key, const char *value)
{
    struct reading *r = ctx;
    if (r->s == OK)
        r->s = take(r, section, key, value);
    return r->s == OK;
}

static const struct suite_section *find_keys(const struct suite *s, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(s->section[i].kind, "keys") == 0 && strcmp(s->section[i].name, name) == 0)
            return &s->section[i];
    return NULL;
}

/* Gives section i the keys that it takes from [keys] before it and has not itself. */
static enum status take_keys(struct suite *s, size_t i, const char *name)
{
    struct suite_section *c = &s->section[i];
    const char *list = suite_text(c, "use", "");
    char word[SUITE_WORD];
    for (size_t k = 0; suite_word(list, k, word); k++) {
        const struct suite_section *keys = find_keys(s, i, word);
        if (keys == NULL)
            return fail(E_USAGE, "%s: [%s %s] use: no [keys %s] stands before it", name, c->kind,
                        c->name, word);
        for (size_t j = 0; j < keys->n; j++)
            TRY(set_key(c, keys->key[j].name, keys->key[j].value, 0));
    }
    return OK;
}

static enum status parse(struct suite *s, const char *text, const char *name, int quick)
{
    struct reading r = {s, quick, OK};
    int bad = ini_parse_string(text, on_key, &r);
    if (r.s != OK)
        return fail_in(r.s, "%s:%d", name, bad);
    if (bad != 0)
        return fail(E_FORMAT, "%s:%d: neither [section], key = value, nor ; comment", name, bad);
    for (size_t i = 0; i < s->n; i++)
        TRY(take_keys(s, i, name));
    return s->n != 0 ? OK : fail(E_FORMAT, "%s:1: no section", name);
}

static int is_file(const char *name)
{
    size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".ini") == 0;
}

static enum status text_of(const char *name, char **text)
{
    size_t n;
    if (is_file(name))
        return file_read(name, MAX_SUITE_BYTES, text, &n);
    for (size_t i = 0; suite_texts[i].name != NULL; i++)
        if (strcmp(name, suite_texts[i].name) == 0)
            return mem_text(text, suite_texts[i].text);
    return fail(
        E_USAGE,
        "unknown suite '%s' (expected ptb, imdb, timit, smoke, kernels, fpga, fpga-ptb, fpga-timit "
        "or a file.ini)",
        name);
}

enum status suite_open(const char *name, int quick, struct suite **out)
{
    char *text = NULL;
    struct suite *s;
    *out = NULL;
    TRY(text_of(name, &text));
    enum status st = mem_new(&s, 1, sizeof *s);
    if (st == OK) {
        snprintf(s->name, sizeof s->name, "%s", name);
        st = parse(s, text, name, quick);
        if (st != OK)
            suite_release(s);
        else
            *out = s;
    }
    mem_free(text);
    return st;
}

void suite_release(struct suite *s)
{
    for (size_t i = 0; s != NULL && i < s->n; i++) {
        for (size_t j = 0; j < s->section[i].n; j++) {
            mem_free(s->section[i].key[j].name);
            mem_free(s->section[i].key[j].value);
        }
        mem_free(s->section[i].key);
    }
    if (s != NULL)
        mem_free(s->section);
    mem_free(s);
}

const char *suite_text(const struct suite_section *s, const char *key, const char *fallback)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->key[i].name, key) == 0)
            return s->key[i].value;
    return fallback;
}

enum status suite_number(const struct suite *s, const struct suite_section *c, const char *key,
                         double fallback, double *out)
{
    const char *text = suite_text(c, key, NULL);
    char *end;
    *out = fallback;
    if (text == NULL)
        return OK;
    *out = strtod(text, &end);
    if (end == text || *end != '\0')
        return fail(E_FORMAT, "%s: [%s %s] %s: '%s' is not a number", s->name, c->kind, c->name,
                    key, text);
    return OK;
}

int suite_word(const char *list, size_t i, char word[SUITE_WORD])
{
    for (;; i--) {
        list += strspn(list, " \t");
        size_t n = strcspn(list, " \t");
        if (n == 0 || n >= SUITE_WORD)
            return 0;
        if (i == 0) {
            memcpy(word, list, n);
            word[n] = '\0';
            return 1;
        }
        list += n;
    }
}

size_t suite_times(const char *list)
{
    char word[SUITE_WORD];
    size_t n = 0;
    while (list != NULL && suite_word(list, n, word))
        n++;
    return n != 0 ? n : 1;
}
