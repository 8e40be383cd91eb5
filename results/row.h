/* row.h - one result: a text cell for every column of columns.def. */
#ifndef RESULTS_ROW_H
#define RESULTS_ROW_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* Version of columns.def; raised with every change to it. */
enum { ROW_SCHEMA = 1 };

/* COL_schema, COL_run_id, ... in the order of the file; COL_COUNT is their number. */
enum column {
#define COLUMN(name, type, allowed, about) COL_##name,
#include "results/columns.def"
#undef COLUMN
    COL_COUNT
};

enum column_type { COLUMN_TEXT, COLUMN_INT, COLUMN_REAL };

struct column_info {
    const char *name;
    enum column_type type;
    const char *allowed; /* "" or words joined by '|'; "model:*" is any text that begins so */
    const char *about;   /* one line */
};

/* What columns.def says of a column. */
const struct column_info *column_info(enum column c);

/* The column of that name, or COL_COUNT. */
enum column column_find(const char *name);

/* NULL stands for "", an unknown value. Zero-initialise; release with row_clear. */
struct row {
    char *cell[COL_COUNT];
};

/* Set a cell, replacing what it held; NULL or "" makes it unknown. E_NOMEM leaves it as it was. */
enum status row_set_text(struct row *r, enum column c, const char *text);
enum status row_set_int(struct row *r, enum column c, int64_t value);
/* %.9g whatever the locale; a value that is not finite is unknown. */
enum status row_set_real(struct row *r, enum column c, double value);
/* One value a layer: joined by ';' if they differ, else the one value. n = 0 is unknown. */
enum status row_set_ints(struct row *r, enum column c, const int64_t *value, size_t n);
enum status row_set_reals(struct row *r, enum column c, const double *value, size_t n);

/* The cell's text, "" if unknown. Borrowed until the cell is set again. */
const char *row_get_text(const struct row *r, enum column c);

/* 1 and the value in *out if the cell holds exactly one number, else 0. */
int row_get_real(const struct row *r, enum column c, double *out);

/* 1 if the cell holds that text. */
int row_is(const struct row *r, enum column c, const char *text);

/* Makes every cell unknown and frees what they held. */
void row_clear(struct row *r);

/* Makes *to, which is not released before, a copy. On E_NOMEM *to is empty. */
enum status row_copy(struct row *to, const struct row *from);

/* E_FORMAT, naming the column, if a cell does not fit its column: no number where one belongs,
 * a word that is not among the allowed, another schema, or no status. */
enum status row_check(const struct row *r);

#endif
