#include "model/recipe.h"

#include <math.h>
#include <string.h>

static void add_real(struct strbuf *out, const char *name, double v, double off)
{
    if (v != off)
        strbuf_addf(out, " %s=%.9g", name, v);
}

/* The younger fields: a recipe without them keeps the text, and so the key, that it had before. */
static void add_more(const struct recipe *r, struct strbuf *out)
{
    struct recipe_keep keep = recipe_keeps(r);
    add_real(out, "keep_in", keep.in, r->keep);
    add_real(out, "keep_between", keep.between, r->keep);
    add_real(out, "keep_out", keep.out, r->keep);
    add_real(out, "forget_bias", r->forget_bias, 0);
    if (r->optimizer == OPTIMIZER_ADAM)
        strbuf_add(out, " optimizer=adam");
    add_real(out, "weight_decay", r->weight_decay, 0);
    if (r->rate != RATE_DECAY)
        strbuf_addf(out, " rate=%s", rate_text(r->rate));
    add_real(out, "lr_floor", r->lr_floor, 0);
    add_real(out, "patience", r->rate == RATE_PLATEAU ? r->patience : 0, 0);
    add_real(out, "warm_up", r->warm_up, 0);
    add_real(out, "stop_after", r->stop_after, 0);
    add_real(out, "keep_best", r->keep_best, 0);
    add_real(out, "distill", r->distill, 0);
    if (r->distill != 0)
        add_real(out, "temperature", r->temperature, 0);
}

struct recipe_keep recipe_keeps(const struct recipe *r)
{
    return (struct recipe_keep){
        .in = r->keep_in != 0 ? r->keep_in : r->keep,
        .between = r->keep_between != 0 ? r->keep_between : r->keep,
        .out = r->keep_out != 0 ? r->keep_out : r->keep,
    };
}

int recipe_scores(const struct recipe *r)
{
    return r->rate == RATE_PLATEAU || r->stop_after != 0 || r->keep_best;
}

void recipe_retrain(struct recipe *r)
{
    r->rate = RATE_DECAY;
    r->lr_floor = r->distill = r->temperature = 0;
    r->patience = r->warm_up = r->stop_after = r->keep_best = 0;
}

static const char *const rate_words[] = {
    [RATE_DECAY] = "decay", [RATE_COSINE] = "cosine", [RATE_PLATEAU] = "plateau"};

enum status rate_parse(const char *text, enum rate_kind *out)
{
    for (size_t i = 0; i < sizeof rate_words / sizeof *rate_words; i++)
        if (strcmp(text, rate_words[i]) == 0) {
            *out = (enum rate_kind)i;
            return OK;
        }
    return fail(E_USAGE, "'%s' is no schedule of a rate (expected decay, cosine or plateau)", text);
}

const char *rate_text(enum rate_kind kind)
{
    return rate_words[kind];
}

void recipe_text(const struct recipe *r, struct strbuf *out)
{
    strbuf_addf(out,
                "lr=%.9g decay=%.9g decay_after=%d epochs=%.9g lanes=%d steps=%d clip=%.9g "
                "init=%.9g keep=%.9g seed=%llu threads=%d",
                r->lr, r->decay, r->decay_after, r->epochs, r->lanes, r->steps, r->clip, r->init,
                r->keep, (unsigned long long)r->seed, r->threads);
    add_more(r, out);
}

static enum status within(const char *field, double v, double lo, double hi)
{
    if (!(v >= lo && v <= hi))
        return fail(E_USAGE, "recipe: %s is %g (expected %g to %g)", field, v, lo, hi);
    return OK;
}

static enum status check_more(const struct recipe *r)
{
    TRY(within("keep_in", r->keep_in, 0, 1));
    TRY(within("keep_between", r->keep_between, 0, 1));
    TRY(within("keep_out", r->keep_out, 0, 1));
    TRY(within("forget_bias", r->forget_bias, -100, 100));
    TRY(within("weight_decay", r->weight_decay, 0, 1e3));
    TRY(within("lr_floor", r->lr_floor, 0, r->lr));
    TRY(within("patience", r->patience, 0, 1e6));
    TRY(within("warm_up", r->warm_up, 0, 1e9));
    TRY(within("stop_after", r->stop_after, 0, 1e6));
    TRY(within("distill", r->distill, 0, 1));
    TRY(within("temperature", r->temperature, 0, 1e3));
    if (r->weight_decay != 0 && r->optimizer != OPTIMIZER_ADAM)
        return fail(E_USAGE, "recipe: weight_decay is %g without Adam (expected 0)",
                    r->weight_decay);
    return OK;
}

enum status recipe_check(const struct recipe *r)
{
    TRY(within("lr", r->lr, 0, 1e6));
    TRY(within("decay", r->decay, 0, 1));
    TRY(within("decay_after", r->decay_after, 0, 1e6));
    TRY(within("epochs", r->epochs, 0, 1e6));
    TRY(within("lanes", r->lanes, 1, 1 << 20));
    TRY(within("steps", r->steps, 0, 1 << 20));
    TRY(within("clip", r->clip, 0, 1e9));
    TRY(within("init", r->init, 0, 10));
    TRY(within("threads", r->threads, 1, 1024));
    if (!(r->keep > 0 && r->keep <= 1))
        return fail(E_USAGE, "recipe: keep is %g (expected over 0, at most 1)", r->keep);
    return check_more(r);
}
