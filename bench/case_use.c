#include "bench/case_use.h"

#include "base/cpu.h"
#include "model/calibrate.h"

enum status case_use_net(struct case_context *x, int i, const struct net **out)
{
    if (x->net_index != i) {
        net_release(x->net);
        x->net = NULL;
        x->net_index = -1;
        case_context_hook(x);
        TRY(nets_get(&x->nets, i, &x->net));
        x->net_index = i;
    }
    *out = x->net;
    return OK;
}

int case_threads(void)
{
    return cpu_count() < 2 ? 1 : 2;
}

enum status case_use_quant(struct case_context *x, int i, enum precision precision,
                           const struct quant **out)
{
    const struct bench_weights *w = &x->nets.list->weights[i];
    const struct net *net;
    *out = NULL;
    if (!quant_needed(precision))
        return OK;
    if (x->quant_index != i) {
        TRY(case_use_net(x, i, &net));
        x->quant_index = -1;
        if (w->is_random)
            random_net_quant(net, &x->quant);
        else
            TRY(calibrate_net(net, w->data, CALIBRATE_TOKENS, case_threads(), &x->quant));
        x->quant_index = i;
    }
    *out = &x->quant;
    return OK;
}
