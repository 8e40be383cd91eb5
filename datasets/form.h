/* form.h - what the data folder must know of one form of corpus: PTB's, IMDB's, TIMIT's. */
#ifndef DATASETS_FORM_H
#define DATASETS_FORM_H

#include "base/status.h"
#include "datasets/dataset.h"
#include "datasets/manifest.h"

/* A corpus that was read from the user's files, on its way into the data folder. */
struct kept {
    struct manifest manifest;
    void *corpus; /* the form's own */
};

struct form {
    const char *name; /* as in `brds data add NAME` and in corpus.json */
    const char *licence;

    /* Reads and checks the corpus at `path`. `label` NULL: it must be the real one, and its label
     * is the form's to choose. E_IO if `path` cannot be opened, E_FORMAT with the place for all
     * that is wrong. On failure *out holds nothing. */
    enum status (*read)(const char *path, const char *label, struct kept *out);
    /* Writes its files into a folder that is there; frees it. */
    enum status (*write)(const struct kept *k, const char *folder);
    void (*drop)(struct kept *k);

    /* Reads all that lies in the folder again and describes it. E_FORMAT if digests differ from
     * those of `then`, or bytes are bad. */
    enum status (*again)(const char *folder, const struct manifest *then, struct manifest *now);

    /* Opens what lies in the folder; E_FORMAT if it is not what the manifest says. The store fills
     * in name, kind and sha256. */
    enum status (*open)(const char *folder, const struct manifest *m,
                        const struct dataset_request *rq, struct dataset **out);
};

extern const struct form form_ptb, form_imdb, form_timit;

/* The form of that name, or NULL. */
const struct form *form_find(const char *name);

#endif
