#include "cli/options.h"

#include "base/log.h"
#include "base/mem.h"
#include "cli/nearest.h"
#include "cli/option_value.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

/* Room for a command's own options and the common ones. */
enum { MOST_OPTIONS = 64, FIRST_CODE = 1000 };

static const struct option_info common[] = {
    {"help", 'h', OPTION_FLAG, .help = "tell what the command does and takes"},
    {"quiet", 'q', OPTION_FLAG, .help = "show warnings and errors only"},
    {"verbose", 'v', OPTION_FLAG, .help = "tell more of what is done"},
    {0},
};

struct options {
    const struct command *command;
    const struct option_info *info[MOST_OPTIONS]; /* [n] */
    struct option_value value[MOST_OPTIONS];      /* [n] */
    size_t n;
    char **operand; /* [n_operands] */
    size_t n_operands;
};

static void take_table(struct options *o, const struct option_info *table)
{
    for (; table != NULL && table->name != NULL; table++) {
        assert(o->n < MOST_OPTIONS - 1);
        o->info[o->n++] = table;
    }
}

/* Fills getopt's two tables from ours. Every option is known by FIRST_CODE + its index. */
static void make_getopt(const struct options *o, struct option *longs, char *shorts)
{
    *shorts++ = ':';
    for (size_t i = 0; i < o->n; i++) {
        int takes = o->info[i]->type != OPTION_FLAG;
        longs[i] = (struct option){o->info[i]->name, takes ? required_argument : no_argument, NULL,
                                   FIRST_CODE + (int)i};
        if (o->info[i]->key == 0)
            continue;
        *shorts++ = o->info[i]->key;
        if (takes)
            *shorts++ = ':';
    }
    longs[o->n] = (struct option){0};
    *shorts = '\0';
}

static const struct option_info *by_code(const struct options *o, int code, size_t *at)
{
    for (*at = 0; *at < o->n; (*at)++)
        if (code == FIRST_CODE + (int)*at || (code != 0 && code == o->info[*at]->key))
            return o->info[*at];
    return NULL;
}

static enum status unknown_option(const struct options *o, const char *word, int key)
{
    const char *names[MOST_OPTIONS], *command = o->command->name;
    char name[64];
    if (key != 0)
        return fail(E_USAGE, "unknown option '-%c' (see brds %s --help)", key, command);
    word += strspn(word, "-");
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    for (size_t i = 0; i < o->n; i++)
        names[i] = o->info[i]->name;
    const char *near = nearest_name(name, names, o->n);
    if (near != NULL)
        return fail(E_USAGE, "unknown option '--%s' (did you mean --%s? see brds %s --help)", name,
                    near, command);
    return fail(E_USAGE, "unknown option '--%s' (see brds %s --help)", name, command);
}

/* getopt answered '?' or ':'; optopt tells which option, 0 for an unknown long one. */
static enum status misused(const struct options *o, int answer, const char *word)
{
    size_t at;
    const struct option_info *info = by_code(o, optopt, &at);
    if (info == NULL)
        return unknown_option(o, word, optopt);
    if (answer == ':')
        return fail(E_USAGE, "--%s: needs a value (%s)", info->name, info->value);
    return fail(E_USAGE, "--%s: takes no value", info->name);
}

static enum status read_line(struct options *o, int argc, char **argv)
{
    struct option longs[MOST_OPTIONS];
    char shorts[2 * MOST_OPTIONS + 2];
    size_t at;
    make_getopt(o, longs, shorts);
    opterr = 0;
    optind = 0; /* glibc: start anew */
    for (int code; (code = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        if (code == '?' || code == ':')
            return misused(o, code, argv[optind - 1]);
        const struct option_info *info = by_code(o, code, &at);
        TRY(option_value_set(&o->value[at], info, optarg));
        o->value[at].given = 1;
    }
    o->operand = argv + optind;
    o->n_operands = (size_t)(argc - optind);
    return OK;
}

static enum status check_operands(const struct options *o)
{
    const struct command *c = o->command;
    if (o->n_operands < (size_t)c->min_operands)
        return fail(E_USAGE, "%s needs %s (see brds %s --help)", c->name, c->operands, c->name);
    if (c->max_operands >= 0 && o->n_operands > (size_t)c->max_operands)
        return fail(E_USAGE, "%s does not take '%s' (see brds %s --help)", c->name,
                    o->operand[c->max_operands], c->name);
    return OK;
}

static enum status fill_in(struct options *o)
{
    for (size_t i = 0; i < o->n; i++) {
        const struct option_info *info = o->info[i];
        if (o->value[i].given)
            continue;
        if (info->needed)
            return fail(E_USAGE, "--%s: must be given (see brds %s --help)", info->name,
                        o->command->name);
        if (info->fallback != NULL)
            TRY(option_value_set(&o->value[i], info, info->fallback));
    }
    return OK;
}

enum status options_parse(const struct command *c, int argc, char **argv, struct options **out)
{
    TRY(mem_new(out, 1, sizeof **out));
    struct options *o = *out;
    o->command = c;
    take_table(o, c->options);
    take_table(o, common);
    TRY(read_line(o, argc, argv));
    if (options_wants_help(o))
        return OK;
    TRY(fill_in(o));
    TRY(check_operands(o));
    if (options_flag(o, "quiet"))
        log_set_level(LOG_QUIET);
    else if (options_flag(o, "verbose"))
        log_set_level(LOG_VERBOSE);
    return OK;
}

void options_release(struct options *o)
{
    for (size_t i = 0; o != NULL && i < o->n; i++)
        option_value_release(&o->value[i]);
    mem_free(o);
}

/* A name that is not in the table, or another type, is the command's own mistake. */
static const struct option_value *value_of(const struct options *o, const char *name, int type)
{
    size_t i = 0;
    while (i < o->n && strcmp(o->info[i]->name, name) != 0)
        i++;
    assert(i < o->n);
    assert(type < 0 || o->info[i]->type == (enum option_type)type);
    return &o->value[i];
}

int options_given(const struct options *o, const char *name)
{
    return value_of(o, name, -1)->given;
}

int options_flag(const struct options *o, const char *name)
{
    return value_of(o, name, OPTION_FLAG)->given;
}

const char *options_text(const struct options *o, const char *name)
{
    return value_of(o, name, OPTION_TEXT)->text;
}

int64_t options_whole(const struct options *o, const char *name)
{
    const struct option_value *v = value_of(o, name, OPTION_WHOLE);
    return v->n != 0 ? v->whole[0] : 0;
}

double options_real(const struct options *o, const char *name)
{
    return value_of(o, name, OPTION_REAL)->real;
}

const char *const *options_texts(const struct options *o, const char *name, size_t *n)
{
    const struct option_value *v = value_of(o, name, OPTION_TEXTS);
    *n = v->n;
    return v->part;
}

const int64_t *options_wholes(const struct options *o, const char *name, size_t *n)
{
    const struct option_value *v = value_of(o, name, OPTION_WHOLES);
    *n = v->n;
    return v->whole;
}

char *const *options_operands(const struct options *o, size_t *n)
{
    *n = o->n_operands;
    return o->operand;
}

int options_wants_help(const struct options *o)
{
    return options_flag(o, "help");
}

const struct option_info *options_common(void)
{
    return common;
}
