#include "model/journal.h"

#include "base/file.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BYTES = 1 << 26 };

static const char HEAD[] = "brds-journal 1 ";

static enum status keep(struct journal *j, const char *name, size_t length, double value)
{
    char *copy;
    TRY(mem_grow(&j->entry, j->n, j->n + 1, sizeof *j->entry));
    TRY(mem_new(&copy, length + 1, 1));
    memcpy(copy, name, length);
    j->entry[j->n++] = (struct journal_entry){copy, value};
    return OK;
}

/* One line without its end: a number, a blank, the name. */
static enum status read_line(struct journal *j, size_t number, const char *line, size_t length)
{
    char *end;
    double v = strtod(line, &end);
    if (end == line || *end != ' ' || end + 1 >= line + length)
        return fail(E_FORMAT, "%s:%zu: not a number and a name", j->path, number);
    return keep(j, end + 1, (size_t)(line + length - end - 1), v);
}

static enum status read_head(const struct journal *j, const char *id, const char *line,
                             size_t length)
{
    size_t head = sizeof HEAD - 1;
    if (length < head || memcmp(line, HEAD, head) != 0)
        return fail(E_FORMAT, "%s:1: not a journal (expected '%s...')", j->path, HEAD);
    if (length != head + strlen(id) || memcmp(line + head, id, strlen(id)) != 0)
        return fail(E_USAGE,
                    "%s: the journal of another job (other weights, data or recipe; remove it to "
                    "start anew)",
                    j->path);
    return OK;
}

/* Whole lines; *whole gets the bytes that they take. */
static enum status read_all(struct journal *j, const char *id, const char *text, size_t *whole)
{
    const char *line = text, *end;
    for (size_t number = 1; (end = strchr(line, '\n')) != NULL; number++, line = end + 1) {
        size_t length = (size_t)(end - line);
        TRY(number == 1 ? read_head(j, id, line, length) : read_line(j, number, line, length));
        *whole = (size_t)(end + 1 - text);
    }
    return OK;
}

static enum status take_over(struct journal *j, const char *id)
{
    char *text;
    size_t n, whole = 0;
    TRY(file_read(j->path, MOST_BYTES, &text, &n));
    enum status s = strlen(text) == n ? read_all(j, id, text, &whole)
                                      : fail(E_FORMAT, "%s: a NUL byte in a journal", j->path);
    mem_free(text);
    if (s == OK && whole == 0)
        return file_remove(j->path);
    if (s == OK && whole < n && truncate(j->path, (off_t)whole) != 0)
        return fail(E_IO, "%s: cannot cut a torn line off", j->path);
    return s;
}

enum status journal_open(const char *path, const char *id, int resume, struct journal *out)
{
    *out = (struct journal){0};
    if (path == NULL)
        return OK;
    TRY(mem_text(&out->path, path));
    if (!resume)
        return file_remove(path);
    return file_exists(path) ? take_over(out, id) : OK;
}

void journal_release(struct journal *j)
{
    for (size_t i = 0; i < j->n; i++)
        mem_free(j->entry[i].name);
    mem_free(j->entry);
    mem_free(j->path);
    *j = (struct journal){0};
}

int journal_find(const struct journal *j, const char *name, double *value)
{
    for (size_t i = 0; i < j->n; i++)
        if (strcmp(j->entry[i].name, name) == 0) {
            *value = j->entry[i].value;
            return 1;
        }
    return 0;
}

static enum status append(const struct journal *j, const char *id, const char *name, double value)
{
    int is_new = !file_exists(j->path);
    FILE *f = fopen(j->path, "ae");
    if (f == NULL)
        return fail(E_IO, "%s: cannot write", j->path);
    int bad = is_new && fprintf(f, "%s%s\n", HEAD, id) < 0;
    bad |= fprintf(f, "%a %s\n", value, name) < 0;
    bad |= fflush(f) != 0 || fsync(fileno(f)) != 0;
    bad |= fclose(f) != 0;
    return bad ? fail(E_IO, "%s: cannot write", j->path) : OK;
}

enum status journal_add(struct journal *j, const char *id, const char *name, double value)
{
    if (j->path != NULL)
        TRY(append(j, id, name, value));
    return keep(j, name, strlen(name), value);
}
