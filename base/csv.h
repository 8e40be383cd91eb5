/* csv.h - RFC 4180 reading (through libcsv) and writing. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/status.h"
#include "base/strbuf.h"

#include <stddef.h>

/* Called for every line: `n` cells, NUL-terminated (a cell with a NUL byte is refused before), and
 * the number of the line in which it ends. Anything but OK stops the reading and is returned. */
typedef enum status csv_line_fn(void *ctx, char **cell, size_t n, size_t line);

/* Parses n bytes strictly: an open or stray quote, a NUL byte, a byte-order mark or a line whose
 * cell count differs from the first is E_FORMAT with `name:line`. The last line may lack its line
 * end. Blanks around unquoted cells are kept as written. */
enum status csv_read(const char *bytes, size_t n, const char *name, csv_line_fn *fn, void *ctx);

/* Appends one cell, quoted only where needed (comma, quote, CR, LF, blank at an edge). */
void csv_put_cell(struct strbuf *b, const char *cell);

/* Appends a line of n cells, separated by commas, ended by LF. */
void csv_put_line(struct strbuf *b, const char *const *cell, size_t n);

#endif
