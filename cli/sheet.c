#include "cli/sheet.h"

#include "results/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { NAME_WIDTH = 20 };

enum status sheet_begin(struct sheet *s, struct strbuf *text)
{
    *s = (struct sheet){.text = text};
    return json_new(&s->json);
}

void sheet_release(struct sheet *s)
{
    json_release(s->json);
    *s = (struct sheet){0};
}

static void put_line(const struct sheet *s, const char *key, const char *value)
{
    char name[64];
    size_t n = 0;
    for (; key[n] != '\0' && n < sizeof name - 1; n++)
        name[n] = key[n] == '_' ? ' ' : key[n];
    name[n] = '\0';
    strbuf_addf(s->text, "%*s%-*s %s\n", s->indent, "", NAME_WIDTH - s->indent, name, value);
}

enum status sheet_text(struct sheet *s, const char *key, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return OK;
    put_line(s, key, value);
    return json_put_text(s->json, key, value);
}

enum status sheet_whole(struct sheet *s, const char *key, int64_t value)
{
    char text[NUMBER_TEXT];
    snprintf(text, sizeof text, "%" PRId64, value);
    put_line(s, key, text);
    return json_put_whole(s->json, key, value);
}

enum status sheet_real(struct sheet *s, const char *key, double value)
{
    char text[NUMBER_TEXT];
    if (!isfinite(value))
        return OK;
    put_line(s, key, number_write(text, value));
    return json_put_number(s->json, key, value);
}

enum status sheet_list(struct sheet *s, const char *key, struct json **list)
{
    strbuf_addf(s->text, "%*s%s\n", s->indent, "", key);
    return json_put_array(s->json, key, list);
}

enum status sheet_item(struct sheet *s, struct json *list, const char *name, struct sheet *item)
{
    *item = (struct sheet){.text = s->text, .indent = s->indent + 4};
    strbuf_addf(s->text, "%*s%s\n", s->indent + 2, "", name);
    TRY(json_push_object(list, &item->json));
    return json_put_text(item->json, "name", name);
}

enum status sheet_group(struct sheet *s, const char *key, struct sheet *group)
{
    *group = (struct sheet){.text = s->text, .indent = s->indent + 2};
    strbuf_addf(s->text, "%*s%s\n", s->indent, "", key);
    return json_put_object(s->json, key, &group->json);
}

enum status sheet_print(const struct sheet *s, int json)
{
    struct strbuf out = {0};
    enum status st = strbuf_check(s->text);
    if (st == OK && json)
        st = json_write(s->json, 1, &out);
    if (st == OK) {
        fputs(json ? strbuf_text(&out) : strbuf_text(s->text), stdout);
        if (json && (out.n == 0 || out.s[out.n - 1] != '\n'))
            putchar('\n');
    }
    strbuf_release(&out);
    return st;
}
