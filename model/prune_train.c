#include "model/prune_train.h"

#include "base/strbuf.h"

static enum status mask(void *ctx, struct net *net, size_t update, size_t updates,
                        const float *shadow, struct train_mask *out)
{
    const struct prune_spec *spec = ctx;
    out->moved = schedule_is_due(&spec->schedule, update, updates);
    out->is_final = update >= schedule_last(&spec->schedule, updates);
    return prune_step(net, spec, update, updates, shadow);
}

enum status prune_train(struct net *net, const struct prune_spec *spec, const struct train_job *job,
                        struct train_result *out)
{
    struct train_job own = *job;
    struct prune_spec copy = *spec;
    struct strbuf text = {0};
    own.mask = NULL;
    if (spec->pattern.kind == PATTERN_DENSE)
        return train_run(net, &own, out);
    TRY(prune_spec_check(spec, net->lstm.n_layers));
    if (spec->schedule.kind == SCHEDULE_ONE_SHOT) {
        TRY(prune_net(net, spec));
        return train_run(net, &own, out);
    }
    prune_spec_text(spec, &text);
    own.mask = mask;
    own.mask_ctx = &copy;
    own.mask_text = strbuf_text(&text);
    own.has_shadow = spec->schedule.kind == SCHEDULE_GRADUAL;
    enum status s = strbuf_check(&text);
    if (s == OK)
        s = train_run(net, &own, out);
    strbuf_release(&text);
    return s;
}
