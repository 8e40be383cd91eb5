#include "bench/random_net.h"

#include "base/rng.h"
#include "base/strbuf.h"

#include <math.h>

/* Uniform in (-bound, bound) and never 0, which would be a pruned weight. */
static void draw(struct rng *r, float *w, size_t n, float bound)
{
    rng_uniform(r, w, n, -bound, bound);
    for (size_t i = 0; i < n; i++)
        w[i] = w[i] != 0 ? w[i] : bound;
}

/* By the weights that a row keeps, in the mean. */
static double bound_of(const struct net *net, const struct param *p)
{
    double kept = 0;
    for (size_t i = 0; i < param_size(p); i++)
        kept += net->keep[p->at + i];
    return 1 / sqrt(kept > 0 ? kept / p->rows : 1);
}

/* Drawn twice: the magnitudes of the first draw choose the pattern, and only large ones survive
 * that; the second gives the survivors values as if the pattern had come first. */
enum status random_net_make(const struct random_net *r, struct net **out)
{
    struct net_shape shape = {.task = TASK_FRAMES, .n_in = r->n_in, .n_layers = r->n_layers};
    struct rng rng;
    for (int l = 0; l < r->n_layers && l < LSTM_MAX_LAYERS; l++) {
        shape.n_hid[l] = r->n_hid;
        shape.n_proj[l] = r->n_proj;
    }
    TRY(net_new(&shape, out));
    struct net *net = *out;
    rng_seed(&rng, r->seed, 0);
    draw(&rng, net->data, net->n_data, 1);
    enum status s = prune_net(net, &r->prune);
    if (s == OK)
        s = prune_count_check(net, &r->prune);
    for (int i = 0; s == OK && i < net->n_params; i++) {
        const struct param *p = &net->param[i];
        draw(&rng, net->data + p->at, param_size(p), (float)bound_of(net, p));
    }
    if (s == OK) {
        net_apply_keep(net, net->data);
        return OK;
    }
    net_release(net);
    *out = NULL;
    return s;
}

enum status random_net_key(const struct random_net *r, char key[HASH_HEX])
{
    struct strbuf b = {0};
    char text[PATTERN_TEXT];
    const struct prune_spec *p = &r->prune;
    strbuf_addf(&b,
                "random version=%d n_in=%d n_hid=%d n_proj=%d layers=%d pattern=%s s_x=%.9g "
                "s_h=%.9g s_r=%.9g seed=%llu",
                RANDOM_NET_VERSION, r->n_in, r->n_hid, r->n_proj, r->n_layers,
                pattern_text(&p->pattern, text), p->s_x, p->s_h, p->s_r < 0 ? p->s_h : p->s_r,
                (unsigned long long)r->seed);
    enum status s = strbuf_check(&b);
    if (s == OK)
        s = hash_bytes(b.s, b.n, key);
    strbuf_release(&b);
    return s;
}

void random_net_quant(const struct net *net, struct quant *out)
{
    *out = (struct quant){.n_layers = net->lstm.n_layers};
    for (int l = 0; l < out->n_layers; l++)
        out->layer[l] = (struct quant_range){.x = 1, .r = 1, .c = 8};
}

double random_net_weights(const struct random_net *r)
{
    double n_rec = r->n_proj != 0 ? r->n_proj : r->n_hid, n = 0, n_in = r->n_in;
    for (int l = 0; l < r->n_layers; l++) {
        n += 4.0 * r->n_hid * (n_in + n_rec) + (double)r->n_proj * r->n_hid;
        n_in = n_rec;
    }
    return n;
}
