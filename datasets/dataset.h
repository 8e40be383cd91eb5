/* dataset.h - a corpus, ready to be cut into batches.
 *
 * The way of the data: corpus on disk (or a stand-in made with PCG) -> struct dataset -> struct
 * batch (batch.h). Ids, splits and orders depend on the bytes of the corpus only, never on the file
 * system. */
#ifndef DATASETS_DATASET_H
#define DATASETS_DATASET_H

#include "base/hash.h"
#include "base/status.h"
#include "datasets/vocab.h"

#include <stddef.h>
#include <stdint.h>

enum task { TASK_LM, TASK_CLASSIFY, TASK_FRAMES, TASK_CTC };
enum split { SPLIT_TRAIN, SPLIT_VALID, SPLIT_TEST, N_SPLITS };
enum dataset_kind { DATASET_REAL, DATASET_SAMPLE, DATASET_SYNTHETIC };

struct dataset {
    char name[64]; /* the column `dataset`: "ptb", "ptb-standin", or the label of --as */
    enum dataset_kind kind;
    enum task task;
    char sha256[HASH_HEX];     /* of the members' digests, in the order train, valid, test */
    struct vocab *vocab;       /* ids are positions in it */
    int32_t *tokens[N_SPLITS]; /* TASK_LM: the stream of each split, one <eos> after every line */
    size_t n_tokens[N_SPLITS];
    double entropy_nats; /* true entropy a token, where the source is known (stand-in); else NaN */
};

/* How to find a corpus. */
struct dataset_request {
    const char *name;      /* ptb (or imdb, timit in a later version) or a label of --as */
    const char *data_dir;  /* NULL: file_data_home() */
    int standin;           /* 1: the stand-in, even if the corpus is there */
    int standin_if_absent; /* 1: the stand-in when the corpus is not there, with a warning */
};

/* Opens the corpus. E_USAGE for an unknown name; E_ABSENT, naming the command that adds it, when it
 * was not added and no stand-in is allowed; E_FORMAT when its bytes are not what was added.
 * Release with dataset_release. */
enum status dataset_open(const struct dataset_request *rq, struct dataset **out);
void dataset_release(struct dataset *ds);

/* Rewrites the ids of every split for another vocabulary (that of a model). A word that `vocab`
 * lacks becomes its <unk>; E_FORMAT if it has none, naming the word. */
enum status dataset_adopt_vocab(struct dataset *ds, const struct vocab *vocab);

/* The words of SPEC 7: "train"/"valid"/"test", "real"/"sample"/"synthetic", "lm"/"classify"/... */
const char *split_name(enum split s);
const char *dataset_kind_name(enum dataset_kind k);
const char *task_name(enum task t);
/* Finds a split or task by its word; E_USAGE (with the known words) if there is none. */
enum status split_parse(const char *word, enum split *out);
enum status task_parse(const char *word, enum task *out);

#endif
