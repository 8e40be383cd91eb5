#include "bench/corpora.h"

#include "base/mem.h"

void corpora_release(struct corpora *c)
{
    for (size_t i = 0; i < c->n; i++)
        dataset_release(c->open[i].data);
    mem_free(c->open);
    *c = (struct corpora){0};
}

enum status corpora_get(struct corpora *c, int n_in, int fold, const struct dataset **out)
{
    const int made = c->n != 0 && c->open[0].data->kind == DATASET_SYNTHETIC; /* told once */
    const struct dataset_request rq = {.name = c->name,
                                       .data_dir = c->data_dir,
                                       .standin = made,
                                       .standin_if_absent = 1,
                                       .n_in = n_in,
                                       .fold = fold};
    *out = NULL;
    for (size_t i = 0; i < c->n; i++)
        if (c->open[i].fold == fold && (c->open[i].n_in == n_in || c->open[i].data->n_in == n_in))
            *out = c->open[i].data;
    if (*out != NULL)
        return OK;
    TRY(mem_grow(&c->open, c->n, c->n + 1, sizeof *c->open));
    c->open[c->n] = (struct corpus){n_in, fold, NULL};
    TRY(dataset_open(&rq, &c->open[c->n].data));
    *out = c->open[c->n++].data;
    return OK;
}

int corpora_folds(const struct corpora *c, const struct dataset *data)
{
    if (data->n_cross == 0)
        return 1;
    return c->folds > 0 && c->folds < data->n_cross ? c->folds : data->n_cross;
}
