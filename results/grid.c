#include "results/grid.h"

#include "base/csv.h"
#include "base/mem.h"

#include <string.h>

static const char *cell_at(const struct grid *g, size_t r, size_t c)
{
    return g->cell[r * g->n_cols + c];
}

enum status grid_add(struct grid *g, const char *const *cell)
{
    if (g->n_rows == g->cap) {
        size_t cap = g->cap != 0 ? 2 * g->cap : 16;
        TRY(mem_grow(&g->cell, g->n_rows * g->n_cols, cap * g->n_cols, sizeof *g->cell));
        g->cap = cap;
    }
    g->n_rows++;
    for (size_t c = 0; c < g->n_cols; c++)
        TRY(mem_text(&g->cell[(g->n_rows - 1) * g->n_cols + c], cell[c]));
    return OK;
}

void grid_release(struct grid *g)
{
    for (size_t i = 0; i < g->n_rows * g->n_cols; i++)
        mem_free(g->cell[i]);
    mem_free(g->cell);
    *g = (struct grid){0};
}

static int is_used(const struct grid *g, size_t c)
{
    for (size_t r = 0; r < g->n_rows; r++)
        if (cell_at(g, r, c)[0] != '\0')
            return 1;
    return 0;
}

static void put_escaped(struct strbuf *out, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '|')
            strbuf_add(out, "\\");
        strbuf_add_bytes(out, *p == '\n' || *p == '\r' ? " " : p, 1);
    }
}

/* Characters of the escaped cell; a UTF-8 character is counted at its first byte. */
static size_t width_of(const char *text)
{
    size_t n = 0;
    for (const char *p = text; *p != '\0'; p++)
        n += ((unsigned char)*p & 0xc0) != 0x80 ? (size_t)1 + (*p == '|') : 0;
    return n;
}

static void put_blanks(struct strbuf *out, size_t n)
{
    while (n-- > 0)
        strbuf_add(out, " ");
}

static void put_padded(struct strbuf *out, const char *text, size_t width, int right)
{
    size_t blanks = width - width_of(text);
    strbuf_add(out, " ");
    put_blanks(out, right ? blanks : 0);
    put_escaped(out, text);
    put_blanks(out, right ? 0 : blanks);
    strbuf_add(out, " |");
}

static size_t column_width(const struct grid *g, size_t c)
{
    size_t width = width_of(g->column[c].title);
    for (size_t r = 0; r < g->n_rows; r++) {
        size_t w = width_of(cell_at(g, r, c));
        width = w > width ? w : width;
    }
    return width < 3 ? 3 : width; /* Markdown's rule needs three dashes */
}

static void put_rule(struct strbuf *out, size_t width, int right)
{
    strbuf_add(out, " ");
    for (size_t i = 0; i + 1 < width; i++)
        strbuf_add(out, "-");
    strbuf_add(out, right ? ": |" : "- |");
}

enum { LINE_TITLES = -2, LINE_RULE = -1 };

static void put_line(const struct grid *g, long r, struct strbuf *out)
{
    strbuf_add(out, "|");
    for (size_t c = 0; c < g->n_cols; c++) {
        if (!is_used(g, c))
            continue;
        size_t width = column_width(g, c);
        int right = g->column[c].right;
        if (r == LINE_RULE)
            put_rule(out, width, right);
        else
            put_padded(out, r == LINE_TITLES ? g->column[c].title : cell_at(g, (size_t)r, c), width,
                       right);
    }
    strbuf_add(out, "\n");
}

void grid_markdown(const struct grid *g, struct strbuf *out)
{
    for (long r = LINE_TITLES; r < (long)g->n_rows; r++)
        put_line(g, r, out);
}

void grid_csv(const struct grid *g, struct strbuf *out)
{
    for (long r = LINE_RULE; r < (long)g->n_rows; r++) {
        int first = 1;
        for (size_t c = 0; c < g->n_cols; c++) {
            if (!is_used(g, c))
                continue;
            if (!first)
                strbuf_add(out, ",");
            csv_put_cell(out, r == LINE_RULE ? g->column[c].title : cell_at(g, (size_t)r, c));
            first = 0;
        }
        strbuf_add(out, "\n");
    }
}

void grid_latex_text(const char *text, struct strbuf *out)
{
    static const struct {
        const char *from, *to;
    } pair[] = {{"\\", "\\textbackslash{}"},
                {"&", "\\&"},
                {"%", "\\%"},
                {"$", "\\$"},
                {"#", "\\#"},
                {"_", "\\_"},
                {"{", "\\{"},
                {"}", "\\}"},
                {"~", "\\textasciitilde{}"},
                {"^", "\\textasciicircum{}"},
                {"<", "\\textless{}"},
                {">", "\\textgreater{}"},
                {"\xe2\x80\x93", "--"},                /* en dash */
                {"\xe2\x80\xa0", "\\textdagger{}"},    /* dagger */
                {"\xe2\x80\xa1", "\\textdaggerdbl{}"}, /* double dagger */
                {"\xc2\xb1", "\\textpm{}"}};
    while (*text != '\0') {
        size_t i = 0, n = sizeof pair / sizeof pair[0];
        while (i < n && strncmp(text, pair[i].from, strlen(pair[i].from)) != 0)
            i++;
        if (i < n)
            strbuf_add(out, pair[i].to);
        else
            strbuf_add_bytes(out, *text == '\n' || *text == '\r' ? " " : text, 1);
        text += i < n ? strlen(pair[i].from) : 1;
    }
}

static void latex_line(const struct grid *g, long r, struct strbuf *out)
{
    const char *before = "";
    for (size_t c = 0; c < g->n_cols; c++) {
        if (!is_used(g, c))
            continue;
        strbuf_add(out, before);
        grid_latex_text(r == LINE_TITLES ? g->column[c].title : cell_at(g, (size_t)r, c), out);
        before = " & ";
    }
    strbuf_add(out, " \\\\\n");
}

void grid_latex(const struct grid *g, struct strbuf *out)
{
    strbuf_add(out, "\\begin{tabular}{@{}");
    for (size_t c = 0; c < g->n_cols; c++)
        if (is_used(g, c))
            strbuf_add(out, g->column[c].right ? "r" : "l");
    strbuf_add(out, "@{}}\n\\toprule\n");
    latex_line(g, LINE_TITLES, out);
    strbuf_add(out, "\\midrule\n");
    for (size_t r = 0; r < g->n_rows; r++)
        latex_line(g, (long)r, out);
    strbuf_add(out, "\\bottomrule\n\\end{tabular}\n");
}

void grid_html_text(const char *text, struct strbuf *out)
{
    for (; *text != '\0'; text++) {
        const char *entity = *text == '&'   ? "&amp;"
                             : *text == '<' ? "&lt;"
                             : *text == '>' ? "&gt;"
                             : *text == '"' ? "&quot;"
                                            : NULL;
        if (entity != NULL)
            strbuf_add(out, entity);
        else
            strbuf_add_bytes(out, text, 1);
    }
}

static void html_line(const struct grid *g, long r, struct strbuf *out)
{
    const char *element = r == LINE_TITLES ? "th" : "td";
    strbuf_add(out, "<tr>");
    for (size_t c = 0; c < g->n_cols; c++) {
        if (!is_used(g, c))
            continue;
        strbuf_addf(out, "<%s%s>", element, g->column[c].right ? " class=\"n\"" : "");
        grid_html_text(r == LINE_TITLES ? g->column[c].title : cell_at(g, (size_t)r, c), out);
        strbuf_addf(out, "</%s>", element);
    }
    strbuf_add(out, "</tr>\n");
}

void grid_html(const struct grid *g, struct strbuf *out)
{
    strbuf_add(out, "<table>\n");
    html_line(g, LINE_TITLES, out);
    for (size_t r = 0; r < g->n_rows; r++)
        html_line(g, (long)r, out);
    strbuf_add(out, "</table>\n");
}
