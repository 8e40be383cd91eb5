#include "bench/resources.h"

#include "base/csv.h"
#include "bench/resources_text.h"

#include <stdlib.h>
#include <string.h>

enum { SET, FAMILY, SCOPE, LUT, FF, DSP, BRAM36, N_CELLS };
static const char *const title[N_CELLS] = {"set", "family", "scope", "lut", "ff", "dsp", "bram36"};

struct reading {
    const char *set;
    struct resources *out;
    size_t lines;
    int found;
};

static enum status check_titles(char **cell, const size_t at[N_CELLS])
{
    for (int i = 0; i < N_CELLS; i++)
        if (strcmp(cell[at[i]], title[i]) != 0)
            return fail(E_FORMAT, "fpga-resources.csv:1: column '%s' (expected '%s')", cell[at[i]],
                        title[i]);
    return OK;
}

static enum status on_line(void *ctx, char **cell, size_t n, size_t line)
{
    static const size_t at[N_CELLS] = {0, 1, 2, 4, 5, 6, 7}; /* 3: multipliers */
    struct reading *r = ctx;
    if (n <= at[BRAM36])
        return fail(E_FORMAT, "fpga-resources.csv:%zu: %zu cells", line, n);
    if (r->lines++ == 0)
        return check_titles(cell, at);
    if (strcmp(cell[at[SET]], r->set) != 0 || strcmp(cell[at[FAMILY]], "xc7") != 0 ||
        strcmp(cell[at[SCOPE]], "top") != 0)
        return OK;
    *r->out = (struct resources){atoi(cell[at[LUT]]), atoi(cell[at[FF]]), atoi(cell[at[DSP]]),
                                 strtod(cell[at[BRAM36]], NULL)};
    r->found = 1;
    return OK;
}

/* What follows "model:" or "sim:", whatever stands before it ("pio:"); NULL without. */
static const char *after_scheme(const char *uri)
{
    static const char *const scheme[] = {"model:", "sim:"};
    for (int i = 0; i < 2; i++) {
        const char *at = strstr(uri, scheme[i]);
        if (at != NULL && (at == uri || at[-1] == ':'))
            return at + strlen(scheme[i]);
    }
    return NULL;
}

enum status resources_of(const char *uri, struct resources *out, int *found)
{
    char set[32];
    struct reading r = {.set = set, .out = out};
    const char *name = after_scheme(uri);
    size_t n = name != NULL ? strcspn(name, ",?") : 0;
    *found = 0;
    if (n == 0 || n >= sizeof set || name[n] == ',')
        return OK;
    memcpy(set, name, n);
    set[n] = '\0';
    TRY(csv_read(resources_text, strlen(resources_text), "fpga-resources.csv", on_line, &r));
    *found = r.found;
    return OK;
}
