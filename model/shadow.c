#include "model/shadow.h"

#include "base/mem.h"

#include <string.h>

enum status shadow_new(const struct net *net, float **out)
{
    return mem_copy(out, net->data, net->n_data, sizeof *net->data);
}

void shadow_lay(struct net *net, const float *shadow)
{
    for (int i = 0; i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        if (param_prunable(p))
            memcpy(net->data + p->at, shadow + p->at, param_size(p) * sizeof *shadow);
    }
}

void shadow_take(struct net *net, float *shadow)
{
    for (int i = 0; i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        if (param_prunable(p))
            memcpy(shadow + p->at, net->data + p->at, param_size(p) * sizeof *shadow);
    }
    net_apply_keep(net, net->data);
}
