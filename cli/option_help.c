#include "cli/option_value.h"
#include "cli/options.h"

#include <string.h>

enum { INDENT = 28, WIDTH = 80 };

/* Adds the words of `text`, which start at column INDENT, in lines of at most WIDTH. */
static void put_wrapped(struct strbuf *b, const char *text)
{
    size_t at = INDENT;
    for (const char *p = text; *p != '\0'; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        if (at != INDENT && at + 1 + n > WIDTH) {
            strbuf_addf(b, "\n%*s", INDENT, "");
            at = INDENT;
        } else if (at != INDENT) {
            strbuf_add(b, " ");
            at++;
        }
        strbuf_add_bytes(b, p, n);
        at += n;
        p += n;
    }
    strbuf_add(b, "\n");
}

/* "help text (choices; bounds; default x)" */
static void put_meaning(struct strbuf *b, const struct option_info *o)
{
    char bounds[64];
    const char *gap = " (";
    strbuf_add(b, o->help);
    if (o->choices != NULL) {
        strbuf_add(b, gap);
        option_choices(b, o);
        gap = "; ";
    }
    if (*option_bounds(bounds, o) != '\0') {
        strbuf_addf(b, "%s%s", gap, bounds);
        gap = "; ";
    }
    if (o->needed || o->fallback != NULL) {
        strbuf_addf(b, "%s%s%s", gap, o->needed ? "must be given" : "default ",
                    o->needed ? "" : o->fallback);
        gap = "; ";
    }
    if (gap[0] == ';')
        strbuf_add(b, ")");
}

static void put_option(struct strbuf *b, const struct option_info *o)
{
    struct strbuf head = {0}, meaning = {0};
    if (o->key != 0)
        strbuf_addf(&head, "  -%c, ", o->key);
    else
        strbuf_add(&head, "      ");
    strbuf_addf(&head, "--%s", o->name);
    if (o->type != OPTION_FLAG)
        strbuf_addf(&head, " %s", o->value);
    put_meaning(&meaning, o);
    strbuf_add(b, strbuf_text(&head));
    if (head.n + 2 > INDENT)
        strbuf_addf(b, "\n%*s", INDENT, "");
    else
        strbuf_addf(b, "%*s", (int)(INDENT - head.n), "");
    put_wrapped(b, strbuf_text(&meaning));
    b->failed |= head.failed | meaning.failed;
    strbuf_release(&head);
    strbuf_release(&meaning);
}

static void put_table(struct strbuf *b, const struct option_info *table)
{
    for (; table != NULL && table->name != NULL; table++)
        put_option(b, table);
}

void options_help(const struct command *c, struct strbuf *out)
{
    strbuf_addf(out, "Usage: brds %s [OPTION...]%s%s\n%s\n\n", c->name,
                c->operands[0] != '\0' ? " " : "", c->operands, c->about);
    if (c->details != NULL)
        strbuf_addf(out, "%s\n", c->details);
    strbuf_add(out, "Options:\n");
    put_table(out, c->options);
    put_table(out, options_common());
}
