#include "model/catalog.h"

/* What all recipes of reviews share, and all of speech. */
#define REVIEWS                                                                                    \
    CATALOG_ADAM(0.001), .lanes = 32, .clip = 5, .init = 0.05, .forget_bias = 1, .keep = 1
#define SPEECH(highest)                                                                            \
    CATALOG_ADAM(highest), .lanes = 4, .clip = 5, .forget_bias = 1, .keep = 1, .keep_best = 1

/* Nets of speech wider than those that were tuned. */
#define WIDE_SPEECH                                                                                \
    SPEECH(0.002), .weight_decay = 0.5, .epochs = 20, .init = 0.05, .keep_in = 0.85, .keep_out = 0.5

/* Reviews and speech. The recipes of imdb-128, imdb-128-bare, timit-128 and timit-128-ctc were
 * chosen on validation data (docs/decisions.md); the others follow them. */
const struct catalog_entry catalog_items[] = {
    {.name = "imdb-128",
     .task = TASK_CLASSIFY,
     .n_in = 128,
     .n_layers = 1,
     .n_hid = 128,
     .recipe = {REVIEWS, .epochs = 2, .keep_in = 0.5, .keep_out = 0.5},
     .pooling = POOLING_MEAN},
    {.name = "imdb-128-last",
     .task = TASK_CLASSIFY,
     .n_in = 128,
     .n_layers = 1,
     .n_hid = 128,
     .recipe = {REVIEWS, .epochs = 4, .keep_in = 0.5, .keep_out = 0.5}},
    {.name = "imdb-128-bare",
     .task = TASK_CLASSIFY,
     .n_in = 128,
     .n_layers = 0,
     .recipe = {REVIEWS, .epochs = 4, .keep_in = 0.5, .keep_out = 0.5},
     .pooling = POOLING_MEAN},
    {.name = "imdb-512x3",
     .task = TASK_CLASSIFY,
     .n_in = 32,
     .n_layers = 3,
     .n_hid = 512,
     .recipe = {REVIEWS, .epochs = 1, .steps = 80, .keep_in = 0.8, .keep_out = 0.8}},
    {.name = "timit-128",
     .task = TASK_FRAMES,
     .n_in = 123,
     .n_layers = 1,
     .n_hid = 128,
     .recipe = {SPEECH(0.004), .weight_decay = 1, .epochs = 40, .init = 0.1, .keep_in = 0.85,
                .keep_out = 0.5},
     .delay = 3},
    {.name = "timit-512",
     .task = TASK_FRAMES,
     .n_in = 123,
     .n_layers = 1,
     .n_hid = 512,
     .recipe = {WIDE_SPEECH},
     .delay = 3},
    {.name = "timit-1024",
     .task = TASK_FRAMES,
     .n_in = 153,
     .n_layers = 1,
     .n_hid = 1024,
     .recipe = {WIDE_SPEECH},
     .delay = 3},
    {.name = "timit-ese",
     .task = TASK_FRAMES,
     .n_in = 153,
     .n_layers = 2,
     .n_hid = 1024,
     .recipe = {WIDE_SPEECH},
     .n_proj = 512,
     .peephole = 1,
     .delay = 3},
    {.name = "timit-128-ctc",
     .task = TASK_CTC,
     .n_in = 123,
     .n_layers = 1,
     .n_hid = 128,
     .recipe = {SPEECH(0.005), .weight_decay = 0.01, .epochs = 150, .init = 0.1, .keep_in = 0.9,
                .keep_out = 0.7}},
    {.name = NULL},
};
