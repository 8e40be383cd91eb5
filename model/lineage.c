#include "model/lineage.h"

#include "base/strbuf.h"

#include <stdio.h>

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

enum status lineage_trained(struct net *net, const char *name, const struct dataset *ds,
                            const struct recipe *r)
{
    struct strbuf words = {0};
    char seed[32];
    enum status s = vocab_join(ds->vocab, &words);
    if (s == OK)
        s = net_set_meta(net, "vocab", words.s);
    strbuf_release(&words);
    TRY(s);
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
                        const struct recipe *r, const char *dataset_sha256, char key[HASH_HEX])
{
    struct strbuf b = {0};
    strbuf_addf(&b, "version=%d net=%s parent=%s data=%s ", TRAIN_VERSION, net != NULL ? net : "",
                parent_key != NULL ? parent_key : "", dataset_sha256);
    if (spec != NULL)
        prune_spec_text(spec, &b);
    strbuf_add(&b, " ");
    recipe_text(r, &b);
    enum status s = strbuf_check(&b);
    if (s == OK)
        s = hash_bytes(b.s, b.n, key);
    strbuf_release(&b);
    return s;
}
