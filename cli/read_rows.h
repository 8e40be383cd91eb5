/* read_rows.h - the operands of a command as result files. */
#ifndef CLI_READ_ROWS_H
#define CLI_READ_ROWS_H

#include "cli/options.h"
#include "results/machines.h"
#include "results/rowfile.h"

/* Reads all of them; E_FORMAT if there is no row. */
enum status read_rows(const struct options *o, struct rows *rows);

/* Reads what stands beside them of their machines. */
enum status read_machines(const struct options *o, struct machines *machines);

#endif
