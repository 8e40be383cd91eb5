#include "cli/man_page.h"

#include "cli/command.h"
#include "cli/option_value.h"

#include <string.h>

/* Text as it stands: no letter begins a request or an escape. */
static void put_text(struct strbuf *b, const char *text)
{
    int at_start = 1;
    for (; *text != '\0'; text++) {
        if (at_start && (*text == '.' || *text == '\''))
            strbuf_add(b, "\\&");
        at_start = *text == '\n';
        if (*text == '\\')
            strbuf_add(b, "\\e");
        else if (*text == '-')
            strbuf_add(b, "\\-");
        else
            strbuf_add_bytes(b, text, 1);
    }
}

static void put_option(struct strbuf *b, const struct option_info *o)
{
    char bounds[64];
    strbuf_add(b, ".TP\n.B ");
    if (o->key != 0)
        strbuf_addf(b, "\\-%c, ", o->key);
    strbuf_add(b, "\\-\\-");
    put_text(b, o->name);
    if (o->type != OPTION_FLAG) {
        strbuf_add(b, " \\fI");
        put_text(b, o->value);
        strbuf_add(b, "\\fR");
    }
    strbuf_add(b, "\n");
    put_text(b, o->help);
    if (o->choices != NULL) {
        strbuf_add(b, "; one of ");
        option_choices(b, o);
    }
    if (*option_bounds(bounds, o) != '\0') {
        strbuf_add(b, "; ");
        put_text(b, bounds);
    }
    if (o->fallback != NULL) {
        strbuf_add(b, "; default ");
        put_text(b, o->fallback);
    }
    strbuf_addf(b, "%s.\n", o->needed ? "; must be given" : "");
}

static void put_options(struct strbuf *b, const struct option_info *table)
{
    for (; table != NULL && table->name != NULL; table++)
        put_option(b, table);
}

static void put_command(struct strbuf *b, const struct command *c)
{
    strbuf_addf(b, ".SS brds %s [OPTION...]%s", c->name, c->operands[0] != '\0' ? " " : "");
    put_text(b, c->operands);
    strbuf_add(b, "\n");
    put_text(b, c->about);
    strbuf_add(b, "\n");
    if (c->details != NULL) {
        strbuf_add(b, ".PP\n.nf\n"); /* lists are laid out by hand */
        put_text(b, c->details);
        strbuf_add(b, ".fi\n");
    }
    put_options(b, c->options);
}

void man_page(struct strbuf *out)
{
    strbuf_add(out,
               ".TH BRDS 1 \"\" \"brds " BRDS_VERSION "\" \"User Commands\"\n"
               ".SH NAME\nbrds \\- row\\-balanced dual\\-ratio sparse LSTMs: train, prune, run, "
               "compare\n"
               ".SH SYNOPSIS\n.B brds\n\\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIOPERAND\\fR...]\n"
               ".SH COMMANDS\n");
    for (size_t i = 0; i < command_count; i++)
        put_command(out, command_list[i]);
    strbuf_add(out, ".SH OPTIONS OF EVERY COMMAND\n");
    put_options(out, options_common());
    strbuf_add(out, ".SH SEE ALSO\n.B brds help\nlists topics: exit codes, the columns of results, "
                    "formats, nets, variables of the environment.\n");
}
