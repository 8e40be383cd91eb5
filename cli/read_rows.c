#include "cli/read_rows.h"

enum status read_rows(const struct options *o, struct rows *rows)
{
    size_t n;
    char *const *path = options_operands(o, &n);
    for (size_t i = 0; i < n; i++)
        TRY(rowfile_read(path[i], rows));
    if (rows->n == 0)
        return fail(E_FORMAT, "%s: no rows (expected the output of brds bench)", path[n - 1]);
    return OK;
}

enum status read_machines(const struct options *o, struct machines *machines)
{
    size_t n;
    char *const *path = options_operands(o, &n);
    for (size_t i = 0; i < n; i++)
        TRY(machines_read(path[i], machines));
    return OK;
}
