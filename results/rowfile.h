/* rowfile.h - rows in a CSV file that many processes may append to and any may die at.
 *
 * RFC 4180, LF, one header line, the columns of columns.def in their order. */
#ifndef RESULTS_ROWFILE_H
#define RESULTS_ROWFILE_H

#include "base/status.h"
#include "results/row.h"

#include <stddef.h>

/* Rows in the order of the file. Zero-initialise; release with rows_release. */
struct rows {
    struct row *row; /* [n] */
    size_t n, cap;
};

/* Adds a copy of a row at the end. */
enum status rows_add(struct rows *rows, const struct row *row);
void rows_release(struct rows *rows);

/* Appends one row: a lock on the file, one write of the whole line, fsync. Makes the file (and its
 * folder) with the header line if it is absent or empty; cuts a torn last line, which a killed
 * writer left, with a warning. An empty schema cell is filled in. The file is as before after
 * E_FORMAT: the row fails row_check, the header is not exactly ours (the message names the
 * difference), or what follows the last whole line is more than one torn row. E_IO otherwise. */
enum status rowfile_append(const char *path, const struct row *row);

/* Adds all rows of the file to *rows (more can be read into the same). A torn last line is left
 * out with a warning; an empty file has no rows. E_IO if it cannot be read; E_FORMAT with
 * `path:line` for another header, malformed CSV or a row that fails row_check; *rows is then as
 * before. */
enum status rowfile_read(const char *path, struct rows *rows);

/* 1 if a row with this case_key and a status of ok, skip or invalid is there: the case is done and
 * a resumed run leaves it out. A `fail` row does not count, so that its case is tried again. */
int rowfile_has_key(const struct rows *rows, const char *case_key);

/* The same, but only a row whose status is not `invalid`: for a run that is to try these again. */
int rowfile_has_valid(const struct rows *rows, const char *case_key);

#endif
