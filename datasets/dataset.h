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

/* The reviews or utterances of a split, in the order of their names. They lie end to end in
 * `tokens` or `frames` of the dataset. All members are NULL in TASK_LM. */
struct items {
    size_t n;
    size_t *start;       /* [n+1] item i has the steps start[i] .. start[i+1]-1, at least one */
    int32_t *target;     /* TASK_CLASSIFY: [n] class of each item */
    uint8_t *seen;       /* [n] 1: the same text stands in the other half of the corpus; or NULL */
    int32_t *group;      /* [n] speaker (an id of dataset.groups), or NULL */
    int32_t *step_label; /* TASK_FRAMES: [n_tokens] class of each frame */
    int32_t *labels;     /* TASK_FRAMES: the label sequences of all items, end to end */
    size_t *label_start; /* TASK_FRAMES: [n+1] offsets into labels */
};

struct dataset {
    char name[64]; /* the column `dataset`: "ptb", "ptb-standin", or the label of --as */
    enum dataset_kind kind;
    enum task task;
    char sha256[HASH_HEX];     /* of the digests of train, valid and test */
    struct vocab *vocab;       /* ids are positions in it; empty with frames, never NULL */
    int32_t *tokens[N_SPLITS]; /* [n_tokens] TASK_LM: one stream, an <eos> after every line;
                                  TASK_CLASSIFY: 0 is <pad>, 1 <unk>; else NULL */
    float *frames[N_SPLITS];   /* [n_tokens][n_in] as extracted, not normalised; or NULL */
    size_t n_tokens[N_SPLITS]; /* tokens or frames */
    struct items items[N_SPLITS];
    int n_in;          /* features a frame; 0 with tokens */
    float *input_mean; /* [n_in] of the training frames; batches hold (x - mean) / std; or NULL */
    float *input_std;  /* [n_in] */
    struct vocab
        *labels; /* words of the classes in the order of ids; NULL in TASK_LM, whose classes
                             are the vocabulary */
    const int
        *fold;    /* [classes] class -> class that is scored, -1: not scored; NULL: as they are */
    int n_folded; /* classes that are scored; 0 when fold is NULL */
    int cross,
        n_cross; /* of a corpus that is parted anew for each fold (dataset_request.fold): this
                             fold, and how many there are; n_cross 0: it has one parting */
    struct vocab *groups; /* names of the speakers, or NULL */
    double entropy_nats;  /* true entropy a token, where the source is known (stand-in); else NaN */
};

/* How to find a corpus, and how to read it. 0 everywhere is a default. */
struct dataset_request {
    const char *name; /* ptb, imdb, imdb-kaggle, timit, timit-sample, *-standin, a label of --as */
    const char *data_dir;  /* NULL: file_data_home() */
    int standin;           /* 1: the stand-in, even if the corpus is there */
    int standin_if_absent; /* 1: the stand-in when the corpus is not there, with a warning */
    int n_in;              /* frames: features, 39, 123 (0: this) or 153 */
    int fold;              /* corpora parted anew for each fold (timit-sample): which one, from 0 */
};

/* Opens the corpus. E_USAGE for an unknown name; E_ABSENT, naming the command that adds it, when it
 * was not added and no stand-in is allowed; E_FORMAT when its bytes are not what was added.
 * Release with dataset_release. */
enum status dataset_open(const struct dataset_request *rq, struct dataset **out);
void dataset_release(struct dataset *ds);

/* Rewrites the ids of every split for another vocabulary (that of a model). A word that `vocab`
 * lacks becomes its <unk>; E_FORMAT if it has none, naming the word; E_USAGE with frames. */
enum status dataset_adopt_vocab(struct dataset *ds, const struct vocab *vocab);

/* 1 if batches of the data set can be made for a task: its own, and CTC where it has frames. */
int dataset_serves(const struct dataset *ds, enum task task);

/* Takes mean and standard deviation [n_in] of a model in the place of the training set's. E_FORMAT
 * without frames, or if a value is not finite or a deviation not above 0. */
enum status dataset_adopt_scale(struct dataset *ds, const float *mean, const float *std);

/* Classes that a model of this data set needs, and classes that are scored. */
int dataset_n_classes(const struct dataset *ds);
int dataset_n_scored(const struct dataset *ds);

/* The words of SPEC 7: "train"/"valid"/"test", "real"/"sample"/"synthetic", "lm"/"classify"/... */
const char *split_name(enum split s);
const char *dataset_kind_name(enum dataset_kind k);
const char *task_name(enum task t);
/* Finds a split or task by its word; E_USAGE (with the known words) if there is none. */
enum status split_parse(const char *word, enum split *out);
enum status task_parse(const char *word, enum task *out);

#endif
