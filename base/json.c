#include "base/json.h"

#include <jansson.h>
#include <string.h>

/* struct json is jansson's json_t under our name, so that jansson.h stays in this file. */
static json_t *own(const struct json *v)
{
    return (json_t *)(uintptr_t)v;
}

enum status json_parse(const char *bytes, size_t n, const char *name, struct json **root)
{
    json_error_t e;
    json_t *v = json_loadb(bytes, n, JSON_REJECT_DUPLICATES, &e);
    *root = NULL;
    if (v == NULL)
        return fail(E_FORMAT, "%s: JSON line %d column %d: %s", name, e.line, e.column, e.text);
    if (!json_has_members((const struct json *)v)) {
        json_decref(v);
        return fail(E_FORMAT, "%s: JSON root is not an object", name);
    }
    *root = (struct json *)v;
    return OK;
}

enum status json_new(struct json **root)
{
    *root = (struct json *)json_object();
    return *root != NULL ? OK : fail(E_NOMEM, "memory: no room for JSON");
}

void json_release(struct json *root)
{
    json_decref(own(root));
}

enum status json_each(const struct json *object, json_member_fn *fn, void *ctx)
{
    for (void *it = json_object_iter(own(object)); it != NULL;
         it = json_object_iter_next(own(object), it))
        TRY(fn(ctx, json_object_iter_key(it), (const struct json *)json_object_iter_value(it)));
    return OK;
}

size_t json_count(const struct json *v)
{
    return json_has_items(v) ? json_array_size(own(v)) : json_object_size(own(v));
}

const struct json *json_member(const struct json *v, const char *key)
{
    return (const struct json *)json_object_get(own(v), key);
}

const struct json *json_item(const struct json *v, size_t i)
{
    return (const struct json *)json_array_get(own(v), i);
}

int json_has_members(const struct json *v)
{
    return v != NULL && json_typeof(own(v)) == JSON_OBJECT;
}

int json_has_items(const struct json *v)
{
    return v != NULL && json_typeof(own(v)) == JSON_ARRAY;
}

const char *json_text(const struct json *v)
{
    const char *s = json_string_value(own(v));
    return s != NULL && strlen(s) == json_string_length(own(v)) ? s : NULL;
}

int json_whole(const struct json *v, int64_t *out)
{
    if (v == NULL || !json_is_integer(own(v)))
        return 0;
    *out = json_integer_value(own(v));
    return 1;
}

int json_real_of(const struct json *v, double *out)
{
    if (v == NULL || !json_is_number(own(v)))
        return 0;
    *out = json_number_value(own(v));
    return 1;
}

static enum status put(struct json *object, const char *key, json_t *v)
{
    if (v == NULL || json_object_set_new(own(object), key, v) != 0)
        return fail(E_FORMAT, "JSON: the value of '%s' is not UTF-8 or does not fit", key);
    return OK;
}

void json_drop(struct json *object, const char *key)
{
    json_object_del(own(object), key);
}

enum status json_put_text(struct json *object, const char *key, const char *text)
{
    return put(object, key, json_string(text));
}

enum status json_put_whole(struct json *object, const char *key, int64_t value)
{
    return put(object, key, json_integer(value));
}

enum status json_put_number(struct json *object, const char *key, double value)
{
    return put(object, key, json_real(value));
}

enum status json_put_wholes(struct json *object, const char *key, const int64_t *v, size_t n)
{
    json_t *a = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(a, json_integer(v[i]));
    return put(object, key, a);
}

enum status json_put_object(struct json *object, const char *key, struct json **child)
{
    json_t *v = json_object();
    *child = (struct json *)v;
    return put(object, key, v);
}

enum status json_put_array(struct json *object, const char *key, struct json **child)
{
    json_t *v = json_array();
    *child = (struct json *)v;
    return put(object, key, v);
}

enum status json_open_array(struct json *object, const char *key, struct json **child)
{
    json_t *v = json_object_get(own(object), key);
    *child = (struct json *)v;
    if (v == NULL)
        return json_put_array(object, key, child);
    return json_is_array(v) ? OK : fail(E_FORMAT, "JSON: '%s' is no array", key);
}

enum status json_push_object(struct json *array, struct json **child)
{
    json_t *v = json_object();
    *child = (struct json *)v;
    return json_array_append_new(own(array), v) == 0 ? OK
                                                     : fail(E_NOMEM, "memory: no room for JSON");
}

static int append(const char *text, size_t n, void *out)
{
    strbuf_add_bytes(out, text, n);
    return 0;
}

enum status json_write(const struct json *v, int indent, struct strbuf *out)
{
    size_t flags = JSON_SORT_KEYS | (indent ? JSON_INDENT(2) : JSON_COMPACT);
    if (json_dump_callback(own(v), append, out, flags) != 0)
        return fail(E_FORMAT, "JSON: the value cannot be written");
    return strbuf_check(out);
}
