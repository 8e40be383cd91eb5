/* standins.h - the list of stand-ins: what is used where a real corpus is not. */
#ifndef DATASETS_STANDINS_H
#define DATASETS_STANDINS_H

#include "base/status.h"
#include "datasets/dataset.h"

struct standin_info {
    const char *name;   /* "ptb-standin" */
    const char *corpus; /* the corpus in `brds data add` whose place it takes: "ptb" */
    /* Makes it: the same bytes on every machine. */
    enum status (*open)(const struct dataset_request *rq, struct dataset **out);
};

/* The stand-in of this name, the one that takes the place of a real corpus of this name ("imdb",
 * "timit-sample", ..), or NULL. */
const struct standin_info *standin_named(const char *name);
const struct standin_info *standin_for(const char *name);

#endif
