/* json.h - JSON values, through jansson. A value belongs to the root that it was reached from. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/status.h"
#include "base/strbuf.h"

#include <stddef.h>
#include <stdint.h>

struct json; /* one value */

/* Parses n bytes of UTF-8 whose root is an object; duplicate keys and trailing bytes are refused.
 * `name` is used in messages. Release the root with json_release. */
enum status json_parse(const char *bytes, size_t n, const char *name, struct json **root);
/* A new empty object. */
enum status json_new(struct json **root);
void json_release(struct json *root);

/* Visits the members of an object in an unspecified, stable order. Anything but OK stops. */
typedef enum status json_member_fn(void *ctx, const char *key, const struct json *value);
enum status json_each(const struct json *object, json_member_fn *fn, void *ctx);

/* Number of members or items; 0 if the value is neither object nor array. */
size_t json_count(const struct json *v);
/* The member of that name, or NULL (also if v is no object). */
const struct json *json_member(const struct json *v, const char *key);
/* The item of an array, or NULL. */
const struct json *json_item(const struct json *v, size_t i);
int json_has_members(const struct json *v);
int json_has_items(const struct json *v);

/* The text of a string (no embedded NUL), or NULL if v is NULL or anything else. */
const char *json_text(const struct json *v);
/* 1 and the number in *out if v is an integer, else 0. */
int json_whole(const struct json *v, int64_t *out);
/* 1 and the number in *out if v is any number, else 0. */
int json_real_of(const struct json *v, double *out);

/* Add members to an object. The text must be UTF-8 (E_FORMAT otherwise). */
enum status json_put_text(struct json *object, const char *key, const char *text);
enum status json_put_whole(struct json *object, const char *key, int64_t value);
enum status json_put_number(struct json *object, const char *key, double value);
enum status json_put_wholes(struct json *object, const char *key, const int64_t *v, size_t n);
/* Takes the member of that name out of an object; nothing if there is none. */
void json_drop(struct json *object, const char *key);
/* A new empty object (or array of objects) below `object`; borrowed. */
enum status json_put_object(struct json *object, const char *key, struct json **child);
enum status json_put_array(struct json *object, const char *key, struct json **child);
/* The array of that name, made if it is not there; E_FORMAT if something else is. Borrowed. */
enum status json_open_array(struct json *object, const char *key, struct json **child);
enum status json_push_object(struct json *array, struct json **child);

/* Appends the text, keys sorted, compact or indented by two blanks. */
enum status json_write(const struct json *v, int indent, struct strbuf *out);

#endif
