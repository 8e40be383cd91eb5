#include "results/row.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "results/number.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct column_info info[COL_COUNT] = {
#define COLUMN(name, type, allowed, about) {#name, COLUMN_##type, allowed, about},
#include "results/columns.def"
#undef COLUMN
};

const struct column_info *column_info(enum column c)
{
    assert(c < COL_COUNT);
    return &info[c];
}

enum column column_find(const char *name)
{
    unsigned c = 0;
    while (c < COL_COUNT && strcmp(info[c].name, name) != 0)
        c++;
    return (enum column)c;
}

enum status row_set_text(struct row *r, enum column c, const char *text)
{
    char *copy = NULL;
    assert(c < COL_COUNT);
    if (text != NULL && *text != '\0')
        TRY(mem_text(&copy, text));
    mem_free(r->cell[c]);
    r->cell[c] = copy;
    return OK;
}

enum status row_set_int(struct row *r, enum column c, int64_t value)
{
    return row_set_ints(r, c, &value, 1);
}

enum status row_set_real(struct row *r, enum column c, double value)
{
    return row_set_reals(r, c, &value, 1);
}

/* Takes over the joined text. Equal layers read better as one value. */
static enum status set_joined(struct row *r, enum column c, struct strbuf *joined, int all_equal)
{
    char *separator = joined->s != NULL ? strchr(joined->s, ';') : NULL;
    if (all_equal && separator != NULL)
        *separator = '\0';
    enum status s = strbuf_check(joined);
    if (s == OK)
        s = row_set_text(r, c, strbuf_text(joined));
    strbuf_release(joined);
    return s;
}

enum status row_set_ints(struct row *r, enum column c, const int64_t *value, size_t n)
{
    struct strbuf b = {0};
    int all_equal = 1;
    for (size_t i = 0; i < n; i++) {
        strbuf_addf(&b, "%s%" PRId64, i != 0 ? ";" : "", value[i]);
        all_equal &= value[i] == value[0];
    }
    return set_joined(r, c, &b, all_equal);
}

enum status row_set_reals(struct row *r, enum column c, const double *value, size_t n)
{
    struct strbuf b = {0};
    char text[NUMBER_TEXT], first[NUMBER_TEXT] = "";
    int all_equal = 1;
    for (size_t i = 0; i < n; i++) {
        number_write(i != 0 ? text : first, value[i]);
        strbuf_addf(&b, "%s%s", i != 0 ? ";" : "", i != 0 ? text : first);
        all_equal &= i == 0 || strcmp(text, first) == 0;
    }
    return set_joined(r, c, &b, all_equal);
}

const char *row_get_text(const struct row *r, enum column c)
{
    assert(c < COL_COUNT);
    return r->cell[c] != NULL ? r->cell[c] : "";
}

int row_get_real(const struct row *r, enum column c, double *out)
{
    return number_read(row_get_text(r, c), out);
}

int row_is(const struct row *r, enum column c, const char *text)
{
    return strcmp(row_get_text(r, c), text) == 0;
}

void row_clear(struct row *r)
{
    for (int c = 0; c < COL_COUNT; c++)
        mem_free(r->cell[c]);
    *r = (struct row){0};
}

enum status row_copy(struct row *to, const struct row *from)
{
    enum status s = OK;
    *to = (struct row){0};
    for (unsigned c = 0; s == OK && c < COL_COUNT; c++)
        s = row_set_text(to, (enum column)c, from->cell[c]);
    if (s != OK)
        row_clear(to);
    return s;
}

/* A layer whose value is unknown may be empty between the ';'. */
static int is_numeric(const char *text, enum column_type type)
{
    for (const char *p = text;; p++) {
        char one[NUMBER_TEXT];
        double real;
        int64_t whole;
        size_t n = strcspn(p, ";");
        if (n >= sizeof one)
            return 0;
        snprintf(one, sizeof one, "%.*s", (int)n, p);
        if (n != 0 && type == COLUMN_REAL && !number_read(one, &real))
            return 0;
        if (n != 0 && type == COLUMN_INT && !number_read_whole(one, &whole))
            return 0;
        p += n;
        if (*p == '\0')
            return 1;
    }
}

static int is_allowed(const char *text, const char *allowed)
{
    for (const char *p = allowed; *p != '\0'; p += *p == '|') {
        size_t n = strcspn(p, "|");
        int begins = p[n - 1] == '*';
        if (begins ? strncmp(text, p, n - 1) == 0 : strlen(text) == n && strncmp(text, p, n) == 0)
            return 1;
        p += n;
    }
    return 0;
}

enum status row_check(const struct row *r)
{
    char schema[NUMBER_TEXT];
    snprintf(schema, sizeof schema, "%d", ROW_SCHEMA);
    if (!row_is(r, COL_schema, schema))
        return fail(E_FORMAT, "column schema is '%s' (expected %s)", row_get_text(r, COL_schema),
                    schema);
    for (unsigned c = 0; c < COL_COUNT; c++) {
        const char *text = row_get_text(r, (enum column)c);
        if (*text == '\0')
            continue;
        if (info[c].type != COLUMN_TEXT && !is_numeric(text, info[c].type))
            return fail(E_FORMAT, "column %s is '%.40s' (expected %s)", info[c].name, text,
                        info[c].type == COLUMN_INT ? "a whole number" : "a number");
        if (info[c].allowed[0] != '\0' && !is_allowed(text, info[c].allowed))
            return fail(E_FORMAT, "column %s is '%.40s' (expected one of %s)", info[c].name, text,
                        info[c].allowed);
    }
    if (row_get_text(r, COL_status)[0] == '\0')
        return fail(E_FORMAT, "column status is empty (expected one of %s)",
                    info[COL_status].allowed);
    return OK;
}
