#include "model/rate.h"

#include <math.h>

void rate_start(struct rate_state *s)
{
    *s = (struct rate_state){.best = INFINITY, .scale = 1};
}

int rate_score(struct rate_state *s, const struct recipe *r, double cost)
{
    if (cost < s->best) {
        s->best = cost;
        s->waited = s->patience = 0;
        return 1;
    }
    s->waited++;
    s->patience++;
    if (r->rate == RATE_PLATEAU && s->patience > r->patience) {
        s->scale *= r->decay;
        s->patience = 0;
    }
    return 0;
}

int rate_stops(const struct rate_state *s, const struct recipe *r)
{
    return r->stop_after != 0 && s->waited >= r->stop_after;
}

static double cosine(const struct recipe *r, size_t step, size_t steps)
{
    double warm = r->warm_up, rest = (double)steps - warm;
    double u = rest > 0 && (double)step > warm ? ((double)step - warm) / rest : 0;
    return r->lr_floor + (r->lr - r->lr_floor) * (1 + cos(acos(-1) * u)) / 2;
}

double rate_at(const struct recipe *r, const struct rate_state *s, size_t step, size_t steps,
               int epoch)
{
    double lr = r->lr;
    if (r->rate == RATE_DECAY)
        lr *= pow(r->decay, epoch > r->decay_after ? epoch - r->decay_after : 0);
    else if (r->rate == RATE_PLATEAU)
        lr *= s->scale;
    else
        lr = cosine(r, step, steps);
    lr = fmax(lr, r->lr_floor);
    return step < (size_t)r->warm_up ? lr * (double)(step + 1) / r->warm_up : lr;
}
