#include "results/rowgroup.h"

#include "base/mem.h"

#include <string.h>

const enum column rowgroup_column[ROWGROUP_COLUMNS] = {
    COL_dataset, COL_dataset_kind, COL_split, COL_host_id,        COL_cpu, COL_threads, COL_scope,
    COL_steps,   COL_batch,        COL_cache, COL_latency_source,
};

static int is_superseded(const struct rows *rows, size_t i)
{
    const struct row *r = &rows->row[i];
    const char *key = row_get_text(r, COL_case_key);
    if (!(row_is(r, COL_status, "fail") || row_is(r, COL_status, "invalid")) || *key == '\0')
        return 0;
    for (size_t j = i + 1; j < rows->n; j++)
        if (row_is(&rows->row[j], COL_case_key, key) &&
            row_is(&rows->row[j], COL_host_id, row_get_text(r, COL_host_id)))
            return 1;
    return 0;
}

/* A row that never ran does not know everything that its group does. */
static int same_group(const struct row *a, const struct row *b, int unknown_fits)
{
    for (size_t i = 0; i < ROWGROUP_COLUMNS; i++) {
        const char *x = row_get_text(a, rowgroup_column[i]);
        const char *y = row_get_text(b, rowgroup_column[i]);
        if (strcmp(x, y) != 0 && !(unknown_fits && (*x == '\0' || *y == '\0')))
            return 0;
    }
    return 1;
}

static int has_run(const struct row *r)
{
    return row_is(r, COL_status, "ok") || row_is(r, COL_status, "invalid");
}

static size_t find_group(const struct rows *rows, const struct rowgroups *g, size_t i)
{
    for (size_t j = 0; j < rows->n; j++)
        if (g->of[j] != ROWGROUP_NONE &&
            same_group(&rows->row[i], &rows->row[j], !has_run(&rows->row[i])))
            return g->of[j];
    return ROWGROUP_NONE;
}

/* Rows that ran first: they make the groups into which the others fit. */
enum status rowgroups_make(struct rowgroups *g, const struct rows *rows)
{
    *g = (struct rowgroups){0};
    TRY(mem_new(&g->of, rows->n, sizeof *g->of));
    for (size_t i = 0; i < rows->n; i++)
        g->of[i] = ROWGROUP_NONE;
    for (int ran = 1; ran >= 0; ran--) {
        for (size_t i = 0; i < rows->n; i++) {
            if (has_run(&rows->row[i]) != ran || is_superseded(rows, i))
                continue;
            size_t found = find_group(rows, g, i);
            g->of[i] = found != ROWGROUP_NONE ? found : g->n++;
        }
    }
    return OK;
}

void rowgroups_release(struct rowgroups *g)
{
    mem_free(g->of);
    *g = (struct rowgroups){0};
}

const struct row *rowgroups_leader(const struct rowgroups *g, const struct rows *rows, size_t id)
{
    const struct row *first = NULL;
    for (size_t i = 0; i < rows->n; i++) {
        if (g->of[i] == id && has_run(&rows->row[i]))
            return &rows->row[i];
        if (g->of[i] == id && first == NULL)
            first = &rows->row[i];
    }
    return first;
}
