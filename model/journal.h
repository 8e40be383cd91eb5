/* journal.h - numbers under names, kept in a file line by line, so that long work that was stopped
 * at any moment finds again what it had. */
#ifndef MODEL_JOURNAL_H
#define MODEL_JOURNAL_H

#include "base/status.h"

#include <stddef.h>

struct journal_entry {
    char *name;
    double value;
};

struct journal {
    char *path; /* NULL: in memory only */
    size_t n;
    struct journal_entry *entry; /* [n] */
};

/* Opens the journal of the work that `id` names (one word). With resume = 1 entries that are there
 * are taken over, and a torn last line is cut off; else it starts empty and an old file goes. No
 * file is made before the first entry. E_USAGE if the file is of other work, E_FORMAT with
 * path:line if it is malformed. Release with journal_release, also after a failure. */
enum status journal_open(const char *path, const char *id, int resume, struct journal *out);
void journal_release(struct journal *j);

/* 1 and the value, bit for bit, if the name has one. */
int journal_find(const struct journal *j, const char *name, double *value);

/* Adds a name, which holds no line end, and has it on the disk before it returns. */
enum status journal_add(struct journal *j, const char *id, const char *name, double value);

#endif
