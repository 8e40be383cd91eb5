#include "cli/option_value.h"

#include "base/mem.h"
#include "results/number.h"

#include <stdio.h>
#include <string.h>

/* What a double can hold of the integers, and more than any option needs. */
static const double unbounded = 9007199254740992.0;

static int has_bounds(const struct option_info *o)
{
    return o->lo != 0 || o->hi != 0;
}

char *option_bounds(char out[64], const struct option_info *o)
{
    char lo[NUMBER_TEXT], hi[NUMBER_TEXT];
    number_write(lo, o->lo);
    number_write(hi, o->hi);
    out[0] = '\0';
    if (has_bounds(o) && o->hi >= unbounded)
        snprintf(out, 64, ">= %.20s", lo);
    else if (has_bounds(o) && o->lo <= -unbounded)
        snprintf(out, 64, "<= %.20s", hi);
    else if (has_bounds(o))
        snprintf(out, 64, "%.20s..%.20s", lo, hi);
    return out;
}

void option_choices(struct strbuf *b, const struct option_info *o)
{
    for (const char *p = o->choices; *p != '\0';) {
        size_t n = strcspn(p, "|");
        strbuf_addf(b, "%s%.*s", p != o->choices ? ", " : "", (int)n, p);
        p += n + (p[n] == '|');
    }
}

static int is_choice(const char *choices, const char *text)
{
    size_t n = strlen(text);
    for (const char *p = choices; *p != '\0'; p += *p == '|') {
        size_t len = strcspn(p, "|");
        if (len == n && memcmp(p, text, n) == 0)
            return 1;
        p += len;
    }
    return 0;
}

static enum status check_choice(const struct option_info *o, const char *text)
{
    struct strbuf b = {0};
    if (o->choices == NULL || is_choice(o->choices, text))
        return OK;
    option_choices(&b, o);
    fail(E_USAGE, "--%s: '%s' is not one of %s", o->name, text, strbuf_text(&b));
    strbuf_release(&b);
    return E_USAGE;
}

static enum status check_bounds(const struct option_info *o, const char *text, double v)
{
    char bounds[64];
    if (!has_bounds(o) || (v >= o->lo && v <= o->hi))
        return OK;
    option_bounds(bounds, o);
    return fail(E_USAGE, "--%s: '%s' is not %s%s", o->name, text,
                bounds[0] == '<' || bounds[0] == '>' ? "" : "in ", bounds);
}

static enum status to_whole(const struct option_info *o, const char *text, int64_t *out)
{
    if (!number_read_whole(text, out))
        return fail(E_USAGE, "--%s: '%s' is not a whole number", o->name, text);
    if (*out > (int64_t)unbounded || *out < -(int64_t)unbounded)
        return fail(E_USAGE, "--%s: '%s' is too large (expected at most 2^53)", o->name, text);
    return check_bounds(o, text, (double)*out);
}

static enum status to_real(const struct option_info *o, const char *text, double *out)
{
    if (!number_read(text, out))
        return fail(E_USAGE, "--%s: '%s' is not a number", o->name, text);
    return check_bounds(o, text, *out);
}

static size_t count_parts(const char *text)
{
    size_t n = 1;
    for (const char *p = text; *p != '\0'; p++)
        n += *p == ',';
    return n;
}

static enum status check_part(struct option_value *v, const struct option_info *o, size_t i)
{
    if (v->part[i][0] == '\0')
        return fail(E_USAGE, "--%s: '%s' has an empty item", o->name, v->text);
    if (o->type == OPTION_WHOLES)
        return to_whole(o, v->part[i], &v->whole[i]);
    return check_choice(o, v->part[i]);
}

static enum status to_list(struct option_value *v, const struct option_info *o)
{
    v->n = count_parts(v->text);
    TRY(mem_text(&v->copy, v->text));
    TRY(mem_new(&v->part, v->n, sizeof *v->part));
    TRY(mem_new(&v->whole, v->n, sizeof *v->whole));
    char *rest = v->copy;
    for (size_t i = 0; i < v->n; i++)
        v->part[i] = strsep(&rest, ",");
    for (size_t i = 0; i < v->n; i++)
        TRY(check_part(v, o, i));
    return OK;
}

static enum status convert(struct option_value *v, const struct option_info *o)
{
    switch (o->type) {
    case OPTION_FLAG:
        return OK;
    case OPTION_TEXT:
        return check_choice(o, v->text);
    case OPTION_WHOLE:
        v->n = 1;
        TRY(mem_new(&v->whole, 1, sizeof *v->whole));
        return to_whole(o, v->text, v->whole);
    case OPTION_REAL:
        return to_real(o, v->text, &v->real);
    default:
        return to_list(v, o);
    }
}

enum status option_value_set(struct option_value *v, const struct option_info *o, const char *text)
{
    option_value_release(v);
    v->text = text;
    enum status s = convert(v, o);
    if (s != OK)
        option_value_release(v);
    return s;
}

void option_value_release(struct option_value *v)
{
    mem_free(v->whole);
    mem_free(v->part);
    mem_free(v->copy);
    *v = (struct option_value){0};
}
