/* data_list.h - the corpora of the data folder as facts. */
#ifndef CLI_DATA_LIST_H
#define CLI_DATA_LIST_H

#include "cli/sheet.h"
#include "datasets/store.h"

/* Adds the facts of one corpus to a group: form, counts, what is worth knowing,
 * sha256, licence. */
enum status data_list_entry(struct sheet *group, const struct store_entry *e);

/* Adds a list `data` to the sheet: what is in the data folder (data_dir NULL: the user's), and of
 * what is missing the command that adds it. */
enum status data_list_add(struct sheet *s, const char *data_dir);

#endif
