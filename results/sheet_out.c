#include "results/sheet_out.h"

#include <string.h>

void sheet_out_begin(struct sheet_out *s)
{
    if (s->format == SHEET_LATEX)
        strbuf_add(s->out, "\\documentclass{article}\n"
                           "\\usepackage[a4paper,landscape,margin=10mm]{geometry}\n"
                           "\\usepackage{textcomp}\n"
                           "\\usepackage{booktabs}\n"
                           "\\begin{document}\n");
}

void sheet_out_end(struct sheet_out *s)
{
    if (s->format == SHEET_LATEX)
        strbuf_add(s->out, "\n\\end{document}\n");
}

/* A list in Markdown is a paragraph a line in LaTeX. */
static void latex_note(const char *note, struct strbuf *out)
{
    while (*note != '\0') {
        size_t n = strcspn(note, "\n");
        struct strbuf line = {0};
        strbuf_addf(&line, "%.*s", (int)n, note);
        strbuf_add(out, "\n\\smallskip\\noindent\\footnotesize ");
        grid_latex_text(strbuf_text(&line) + (strncmp(strbuf_text(&line), "- ", 2) == 0 ? 2 : 0),
                        out);
        strbuf_add(out, "\n");
        out->failed |= line.failed;
        strbuf_release(&line);
        note += n + (note[n] == '\n');
    }
}

static void latex_table(struct sheet_out *s, const char *title, const struct grid *g,
                        const char *note)
{
    strbuf_add(s->out, "\n\\begin{table}[p]\n\\centering\\scriptsize\n\\caption{");
    grid_latex_text(title, s->out);
    strbuf_add(s->out, "}\n");
    if (g->n_rows != 0)
        grid_latex(g, s->out);
    latex_note(note, s->out);
    strbuf_add(s->out, "\\end{table}\n");
}

static void markdown_table(struct sheet_out *s, const char *title, const struct grid *g,
                           const char *note)
{
    strbuf_addf(s->out, "%s### %s\n\n", s->n != 0 ? "\n" : "", title);
    if (g->n_rows != 0)
        grid_markdown(g, s->out);
    if (*note != '\0')
        strbuf_addf(s->out, "%s%s", g->n_rows != 0 ? "\n" : "", note);
}

static void html_table(struct sheet_out *s, const char *title, const struct grid *g,
                       const char *note)
{
    strbuf_add(s->out, "<section>\n<h3>");
    grid_html_text(title, s->out);
    strbuf_add(s->out, "</h3>\n");
    if (g->n_rows != 0)
        grid_html(g, s->out);
    if (*note != '\0') {
        strbuf_add(s->out, "<pre>");
        grid_html_text(note, s->out);
        strbuf_add(s->out, "</pre>\n");
    }
    strbuf_add(s->out, "</section>\n");
}

void sheet_out_table(struct sheet_out *s, const char *title, const struct grid *g, const char *note)
{
    static void (*const write[])(struct sheet_out *, const char *, const struct grid *,
                                 const char *) = {markdown_table, latex_table, html_table};
    write[s->format](s, title, g, note);
    s->n++;
}
