/* options.h - one table of options a command: read by the parser, by --help and by the tests. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/status.h"
#include "base/strbuf.h"

#include <stddef.h>
#include <stdint.h>

enum option_type {
    OPTION_FLAG,  /* takes no value */
    OPTION_TEXT,  /* any text, or one of `choices` */
    OPTION_WHOLE, /* an integer within lo..hi */
    OPTION_REAL,  /* a finite number within lo..hi */
    OPTION_TEXTS, /* OPTION_TEXT joined by ',', at least one */
    OPTION_WHOLES /* OPTION_WHOLE joined by ',', at least one */
};

/* An option. A table of them ends with {0}; what does not apply is left out. */
struct option_info {
    const char *name; /* long name without dashes */
    char key;         /* short name, 0 for none */
    enum option_type type;
    const char *value;    /* what --help calls the value: "FILE", "N" */
    double lo, hi;        /* numbers are within lo..hi, the ends too; both 0: any that fits */
    const char *choices;  /* words joined by '|' */
    const char *fallback; /* value if not given; NULL: none */
    int needed;           /* 1: must be given */
    const char *help;     /* what it does, one sentence without a stop */
};

/* A command, defined as cmd_NAME in cmd_NAME.c and listed in commands.def. */
struct options; /* what a command line said */
struct command {
    const char *name;
    const char *about;                 /* one line, for the list of commands */
    const char *operands;              /* "FILE.csv..." for the usage line, "" for none */
    const char *details;               /* paragraphs for --help, each ended by LF; NULL: none */
    int min_operands, max_operands;    /* max_operands < 0: any number */
    const struct option_info *options; /* ends with {0}; NULL: none */
    enum status (*run)(const struct options *o);
};

/* Reads argv[0..argc), argv[0] being the command's own name. Options may stand among the operands,
 * `--` ends them. Every command also has --help, --quiet and --verbose. *out stays borrowed from
 * argv and is released with options_release in any case. E_USAGE, with one line that names the
 * option and the value, for anything that does not fit; then the caller stops. */
enum status options_parse(const struct command *c, int argc, char **argv, struct options **out);
void options_release(struct options *o);

/* Values, given or by fallback. The name must be in the table and have that type. A number that
 * was neither given nor has a fallback is 0, a text NULL, a list empty. */
int options_given(const struct options *o, const char *name); /* 1: stands in the command line */
int options_flag(const struct options *o, const char *name);
const char *options_text(const struct options *o, const char *name);
int64_t options_whole(const struct options *o, const char *name);
double options_real(const struct options *o, const char *name);
const char *const *options_texts(const struct options *o, const char *name, size_t *n);
const int64_t *options_wholes(const struct options *o, const char *name, size_t *n);

/* The operands in their order. */
char *const *options_operands(const struct options *o, size_t *n);

/* 1 if --help was given; then nothing was checked to be there. */
int options_wants_help(const struct options *o);

/* The options that every command has, ended by {0}. */
const struct option_info *options_common(void);

/* Appends the text that `brds NAME --help` prints. */
void options_help(const struct command *c, struct strbuf *out);

#endif
