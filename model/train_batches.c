/* What a recipe makes of a data set: batches, tokens, epochs. */
#include "model/train.h"

#include <math.h>

enum status train_batcher(const struct net_shape *shape, const struct dataset *ds,
                          const struct recipe *r, struct batcher **out)
{
    const struct batching how = {.task = shape->task,
                                 .lanes = r->lanes,
                                 .steps = r->steps,
                                 .delay = shape->delay,
                                 .seed = r->seed};
    return batcher_train(ds, SPLIT_TRAIN, &how, out);
}

size_t train_tokens(const struct net_shape *shape, const struct dataset *ds, const struct recipe *r)
{
    struct batcher *b;
    if (train_batcher(shape, ds, r, &b) != OK)
        return 0;
    size_t count = batcher_count(b), tokens = batcher_tokens(b);
    batcher_release(b);
    return (size_t)llround(r->epochs * (double)count) * tokens / count;
}

enum status train_fit(const struct net_shape *shape, const struct dataset *ds, double tokens,
                      struct recipe *r)
{
    struct batcher *b;
    TRY(train_batcher(shape, ds, r, &b));
    double a_batch = (double)batcher_tokens(b) / (double)batcher_count(b);
    double batches = floor(tokens / a_batch);
    r->epochs = batches / (double)batcher_count(b);
    batcher_release(b);
    return batches >= 1
               ? OK
               : fail(E_USAGE, "%g tokens are less than one batch of about %.0f", tokens, a_batch);
}
