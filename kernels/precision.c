#include "kernels/precision.h"

#include <string.h>

static const char *const names[N_PRECISIONS] = {"f32", "bf16", "q16", "q8", "q10", "f27"};

const char *precision_name(enum precision p)
{
    return names[p];
}

enum status precision_parse(const char *word, enum precision *out)
{
    for (int i = 0; i < N_PRECISIONS; i++) {
        if (strcmp(word, names[i]) == 0) {
            *out = (enum precision)i;
            return OK;
        }
    }
    return fail(E_USAGE, "unknown precision '%s' (expected f32, bf16, q16, q8, q10 or f27)", word);
}
