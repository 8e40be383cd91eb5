/* cmd_table.c - brds table: result files as tables. */
#include "base/file.h"
#include "cli/command.h"
#include "cli/read_rows.h"
#include "results/compare.h"
#include "results/rowfile.h"
#include "results/table.h"

#include <stdio.h>

/* The changes against --diff; E_CHECK if something got worse. */
static enum status diff(const struct options *o, const struct rows *now, enum table_format format,
                        struct strbuf *text, size_t *worse)
{
    struct rows old = {0};
    struct sheet_out out = {.out = text,
                            .format = format == TABLE_LATEX ? SHEET_LATEX : SHEET_MARKDOWN};
    if (format == TABLE_CSV)
        return fail(E_USAGE, "--diff: cannot be written as csv (markdown, latex)");
    enum status s = rowfile_read(options_text(o, "diff"), &old);
    sheet_out_begin(&out);
    if (s == OK)
        s = compare_files(&old, now, &out, worse);
    sheet_out_end(&out);
    rows_release(&old);
    return s;
}

static enum status make_text(const struct options *o, enum table_format format, struct strbuf *text,
                             size_t *worse)
{
    struct rows rows = {0};
    int published = options_flag(o, "published");
    enum status s = read_rows(o, &rows);
    if (s == OK)
        s = options_given(o, "diff") ? diff(o, &rows, format, text, worse)
                                     : table_write(&rows, format, published, text);
    rows_release(&rows);
    return s;
}

static enum status run(const struct options *o)
{
    struct strbuf text = {0};
    enum table_format format;
    size_t worse = 0;
    const char *out = options_text(o, "out");
    TRY(table_format_find(options_text(o, "format"), &format));
    enum status s = make_text(o, format, &text, &worse);
    if (s == OK && out != NULL)
        s = file_write(out, text.s, text.n);
    else if (s == OK)
        fputs(strbuf_text(&text), stdout);
    strbuf_release(&text);
    return s == OK && worse != 0
               ? fail(E_CHECK, "%zu values got worse than in %s", worse, options_text(o, "diff"))
               : s;
}

static const struct option_info options[] = {
    {"format", 'f', OPTION_TEXT, "NAME", .choices = "markdown|csv|latex", .fallback = "markdown",
     .help = "how the tables are written"},
    {"published", 0, OPTION_FLAG, .help = "add the figures of published systems"},
    {"diff", 0, OPTION_TEXT, "OLD.csv",
     .help = "tell only what changed against that file, outside the intervals; status 1 if "
             "something got worse"},
    {"out", 'o', OPTION_TEXT, "FILE",
     .help = "write there, whole or not at all, instead of to "
             "standard output"},
    {0},
};

const struct command cmd_table = {
    .name = "table",
    .about = "Prints the accuracy and latency in result files as tables.",
    .operands = "FILE.csv...",
    .details = "Rows stand in one table only if they are comparable: same data, split, machine,\n"
               "threads, scope, steps, batch and cache state. brds help metrics tells what the\n"
               "columns of the files mean. Then come one ratio against two at equal weights, and\n"
               "the number formats. LaTeX is a whole document in the style of booktabs.\n",
    .min_operands = 1,
    .max_operands = -1,
    .options = options,
    .run = run,
};
