#include "datasets/standins.h"

#include "base/file.h"
#include "base/mem.h"
#include "datasets/imdb_standin.h"
#include "datasets/manifest.h"
#include "datasets/members.h"
#include "datasets/standin.h"
#include "datasets/timit_standin.h"

#include <stdio.h>
#include <string.h>

#define PTB_NAME "ptb-standin"

/* Draws the three splits as members; *entropy is that of test, whose score it bounds. */
static enum status draw_members(struct members *m, double *entropy)
{
    *m = (struct members){0};
    for (int i = 0; i < N_SPLITS; i++) {
        struct standin_text t;
        TRY(standin_split(i, &t));
        m->bytes[i] = t.text.s;
        m->n_bytes[i] = t.text.n;
        *entropy = t.nll_nats / (double)t.n_tokens;
        TRY(file_join(&m->name[i], PTB_NAME, members_file((enum split)i)));
    }
    return OK;
}

static enum status open_ptb(const struct dataset_request *rq, struct dataset **out)
{
    struct members m;
    struct dataset *ds = NULL;
    char sha256[N_SPLITS][HASH_HEX];
    double entropy = 0;
    enum status s;
    TRY_OUT(draw_members(&m, &entropy));
    TRY_OUT(members_dataset(&m, &ds));
    TRY_OUT(members_digests(&m, sha256));
    TRY_OUT(manifest_whole(sha256, ds->sha256));
    snprintf(ds->name, sizeof ds->name, "%s", PTB_NAME);
    ds->kind = DATASET_SYNTHETIC;
    ds->entropy_nats = entropy;
    *out = ds;
    ds = NULL;
out:
    dataset_release(ds);
    members_release(&m);
    return s;
}

static const struct standin_info standins[] = {
    {PTB_NAME, "ptb", open_ptb},
    {"imdb-standin", "imdb", imdb_standin_open},
    {"timit-standin", "timit", timit_standin_open},
};
enum { N_STANDINS = sizeof standins / sizeof *standins };

const struct standin_info *standin_named(const char *name)
{
    for (int i = 0; i < N_STANDINS; i++)
        if (strcmp(standins[i].name, name) == 0)
            return &standins[i];
    return NULL;
}

const struct standin_info *standin_for(const char *name)
{
    static const char *const variant[][2] = {{"imdb-kaggle", "imdb"}, {"timit-sample", "timit"}};
    for (int i = 0; i < 2; i++)
        if (strcmp(name, variant[i][0]) == 0)
            name = variant[i][1];
    for (int i = 0; i < N_STANDINS; i++)
        if (strcmp(standins[i].corpus, name) == 0)
            return &standins[i];
    return NULL;
}
