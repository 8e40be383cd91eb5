#include "results/rowfile.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Far above any real file; keeps a wrong path from filling the memory. */
static const size_t max_bytes = (size_t)1 << 30;

enum status rows_add(struct rows *rows, const struct row *row)
{
    if (rows->n == rows->cap) {
        size_t cap = rows->cap != 0 ? 2 * rows->cap : 16;
        TRY(mem_grow(&rows->row, rows->n, cap, sizeof *rows->row));
        rows->cap = cap;
    }
    TRY(row_copy(&rows->row[rows->n], row));
    rows->n++;
    return OK;
}

static void drop_after(struct rows *rows, size_t n)
{
    while (rows->n > n)
        row_clear(&rows->row[--rows->n]);
}

void rows_release(struct rows *rows)
{
    drop_after(rows, 0);
    mem_free(rows->row);
    *rows = (struct rows){0};
}

static void put_header(struct strbuf *b)
{
    const char *name[COL_COUNT];
    for (unsigned c = 0; c < COL_COUNT; c++)
        name[c] = column_info((enum column)c)->name;
    csv_put_line(b, name, COL_COUNT);
}

static void put_row(struct strbuf *b, const struct row *row)
{
    const char *cell[COL_COUNT];
    for (unsigned c = 0; c < COL_COUNT; c++)
        cell[c] = row_get_text(row, (enum column)c);
    csv_put_line(b, cell, COL_COUNT);
}

/* Bytes up to and with the last LF that ends a line, that is, one outside quotes. */
static size_t whole_lines(const char *bytes, size_t n)
{
    size_t whole = 0;
    int quoted = 0;
    for (size_t i = 0; i < n; i++) {
        quoted ^= bytes[i] == '"';
        if (bytes[i] == '\n' && !quoted)
            whole = i + 1;
    }
    return whole;
}

static size_t line_of(const char *bytes, size_t at)
{
    size_t line = 1;
    for (size_t i = 0; i < at; i++)
        line += bytes[i] == '\n';
    return line;
}

/* A stray quote makes all rows behind it look like one open cell; those must not be cut. A torn
 * row has too few commas to be a row, in every one of its lines but the first. */
static enum status check_torn(const char *path, const char *bytes, size_t from, size_t n)
{
    size_t commas = 0;
    int first = 1;
    for (size_t i = from; i < n; i++) {
        commas += bytes[i] == ',';
        if (bytes[i] != '\n')
            continue;
        if (!first && commas >= COL_COUNT - 1)
            return fail(E_FORMAT,
                        "%s:%zu: a quote opens here and rows follow it (expected a "
                        "closing quote)",
                        path, line_of(bytes, from));
        first = 0;
        commas = 0;
    }
    return OK;
}

/* `got` is the first line of n bytes, followed by the second or by the NUL at the end. */
static enum status header_differs(const char *path, const char *got, size_t n)
{
    int version = strncmp(got, "schema,", 7) == 0 ? atoi(got + n) : 0;
    if (version > 0 && version != ROW_SCHEMA)
        return fail(E_FORMAT, "%s:1: rows of schema %d (expected %d; name another file)", path,
                    version, ROW_SCHEMA);
    const char *p = got;
    unsigned c = 0;
    while (c < COL_COUNT) {
        const char *name = column_info((enum column)c)->name;
        size_t len = strcspn(p, ",\r\n");
        if (len != strlen(name) || memcmp(p, name, len) != 0)
            break;
        p += len;
        c++;
        if (*p != ',')
            break;
        p++;
    }
    if (c == COL_COUNT && *p == '\r')
        return fail(E_FORMAT, "%s:1: the line ends with CR LF (expected LF)", path);
    const char *want = c < COL_COUNT ? column_info((enum column)c)->name : "the end";
    return fail(E_FORMAT, "%s:1: column %u is '%.*s' (expected %s)", path, c + 1,
                (int)strcspn(p, ",\r\n"), p, want);
}

/* Checks the first line; *whole gets the bytes to keep. A first line without its LF is ours only
 * if it is the beginning of our header. */
static enum status check_layout(const char *path, const char *bytes, size_t n, size_t *whole)
{
    struct strbuf h = {0};
    put_header(&h);
    enum status s = strbuf_check(&h);
    *whole = whole_lines(bytes, n);
    if (s != OK)
        goto out;
    if (n < h.n ? memcmp(bytes, h.s, n) != 0 : memcmp(bytes, h.s, h.n) != 0) {
        const char *lf = memchr(bytes, '\n', n);
        s = header_differs(path, bytes, lf != NULL ? (size_t)(lf - bytes) + 1 : n);
        goto out;
    }
    s = check_torn(path, bytes, *whole, n);
    if (s == OK && *whole != n)
        log_warn("%s:%zu: the last line is torn and is left out", path, line_of(bytes, *whole));
out:
    strbuf_release(&h);
    return s;
}

/* One write, so that a reader or a crash sees the line whole or, at worst, torn at its end. */
static enum status write_once(int fd, const char *path, const struct strbuf *line, size_t at)
{
    ssize_t n;
    do {
        n = pwrite(fd, line->s, line->n, (off_t)at);
    } while (n < 0 && errno == EINTR);
    enum status s = OK;
    if (n < 0 || (size_t)n != line->n)
        s = fail(E_IO, "%s: cannot append: %s", path, n < 0 ? strerror(errno) : "disk full");
    else if (fsync(fd) != 0)
        s = fail(E_IO, "%s: cannot append: %s", path, strerror(errno));
    if (s != OK && ftruncate(fd, (off_t)at) != 0)
        return fail_in(s, "%s: a torn line stays", path);
    return s;
}

static enum status append_locked(int fd, const char *path, const struct row *row)
{
    char *bytes;
    size_t n, whole;
    struct strbuf line = {0};
    TRY(file_read(path, max_bytes, &bytes, &n));
    enum status s = check_layout(path, bytes, n, &whole);
    mem_free(bytes);
    TRY(s);
    if (whole != n && ftruncate(fd, (off_t)whole) != 0)
        return fail(E_IO, "%s: cannot cut a torn line: %s", path, strerror(errno));
    if (whole == 0)
        put_header(&line);
    put_row(&line, row);
    s = strbuf_check(&line);
    if (s == OK)
        s = write_once(fd, path, &line, whole);
    strbuf_release(&line);
    return s;
}

static enum status make_folder_of(const char *path)
{
    char *dir;
    TRY(mem_text(&dir, path));
    char *slash = strrchr(dir, '/');
    enum status s = OK;
    if (slash != NULL && slash != dir) {
        *slash = '\0';
        if (!file_is_folder(dir))
            s = file_mkdirs(dir);
    }
    mem_free(dir);
    return s;
}

enum status rowfile_append(const char *path, const struct row *row)
{
    struct row full;
    int fd = -1;
    TRY(row_copy(&full, row));
    enum status s = OK;
    if (full.cell[COL_schema] == NULL)
        TRY_OUT(row_set_int(&full, COL_schema, ROW_SCHEMA));
    s = row_check(&full);
    if (s != OK) {
        fail_in(s, "%s", path);
        goto out;
    }
    TRY_OUT(make_folder_of(path));
    TRY_OUT(file_lock(path, &fd));
    s = append_locked(fd, path, &full);
    file_unlock(fd);
out:
    row_clear(&full);
    return s;
}

struct taking {
    struct rows *rows;
    const char *path;
    int header_seen;
};

static enum status take_line(void *ctx, char **cell, size_t n, size_t line)
{
    struct taking *t = ctx;
    struct row row = {0};
    if (!t->header_seen) {
        t->header_seen = 1;
        return OK;
    }
    for (size_t c = 0; c < n; c++)
        row.cell[c] = cell[c][0] != '\0' ? cell[c] : NULL;
    enum status s = row_check(&row);
    if (s != OK)
        return fail_in(s, "%s:%zu", t->path, line);
    return rows_add(t->rows, &row);
}

enum status rowfile_read(const char *path, struct rows *rows)
{
    struct taking t = {.rows = rows, .path = path};
    size_t before = rows->n, n, whole;
    char *bytes;
    TRY(file_read(path, max_bytes, &bytes, &n));
    enum status s = check_layout(path, bytes, n, &whole);
    if (s == OK)
        s = csv_read(bytes, whole, path, take_line, &t);
    if (s != OK)
        drop_after(rows, before);
    mem_free(bytes);
    return s;
}

static int has_key(const struct rows *rows, const char *case_key, const char *but)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct row *r = &rows->row[i];
        if (row_is(r, COL_case_key, case_key) && !row_is(r, COL_status, "fail") &&
            !row_is(r, COL_status, but))
            return 1;
    }
    return 0;
}

int rowfile_has_key(const struct rows *rows, const char *case_key)
{
    return has_key(rows, case_key, "fail");
}

int rowfile_has_valid(const struct rows *rows, const char *case_key)
{
    return has_key(rows, case_key, "invalid");
}
