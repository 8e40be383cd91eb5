/* A calibration as the metadata string `quant`: {"layers":[{"c":1.5,"r":0.75,"x":0.5}, ..]}. */
#include "base/json.h"
#include "model/calibrate.h"

#include <math.h>
#include <string.h>

static const char *const name[] = {"x", "r", "c"};

static float *member(struct quant_range *range, int i)
{
    return i == 0 ? &range->x : i == 1 ? &range->r : &range->c;
}

static enum status put_layers(struct json *root, const struct quant *quant)
{
    struct json *list, *item;
    TRY(json_put_array(root, "layers", &list));
    for (int l = 0; l < quant->n_layers; l++) {
        struct quant_range range = quant->layer[l];
        TRY(json_push_object(list, &item));
        for (int i = 0; i < 3; i++)
            TRY(json_put_number(item, name[i], (double)*member(&range, i)));
    }
    return OK;
}

enum status calibrate_store(struct net *net, const struct quant *quant)
{
    struct json *root;
    struct strbuf text = {0};
    TRY(json_new(&root));
    enum status s = put_layers(root, quant);
    if (s == OK)
        s = json_write(root, 0, &text);
    if (s == OK)
        s = net_set_meta(net, "quant", text.s);
    strbuf_release(&text);
    json_release(root);
    return s;
}

static enum status read_layer(const struct json *v, const char *path, int l,
                              struct quant_range *out)
{
    if (!json_has_members(v) || json_count(v) != 3)
        return fail(E_FORMAT, "%s: __metadata__ quant: layer %d is no object of x, r and c", path,
                    l);
    for (int i = 0; i < 3; i++) {
        double d;
        if (!json_real_of(json_member(v, name[i]), &d) || !(d >= 0) || !isfinite((float)d))
            return fail(E_FORMAT, "%s: __metadata__ quant: %s of layer %d is no number >= 0", path,
                        name[i], l);
        *member(out, i) = (float)d;
    }
    return OK;
}

static enum status read_layers(const struct json *root, const char *path, int n_layers,
                               struct quant *out)
{
    const struct json *list = json_member(root, "layers");
    if (json_count(root) != 1 || !json_has_items(list))
        return fail(E_FORMAT, "%s: __metadata__ quant: holds no list of layers alone", path);
    if (json_count(list) != (size_t)n_layers)
        return fail(E_FORMAT, "%s: __metadata__ quant: %zu layers for a net of %d", path,
                    json_count(list), n_layers);
    out->n_layers = n_layers;
    for (int l = 0; l < n_layers; l++)
        TRY(read_layer(json_item(list, (size_t)l), path, l, &out->layer[l]));
    return OK;
}

enum status calibrate_stored(const struct net *net, const char *path, int *found, struct quant *out)
{
    const char *text = net_meta(net, "quant");
    struct json *root;
    *out = (struct quant){0};
    *found = text != NULL;
    if (text == NULL)
        return OK;
    if (json_parse(text, strlen(text), path, &root) != OK)
        return fail(E_FORMAT, "%s: __metadata__ quant: is no JSON object", path);
    enum status s = read_layers(root, path, net->lstm.n_layers, out);
    json_release(root);
    return s;
}
