/* option_value.h - the text of one option, checked and converted. */
#ifndef CLI_OPTION_VALUE_H
#define CLI_OPTION_VALUE_H

#include "cli/options.h"

struct option_value {
    int given;         /* stands in the command line */
    const char *text;  /* borrowed; NULL: neither given nor a fallback */
    double real;       /* of OPTION_REAL */
    int64_t *whole;    /* [n] of OPTION_WHOLE and OPTION_WHOLES */
    const char **part; /* [n] of OPTION_TEXTS, into copy */
    char *copy;
    size_t n;
};

/* Replaces *v by the text, or E_USAGE `--name: 'text' is not ...` and *v holds no value. */
enum status option_value_set(struct option_value *v, const struct option_info *o, const char *text);
void option_value_release(struct option_value *v);

/* "0..1", ">= 1" or "<= 9" for the bounds of a number, "" if it has none. Returns out. */
char *option_bounds(char out[64], const struct option_info *o);

/* Appends the choices, joined by ", ". */
void option_choices(struct strbuf *b, const struct option_info *o);

#endif
