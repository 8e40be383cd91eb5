#include "base/csv.h"

#include "base/mem.h"

#include <csv.h>
#include <string.h>

/* The line being read. libcsv hands over one cell at a time. */
struct reader {
    const char *name;
    csv_line_fn *fn;
    void *ctx;
    struct strbuf text; /* cells of this line, each ended by a NUL */
    size_t *start;      /* [n_cells] offsets into text */
    size_t n_cells, cap, width, line;
    enum status s;
};

static void on_cell(void *cell, size_t n, void *ctx)
{
    struct reader *r = ctx;
    if (r->s != OK)
        return;
    if (memchr(cell, '\0', n) != NULL) {
        r->s = fail(E_FORMAT, "%s:%zu: a cell holds a NUL byte", r->name, r->line);
        return;
    }
    if (r->n_cells == r->cap) {
        size_t cap = r->cap != 0 ? 2 * r->cap : 128;
        r->s = mem_grow(&r->start, r->cap, cap, sizeof *r->start);
        if (r->s != OK)
            return;
        r->cap = cap;
    }
    r->start[r->n_cells++] = r->text.n;
    strbuf_add_bytes(&r->text, cell, n);
    strbuf_add_bytes(&r->text, "", 1);
}

static enum status hand_over(struct reader *r)
{
    char **cell;
    TRY(strbuf_check(&r->text));
    if (r->width == 0)
        r->width = r->n_cells;
    if (r->n_cells != r->width)
        return fail(E_FORMAT, "%s:%zu: %zu cells (expected %zu, as in the first line)", r->name,
                    r->line, r->n_cells, r->width);
    TRY(mem_new(&cell, r->n_cells, sizeof *cell));
    for (size_t i = 0; i < r->n_cells; i++)
        cell[i] = r->text.s + r->start[i];
    enum status s = r->fn(r->ctx, cell, r->n_cells, r->line);
    mem_free(cell);
    return s;
}

static void on_line(int end, void *ctx)
{
    struct reader *r = ctx;
    (void)end;
    if (r->s == OK)
        r->s = hand_over(r);
    r->n_cells = 0;
    r->text.n = 0;
}

static int never_blank(unsigned char c)
{
    (void)c;
    return 0;
}

/* Feeds line by line so that messages know where they are; a quoted cell may span several. */
static enum status feed(struct csv_parser *p, struct reader *r, const char *bytes, size_t n)
{
    for (size_t at = 0; at < n;) {
        const char *lf = memchr(bytes + at, '\n', n - at);
        size_t len = lf != NULL ? (size_t)(lf - (bytes + at)) + 1 : n - at;
        r->line++;
        if (csv_parse(p, bytes + at, len, on_cell, on_line, r) != len)
            return fail(E_FORMAT, "%s:%zu: %s", r->name, r->line, csv_strerror(csv_error(p)));
        TRY(r->s);
        at += len;
    }
    if (csv_fini(p, on_cell, on_line, r) != 0)
        return fail(E_FORMAT, "%s:%zu: a quoted cell is not closed", r->name, r->line);
    return r->s;
}

enum status csv_read(const char *bytes, size_t n, const char *name, csv_line_fn *fn, void *ctx)
{
    struct csv_parser p;
    struct reader r = {.name = name, .fn = fn, .ctx = ctx};
    if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        return fail(E_FORMAT, "%s:1: starts with a byte-order mark (expected plain UTF-8)", name);
    if (csv_init(&p, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return fail(E_NOMEM, "libcsv: cannot start");
    csv_set_space_func(&p, never_blank);
    enum status s = feed(&p, &r, bytes, n);
    csv_free(&p);
    strbuf_release(&r.text);
    mem_free(r.start);
    return s;
}

void csv_put_cell(struct strbuf *b, const char *cell)
{
    size_t n = strlen(cell);
    int edge = n != 0 && (strchr(" \t", cell[0]) != NULL || strchr(" \t", cell[n - 1]) != NULL);
    if (!edge && strpbrk(cell, ",\"\r\n") == NULL) {
        strbuf_add_bytes(b, cell, n);
        return;
    }
    strbuf_add(b, "\"");
    for (const char *p = cell; *p != '\0'; p++) {
        if (*p == '"')
            strbuf_add(b, "\"");
        strbuf_add_bytes(b, p, 1);
    }
    strbuf_add(b, "\"");
}

void csv_put_line(struct strbuf *b, const char *const *cell, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i != 0)
            strbuf_add(b, ",");
        csv_put_cell(b, cell[i]);
    }
    strbuf_add(b, "\n");
}
