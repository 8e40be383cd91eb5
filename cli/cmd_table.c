/* cmd_table.c - brds table: result files as tables. */
#include "base/file.h"
#include "cli/command.h"
#include "results/rowfile.h"
#include "results/table.h"

#include <stdio.h>

static enum status read_all(const struct options *o, struct rows *rows)
{
    size_t n;
    char *const *path = options_operands(o, &n);
    for (size_t i = 0; i < n; i++)
        TRY(rowfile_read(path[i], rows));
    if (rows->n == 0)
        return fail(E_FORMAT, "%s: no rows (expected the output of brds bench)", path[n - 1]);
    return OK;
}

static enum status run(const struct options *o)
{
    struct rows rows = {0};
    struct strbuf text = {0};
    enum table_format format;
    enum status s = OK;
    const char *out = options_text(o, "out");
    TRY_OUT(table_format_find(options_text(o, "format"), &format));
    TRY_OUT(read_all(o, &rows));
    TRY_OUT(table_write(&rows, format, &text));
    if (out != NULL)
        s = file_write(out, text.s, text.n);
    else
        fputs(strbuf_text(&text), stdout);
out:
    rows_release(&rows);
    strbuf_release(&text);
    return s;
}

static const struct option_info options[] = {
    {"format", 'f', OPTION_TEXT, "NAME", .choices = "markdown|csv|latex", .fallback = "markdown",
     .help = "how the tables are written"},
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
               "columns of the files mean.\n",
    .min_operands = 1,
    .max_operands = -1,
    .options = options,
    .run = run,
};
