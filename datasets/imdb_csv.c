/* Kaggle's CSV of IMDB: the columns review and sentiment. */
#include "datasets/imdb_find.h"

#include "base/csv.h"
#include "datasets/text.h"

#include <stdio.h>
#include <string.h>

struct rows {
    const char *name;
    struct bundle *out;
    size_t n; /* rows so far, the header too */
};

static enum status check_header(const struct rows *r, char **cell, size_t n, size_t line)
{
    if (n == 2 && strcmp(cell[0], "review") == 0 && strcmp(cell[1], "sentiment") == 0)
        return OK;
    return fail(E_FORMAT, "%s:%zu: the header is not review,sentiment", r->name, line);
}

static enum status take_row(void *ctx, char **cell, size_t n, size_t line)
{
    struct rows *r = ctx;
    char name[32];
    if (r->n++ == 0)
        return check_header(r, cell, n, line);
    const int pos = strcmp(cell[1], "positive") == 0;
    if (!pos && strcmp(cell[1], "negative") != 0)
        return fail(E_FORMAT, "%s:%zu: the sentiment is '%.32s' (expected positive or negative)",
                    r->name, line, cell[1]);
    if (*cell[0] == '\0')
        return fail(E_FORMAT, "%s:%zu: the review is empty", r->name, line);
    TRY(text_check_line(cell[0], strlen(cell[0]), r->name, line));
    if (r->n > MEMBER_MAX)
        return fail(E_FORMAT, "%s:%zu: more than %d reviews", r->name, line, MEMBER_MAX);
    snprintf(name, sizeof name, "csv/%s/%06zu.txt", pos ? "pos" : "neg", r->n - 1);
    return bundle_add(r->out, name, NULL, cell[0], strlen(cell[0]));
}

enum status imdb_read_csv(const char *bytes, size_t n, const char *name, struct bundle *out)
{
    struct rows r = {.name = name, .out = out};
    TRY(text_check_start(bytes, n, name));
    return csv_read(bytes, n, name, take_row, &r);
}
