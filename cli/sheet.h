/* sheet.h - facts for a person or for a program: lines `name  value` and JSON, made at once. */
#ifndef CLI_SHEET_H
#define CLI_SHEET_H

#include "base/json.h"
#include "base/status.h"
#include "base/strbuf.h"

#include <stddef.h>
#include <stdint.h>

/* A sheet, or a group of facts in one; groups are borrowed from the sheet. */
struct sheet {
    struct json *json;
    struct strbuf *text;
    int indent;
};

/* An empty sheet over `text`, which is the caller's; release with sheet_release. */
enum status sheet_begin(struct sheet *s, struct strbuf *text);
void sheet_release(struct sheet *s);

/* Add a fact. The key `cache_bytes` stands in JSON and, as `cache bytes`, in the text. An empty
 * text and a number that is not finite are left out. */
enum status sheet_text(struct sheet *s, const char *key, const char *value);
enum status sheet_whole(struct sheet *s, const char *key, int64_t value);
enum status sheet_real(struct sheet *s, const char *key, double value);

/* A JSON array under `key`, and an object in it that begins with the fact `name`. */
enum status sheet_list(struct sheet *s, const char *key, struct json **list);
enum status sheet_item(struct sheet *s, struct json *list, const char *name, struct sheet *item);

/* A JSON object under `key`. */
enum status sheet_group(struct sheet *s, const char *key, struct sheet *group);

/* Prints the sheet on standard output, as JSON if `json` is not 0. */
enum status sheet_print(const struct sheet *s, int json);

#endif
