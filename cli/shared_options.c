#include "cli/shared_options.h"

#include "base/cpu.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "brds/registry.h"
#include "cli/recipe_options.h"
#include "model/calibrate.h"
#include "model/lineage.h"
#include "model/weights.h"

#include <stdlib.h>
#include <string.h>

enum { VOCAB_BYTES = 1 << 28 };

int shared_threads(const struct options *o)
{
    return options_given(o, "threads") ? (int)options_whole(o, "threads") : cpu_count();
}

enum status shared_check_out(const char *path)
{
    struct outfile f;
    if (file_is_folder(path))
        return fail(E_IO, "%s: is a folder (expected the name of a file to write)", path);
    TRY(outfile_begin(&f, path));
    outfile_drop(&f);
    return OK;
}

static enum status open_data(const struct options *o, int n_in, int fold, struct dataset **out)
{
    struct dataset_request rq = {.name = options_text(o, "data"),
                                 .data_dir = options_text(o, "data-dir"),
                                 .standin = options_flag(o, "standin"),
                                 .n_in = n_in,
                                 .fold = fold};
    TRY(dataset_open(&rq, out));
    if (fold == 0 || (*out)->n_cross != 0)
        return OK;
    enum status s = fail(E_USAGE, "--fold %d: %s has one parting only", fold, (*out)->name);
    dataset_release(*out);
    *out = NULL;
    return s;
}

enum status shared_dataset(const struct options *o, int n_in, struct dataset **out)
{
    return open_data(o, n_in, (int)options_whole(o, "fold"), out);
}

/* 1 if the net was trained on the data that are asked for. */
static int is_of_data(const struct options *o, const struct net *net)
{
    const char *data = net_meta(net, "dataset");
    if (data == NULL)
        return 0;
    return options_flag(o, "standin") ? strstr(data, "-standin") != NULL
                                      : strcmp(data, options_text(o, "data")) == 0;
}

/* --fold, or that of the net. */
static int fold_of(const struct options *o, const struct net *net)
{
    const char *text = net_meta(net, "fold");
    const int asked = (int)options_whole(o, "fold");
    if (text == NULL || !is_of_data(o, net))
        return asked;
    const int own = atoi(text);
    if (!options_given(o, "fold"))
        return own;
    if (asked != own)
        log_warn("the net was trained on fold %d of %s: the test of fold %d may hold speakers that "
                 "it knows",
                 own, net_meta(net, "dataset"), asked);
    return asked;
}

enum status shared_dataset_of(const struct options *o, const struct net *net, const char *path,
                              struct dataset **out)
{
    const int n_in = net->shape.n_vocab == 0 ? net->shape.n_in : 0;
    TRY(open_data(o, n_in, fold_of(o, net), out));
    enum status s = lineage_adopt(net, path, *out);
    if (s != OK) {
        dataset_release(*out);
        *out = NULL;
    }
    return s;
}

/* Words from a file become the net's own, as if its file had held them; there are n of them. */
static enum status take_words(struct net *net, const char *key, const char *path, int n,
                              const char *of)
{
    struct vocab *vocab = NULL;
    struct strbuf words = {0};
    char *text;
    size_t bytes;
    TRY(file_read(path, VOCAB_BYTES, &text, &bytes));
    enum status s = vocab_parse(text, path, &vocab);
    mem_free(text);
    if (s == OK && vocab_size(vocab) != (size_t)n)
        s = fail(E_FORMAT, "%s: %zu words for %s of %d rows", path, vocab_size(vocab), of, n);
    if (s == OK)
        s = vocab_join(vocab, &words);
    if (s == OK)
        s = net_set_meta(net, key, words.s);
    strbuf_release(&words);
    vocab_release(vocab);
    return s;
}

enum status shared_net(const struct options *o, int words, struct net **out)
{
    *out = NULL;
    TRY(weights_load(options_text(o, "in"), options_text(o, "prefix"), out));
    struct net *net = *out;
    enum status s = OK;
    if (words && options_text(o, "vocab") != NULL)
        s = take_words(net, "vocab", options_text(o, "vocab"), net->shape.n_vocab, "an embedding");
    if (s == OK && words && options_text(o, "labels") != NULL)
        s = take_words(net, "labels", options_text(o, "labels"), net->shape.n_classes,
                       "a classifier");
    if (s == OK)
        return OK;
    net_release(net);
    *out = NULL;
    return s;
}

enum status shared_backend(const struct options *o, const struct lstm_backend **backend,
                           enum precision *precision)
{
    TRY(precision_parse(options_text(o, "precision"), precision));
    return registry_find(options_text(o, "backend"), backend);
}

enum status shared_quant(const struct options *o, const struct net *net, const struct dataset *ds,
                         enum precision precision, struct quant *room, const struct quant **out)
{
    int found;
    *out = NULL;
    if (!quant_needed(precision))
        return OK;
    *out = room;
    TRY(calibrate_stored(net, options_text(o, "in"), &found, room));
    if (found)
        return OK;
    log_warn("%s: holds no calibration for %s; calibrating on the training data of %s (brds "
             "calibrate keeps one)",
             options_text(o, "in"), precision_name(precision), ds->name);
    return calibrate_net(net, ds, CALIBRATE_TOKENS, shared_threads(o), room);
}

enum status shared_recipe(const struct options *o, struct recipe *r)
{
    const struct {
        const char *name;
        double *real;
        int *whole;
    } field[] = {
        {"lr", &r->lr, NULL},
        {"decay", &r->decay, NULL},
        {"decay-after", NULL, &r->decay_after},
        {"batch", NULL, &r->lanes},
        {"bptt", NULL, &r->steps},
        {"clip", &r->clip, NULL},
        {"keep", &r->keep, NULL},
    };
    for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
        if (!options_given(o, field[i].name))
            continue;
        if (field[i].real != NULL)
            *field[i].real = options_real(o, field[i].name);
        else
            *field[i].whole = (int)options_whole(o, field[i].name);
    }
    TRY(recipe_options_read(o, r));
    r->seed = (uint64_t)options_whole(o, "seed");
    r->threads = shared_threads(o);
    return recipe_check(r);
}
