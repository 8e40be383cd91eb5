#include "model/lineage.h"

#include "base/strbuf.h"

#include <stdio.h>

#define BLANK "<blank>"

static enum status set_recipe(struct net *net, const char *key, const struct recipe *r)
{
    struct strbuf b = {0};
    recipe_text(r, &b);
    enum status s = strbuf_check(&b);
    if (s == OK)
        s = net_set_meta(net, key, b.s);
    strbuf_release(&b);
    return s;
}

/* Words joined by line ends; with a blank they end in a class that CTC alone has. */
static enum status set_words(struct net *net, const char *key, const struct vocab *words, int blank)
{
    struct strbuf b = {0};
    enum status s = vocab_join(words, &b);
    if (s == OK && blank)
        strbuf_add(&b, "\n" BLANK);
    if (s == OK)
        s = strbuf_check(&b);
    if (s == OK)
        s = net_set_meta(net, key, b.s);
    strbuf_release(&b);
    return s;
}

/* Nine digits give a float back bit for bit. */
static enum status set_scale(struct net *net, const char *key, const float *v, int n)
{
    struct strbuf b = {0};
    for (int i = 0; i < n; i++)
        strbuf_addf(&b, "%s%.9g", i != 0 ? ";" : "", (double)v[i]);
    enum status s = strbuf_check(&b);
    if (s == OK)
        s = net_set_meta(net, key, b.s);
    strbuf_release(&b);
    return s;
}

static enum status set_fold(struct net *net, int fold)
{
    char text[16];
    snprintf(text, sizeof text, "%d", fold);
    return net_set_meta(net, "fold", text);
}

enum status lineage_trained(struct net *net, const char *name, const struct dataset *ds,
                            const struct recipe *r)
{
    char seed[32];
    if (net->shape.n_vocab != 0)
        TRY(set_words(net, "vocab", ds->vocab, 0));
    if (ds->labels != NULL)
        TRY(set_words(net, "labels", ds->labels, net->shape.task == TASK_CTC));
    if (ds->n_in != 0) {
        TRY(set_scale(net, "input_mean", ds->input_mean, ds->n_in));
        TRY(set_scale(net, "input_std", ds->input_std, ds->n_in));
    }
    if (ds->n_cross != 0)
        TRY(set_fold(net, ds->cross));
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)r->seed);
    TRY(net_set_meta(net, "net", name));
    TRY(net_set_meta(net, "dataset", ds->name));
    TRY(net_set_meta(net, "dataset_sha256", ds->sha256));
    TRY(net_set_meta(net, "seed", seed));
    TRY(net_set_meta(net, "pattern", "dense"));
    return set_recipe(net, "recipe", r);
}

enum status lineage_pruned(struct net *net, const char *parent_sha256,
                           const struct prune_spec *spec, const struct recipe *r)
{
    struct strbuf b = {0};
    prune_spec_text(spec, &b);
    enum status s = strbuf_check(&b);
    if (s == OK)
        s = net_set_meta(net, "prune", b.s);
    strbuf_release(&b);
    TRY(s);
    TRY(net_set_meta(net, "parent_sha256", parent_sha256));
    return r != NULL ? set_recipe(net, "retrain", r) : OK;
}

enum status lineage_key(const char *net, const char *parent_key, const struct prune_spec *spec,
                        const struct recipe *r, const struct dataset *ds, char key[HASH_HEX])
{
    struct strbuf b = {0};
    strbuf_addf(&b, "version=%d net=%s parent=%s data=%s ", TRAIN_VERSION, net != NULL ? net : "",
                parent_key != NULL ? parent_key : "", ds->sha256);
    if (spec != NULL)
        prune_spec_text(spec, &b);
    strbuf_add(&b, " ");
    recipe_text(r, &b);
    if (ds->cross != 0)
        strbuf_addf(&b, " fold=%d", ds->cross);
    enum status s = strbuf_check(&b);
    if (s == OK)
        s = hash_bytes(b.s, b.n, key);
    strbuf_release(&b);
    return s;
}
