#include "model/recipe.h"

#include <math.h>

void recipe_text(const struct recipe *r, struct strbuf *out)
{
    strbuf_addf(out,
                "lr=%.9g decay=%.9g decay_after=%d epochs=%.9g lanes=%d steps=%d clip=%.9g "
                "init=%.9g keep=%.9g seed=%llu threads=%d",
                r->lr, r->decay, r->decay_after, r->epochs, r->lanes, r->steps, r->clip, r->init,
                r->keep, (unsigned long long)r->seed, r->threads);
}

static enum status within(const char *field, double v, double lo, double hi)
{
    if (!(v >= lo && v <= hi))
        return fail(E_USAGE, "recipe: %s is %g (expected %g to %g)", field, v, lo, hi);
    return OK;
}

enum status recipe_check(const struct recipe *r)
{
    TRY(within("lr", r->lr, 0, 1e6));
    TRY(within("decay", r->decay, 0, 1));
    TRY(within("decay_after", r->decay_after, 0, 1e6));
    TRY(within("epochs", r->epochs, 0, 1e6));
    TRY(within("lanes", r->lanes, 1, 1 << 20));
    TRY(within("steps", r->steps, 1, 1 << 20));
    TRY(within("clip", r->clip, 0, 1e9));
    TRY(within("init", r->init, 0, 10));
    TRY(within("threads", r->threads, 1, 1024));
    if (!(r->keep > 0 && r->keep <= 1))
        return fail(E_USAGE, "recipe: keep is %g (expected over 0, at most 1)", r->keep);
    return OK;
}
