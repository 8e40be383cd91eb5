#include "cli/recipe_options.h"

#include <string.h>

static enum status read_optimizer(const struct options *o, struct recipe *r)
{
    const char *name = options_text(o, "optimizer");
    if (name == NULL)
        return OK;
    enum optimizer wanted = strcmp(name, "adam") == 0 ? OPTIMIZER_ADAM : OPTIMIZER_SGD;
    if (wanted != r->optimizer && !options_given(o, "lr"))
        return fail(E_USAGE, "--lr: must be given with --optimizer %s, as the recipe is for %s",
                    name, wanted == OPTIMIZER_ADAM ? "sgd" : "adam");
    if (wanted == OPTIMIZER_SGD)
        r->weight_decay = 0;
    r->optimizer = wanted;
    return OK;
}

static enum status read_schedule(const struct options *o, struct recipe *r)
{
    const char *name = options_text(o, "lr-schedule");
    if (name != NULL)
        TRY(rate_parse(name, &r->rate));
    if (options_given(o, "lr") && !options_given(o, "lr-floor") && r->lr_floor > r->lr)
        r->lr_floor = r->lr;
    return OK;
}

enum status recipe_options_read(const struct options *o, struct recipe *r)
{
    const struct {
        const char *name;
        double *real;
        int *whole;
    } field[] = {
        {"weight-decay", &r->weight_decay, NULL}, {"keep-in", &r->keep_in, NULL},
        {"keep-between", &r->keep_between, NULL}, {"keep-out", &r->keep_out, NULL},
        {"lr-floor", &r->lr_floor, NULL},         {"patience", NULL, &r->patience},
        {"warm-up", NULL, &r->warm_up},           {"early-stop", NULL, &r->stop_after},
    };
    if (options_given(o, "keep"))
        r->keep_in = r->keep_between = r->keep_out = 0;
    TRY(read_optimizer(o, r));
    for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
        if (!options_given(o, field[i].name))
            continue;
        if (field[i].real != NULL)
            *field[i].real = options_real(o, field[i].name);
        else
            *field[i].whole = (int)options_whole(o, field[i].name);
    }
    r->keep_best |= options_flag(o, "keep-best");
    return read_schedule(o, r);
}
