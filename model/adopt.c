/* What a net's file holds is put in the place of the data's own (lineage.h). */
#include "base/mem.h"
#include "model/lineage.h"
#include "model/weights.h"

#include <stdlib.h>
#include <string.h>

static enum status adopt_vocab(const struct net *net, const char *path, struct dataset *ds)
{
    struct vocab *vocab;
    TRY(weights_vocab(net, path, &vocab));
    enum status s = dataset_adopt_vocab(ds, vocab);
    vocab_release(vocab);
    return s;
}

/* n numbers joined by ';'. */
static enum status parse_scale(const struct net *net, const char *path, const char *key, int n,
                               float *out)
{
    const char *text = net_meta(net, key);
    if (text == NULL)
        return fail(E_FORMAT, "%s: __metadata__ holds no %s, which its features need", path, key);
    for (int i = 0; i < n; i++) {
        char *end;
        out[i] = strtof(text, &end);
        if (end == text || *end != (i + 1 < n ? ';' : '\0'))
            return fail(E_FORMAT, "%s: __metadata__ %s is not %d numbers joined by ';'", path, key,
                        n);
        text = end + 1;
    }
    return OK;
}

static enum status adopt_scale(const struct net *net, const char *path, struct dataset *ds)
{
    const size_t n = (size_t)net->shape.n_in;
    float *scale;
    TRY(mem_new(&scale, 2 * n, sizeof *scale));
    enum status s = parse_scale(net, path, "input_mean", (int)n, scale);
    if (s == OK)
        s = parse_scale(net, path, "input_std", (int)n, scale + n);
    if (s == OK)
        s = dataset_adopt_scale(ds, scale, scale + n);
    if (s == E_FORMAT)
        s = fail_in(s, "%s", path);
    mem_free(scale);
    return s;
}

/* The classes must be those of the data, in their order; CTC's blank comes behind them. */
static enum status check_labels(const struct net *net, const char *path, const struct dataset *ds)
{
    const char *labels = net_meta(net, "labels");
    struct strbuf own = {0};
    if (labels == NULL)
        return fail(E_FORMAT, "%s: holds no labels (give them with --labels FILE, a word a line)",
                    path);
    enum status s = vocab_join(ds->labels, &own);
    if (s == OK &&
        (strncmp(labels, own.s, own.n) != 0 || (labels[own.n] != '\0' && labels[own.n] != '\n')))
        s = fail(E_FORMAT, "%s: its labels are not those of %s, in their order", path, ds->name);
    strbuf_release(&own);
    return s;
}

enum status lineage_adopt(const struct net *net, const char *path, struct dataset *ds)
{
    if (net->shape.n_classes != 0 && !dataset_serves(ds, net->shape.task))
        return net_check_data(net, ds);
    if (net->shape.n_classes == 0 || (net->shape.n_vocab == 0 && ds->n_in == 0))
        return fail(E_FORMAT, "%s: holds no tensor '%s.weight' (a net that is scored has one)",
                    path, net->shape.n_vocab == 0 && ds->n_in == 0 ? "embedding" : "classifier");
    if (ds->n_in == 0)
        TRY(adopt_vocab(net, path, ds));
    TRY(net_check_data(net, ds));
    if (ds->n_in != 0)
        TRY(adopt_scale(net, path, ds));
    return ds->labels != NULL ? check_labels(net, path, ds) : OK;
}
