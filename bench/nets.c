#include "bench/nets.h"

#include "base/file.h"
#include "base/mem.h"
#include "bench/cache_path.h"
#include "bench/ratios.h"
#include "model/lineage.h"
#include "model/prune_train.h"
#include "model/score.h"
#include "model/weights.h"

#include <string.h>

struct making {
    const struct nets *nets;
    const struct bench_weights *w;
};

static enum status path_of(const struct nets *n, int i, const char *suffix, char **out)
{
    return cache_path(n->cache_dir, "weights", n->list->weights[i].key, suffix, out);
}

int nets_cached(const struct nets *n, int i)
{
    char *path;
    if (n->list->weights[i].is_random)
        return 0;
    if (path_of(n, i, "safetensors", &path) != OK)
        return 0;
    int there = file_exists(path);
    mem_free(path);
    return there;
}

static enum status pass_on(void *ctx, const struct train_point *p)
{
    const struct making *m = ctx;
    return m->nets->hook != NULL ? m->nets->hook(m->nets->ctx, m->w->name, p) : OK;
}

/* Only a recipe that asks for scores is scored on the way. */
static enum status validate(void *ctx, const struct net *net, double *metric)
{
    const struct making *m = ctx;
    struct score score;
    const struct score_options opt = {.backend = &cpu_dense_backend,
                                      .threads = m->w->recipe.threads};
    TRY(score_net(net, m->w->data, SPLIT_VALID, &opt, &score));
    *metric = score.value;
    return OK;
}

/* spec: pruned on the way, by its schedule; NULL: not. */
static enum status train(const struct nets *n, const struct bench_weights *w, const char *ckpt,
                         const struct prune_spec *spec, const struct net *teacher, struct net *net)
{
    struct making m = {n, w};
    struct train_result result;
    struct train_job job = {.recipe = &w->recipe,
                            .data = w->data,
                            .checkpoint = ckpt,
                            .resume = 1,
                            .hook = pass_on,
                            .valid = recipe_scores(&w->recipe) ? validate : NULL,
                            .ctx = &m,
                            .teacher = teacher};
    return spec != NULL ? prune_train(net, spec, &job, &result) : train_run(net, &job, &result);
}

/* From scratch. */
static enum status make_first(const struct nets *n, const struct bench_weights *w, const char *ckpt,
                              struct net **out)
{
    struct net_shape shape;
    TRY(net_shape_named(w->net, w->data, &shape));
    TRY(net_new(&shape, out));
    train_init(*out, &w->recipe);
    if (w->recipe.epochs > 0)
        TRY(train(n, w, ckpt, NULL, NULL, *out));
    return lineage_trained(*out, w->net, w->data, &w->recipe);
}

/* The pruned net, retrained if the recipe has epochs; its teacher is the parent. */
static enum status prune_and_train(const struct nets *n, const struct bench_weights *w,
                                   const char *ckpt, const struct prune_spec *spec, struct net *net)
{
    int later = spec->schedule.kind != SCHEDULE_ONE_SHOT && w->recipe.epochs > 0;
    struct net *teacher = NULL;
    if (w->recipe.distill != 0)
        TRY(net_copy(net, &teacher));
    enum status s = OK;
    if (w->is_pruned && !later)
        s = prune_net(net, spec);
    if (s == OK && w->is_pruned && !later)
        s = prune_count_check(net, spec);
    if (s == OK && w->recipe.epochs > 0)
        s = train(n, w, ckpt, w->is_pruned && later ? spec : NULL, teacher, net);
    if (s == OK && w->is_pruned && later)
        s = prune_count_check(net, spec);
    net_release(teacher);
    return s;
}

/* From a parent, by pruning and retraining; without a pattern, by training on. */
static enum status make_next(const struct nets *n, const struct bench_weights *w, const char *ckpt,
                             struct net **out)
{
    char parent[HASH_HEX];
    struct prune_spec spec = {.s_x = 0};
    TRY(nets_get(n, w->parent, out));
    memcpy(parent, (*out)->sha256, sizeof parent);
    if (w->is_pruned)
        TRY(ratios_find(n, w, *out, &spec));
    spec.schedule = w->prune.schedule;
    TRY(prune_and_train(n, w, ckpt, &spec, *out));
    TRY(prune_check(*out));
    return lineage_pruned(*out, parent, &spec, w->recipe.epochs > 0 ? &w->recipe : NULL);
}

static enum status make(const struct nets *n, int i, const char *path, const char *ckpt)
{
    const struct bench_weights *w = &n->list->weights[i];
    struct net *net = NULL;
    enum status s = w->parent < 0 ? make_first(n, w, ckpt, &net) : make_next(n, w, ckpt, &net);
    if (s == OK)
        s = weights_save(net, path);
    if (s == OK)
        s = file_remove(ckpt);
    net_release(net);
    return s;
}

/* Makes the file under its lock; another process may have been faster. */
static enum status make_locked(const struct nets *n, int i, const char *path)
{
    char *ckpt = NULL, *lock = NULL;
    int fd = -1;
    enum status s = path_of(n, i, "ckpt", &ckpt);
    if (s == OK)
        s = path_of(n, i, "lock", &lock);
    if (s == OK)
        s = file_lock(lock, &fd);
    if (s == OK && !file_exists(path))
        s = make(n, i, path, ckpt);
    file_unlock(fd);
    mem_free(ckpt);
    mem_free(lock);
    return s;
}

enum status nets_get(const struct nets *n, int i, struct net **out)
{
    char *path = NULL;
    *out = NULL;
    if (n->list->weights[i].is_random)
        return random_net_make(&n->list->weights[i].random, out);
    enum status s = cache_folder(n->cache_dir, "weights");
    if (s == OK)
        s = path_of(n, i, "safetensors", &path);
    if (s == OK && !file_exists(path))
        s = make_locked(n, i, path);
    if (s == OK)
        s = weights_load(path, NULL, out);
    mem_free(path);
    return s;
}

static double tokens_of(const struct bench_weights *w)
{
    struct net_shape shape;
    if (net_shape_named(w->net, w->data, &shape) != OK)
        return 0; /* training itself will say why */
    return (double)train_tokens(&shape, w->data, &w->recipe);
}

void nets_tokens(const struct nets *n, int i, double *dense, double *retrain)
{
    *dense = *retrain = 0;
    for (; i >= 0; i = n->list->weights[i].parent) {
        const struct bench_weights *w = &n->list->weights[i];
        if (!w->is_random)
            *(w->parent < 0 ? dense : retrain) += tokens_of(w);
    }
}
